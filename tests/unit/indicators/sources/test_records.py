"""Rates of records: which records, which people, which year."""

from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.codebook import (
    Codebook,
    Frame,
    RawInterviews,
    RawRows,
    RawText,
    frame_of,
)
from usga_indicators.domain.codebook.codebook import Variable
from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.sources import (
    Records,
    base_year,
    concentration,
    of_incidents,
    rates,
    recorded,
)
from usga_indicators.domain.sources.administrative import of_year
from usga_indicators.domain.tabulation import Cell

BY_CODE: dict[str, Definition] = {d.code: d for d in catalogue()}
HOMICIDE, ROBBERY, SEXUAL = (BY_CODE[c] for c in ("ADM-01", "ADM-02", "ADM-03"))
_NUMBERS = {"n_victims", "ag_n", "po_year", "po_resident"}
_RULES = SkipRules({}, frozenset())


def made(rows: list[dict[str, Any]], **repeats: list[tuple[int, dict[str, Any]]]) -> Frame:
    """A frame of forms with these answers; rows of repeats name their form by place."""

    def column(name: str, given: list[Any]) -> Any:
        if name in _NUMBERS:
            return np.array([np.nan if v is None else v for v in given], dtype=np.float64)
        return RawText.of(given)

    def columns(answers: list[dict[str, Any]]) -> dict[str, Any]:
        names = sorted({n for a in answers for n in a})
        return {n: column(n, [a.get(n) for a in answers]) for n in names}

    inside = {r: [a for _, a in given] for r, given in repeats.items()}
    owner = {n: r for r, given in inside.items() for a in given for n in a}
    names = {n for a in rows for n in a} | set(owner)
    book = Codebook(
        "adm",
        {
            n: Variable(n, "integer" if n in _NUMBERS else "text", repeat=owner.get(n))
            for n in names
        },
    )
    size = len(rows)
    text = RawText.of(["x"] * size)
    raw = RawInterviews(
        size, text, text, text, np.ones(size), np.ones(size), columns(rows),
        {
            r: RawRows(np.array([p for p, _ in given], dtype=np.int64), columns(inside[r]))
            for r, given in repeats.items()
        },
    )  # fmt: skip
    return frame_of(raw, book, sorted(names), _RULES)


def incidents(*given: tuple[str, str, int, str]) -> Frame:
    """Records as (class, day, victims, cell)."""
    return made(
        [
            {"iccs": iccs, "date_occ": day, "n_victims": victims, "area_cell": cell}
            for iccs, day, victims, cell in given
        ]
    )


def counts(
    people: list[tuple[str, int, int]],
    *given: tuple[str, str, str, str, int],
    institutions: int = 1,
) -> Frame:
    """One form an institution: populations as (area, year, people), counts of the first forms."""
    return made(
        [{"ag_inst": f"i{n}"} for n in range(institutions)],
        pop=[
            (0, {"po_area": area, "po_year": year, "po_resident": number})
            for area, year, number in people
        ],
        cell=[
            (at % institutions, {"ag_area": area, "ag_month": month, "ag_iccs": iccs,
                                 "ag_unit": unit, "ag_n": number})
            for at, (area, month, iccs, unit, number) in enumerate(given)
        ],
    )  # fmt: skip


PEOPLE = [("a", 2025, 100_000), ("b", 2025, 50_000)]


class TestRates:
    def test_victims_of_homicide_over_residents_of_the_year(self) -> None:
        records = Records.of(
            incidents(
                ("0101", "2025-03-01", 2, "a"), ("0101", "2025-07-09", 1, "b"),
                ("0102", "2025-07-09", 4, "b"), ("0101", "2024-12-31", 9, "a"),
            ),
            counts(PEOPLE),
        )  # fmt: skip
        (found,), year = rates([HOMICIDE], records, "2026")
        assert year == "2025"
        assert (found.estimate.n_numerator, found.estimate.n) == (3, 150_000)
        assert found.estimate.value == pytest.approx(2)

    def test_a_rate_by_area_has_the_people_of_the_area(self) -> None:
        records = Records.of(
            incidents(("0401", "2025-03-01", 0, "a"), ("0401", "2025-03-01", 0, "b")),
            counts(PEOPLE),
        )
        found, _ = rates([ROBBERY], records, "2025")
        assert {f.cell: f.estimate.value for f in found} == {
            Cell(): pytest.approx(4 / 3),
            Cell(ref_area="a"): pytest.approx(1),
            Cell(ref_area="b"): pytest.approx(2),
        }

    def test_an_event_where_nobody_was_counted_has_no_base(self) -> None:
        records = Records.of(incidents(("0101", "2025-03-01", 5, "elsewhere")), counts(PEOPLE))
        (found,), _ = rates([HOMICIDE], records, "2025")
        assert found.estimate.n_numerator == 0

    def test_recorded_sexual_violence_has_no_better_direction(self) -> None:
        assert SEXUAL.direction == "o"  # a rise may be trust
        assert "trust" in SEXUAL.caveats["en"]


class TestPopulations:
    def test_trap_14_people_of_another_year_are_never_taken_instead(self) -> None:
        records = Records.of(
            incidents(("0101", "2025-03-01", 2, "a")), counts([("a", 2027, 10), ("b", 2028, 10)])
        )
        assert base_year(records, "2026") is None
        assert rates([HOMICIDE], records, "2026") == ([], None)

    def test_trap_14b_two_numbers_for_one_area_and_year_are_no_number(self) -> None:
        both = counts([("a", 2025, 200_000), ("a", 2025, 500_000), ("a", 2024, 190_000)])
        records = Records.of(incidents(("0101", "2024-03-01", 2, "a")), both)
        assert base_year(records, "2026") == "2024"

    def test_a_survey_of_adults_and_a_rate_of_all_ages_are_told_apart(self) -> None:
        told, registered = BY_CODE["VIC-09"], BY_CODE["ADM-02"]
        assert "adults" in told.title["en"]
        assert "all ages" in registered.caveats["en"]


class TestCounts:
    def test_a_class_is_taken_before_its_parts(self) -> None:
        records = Records.of(
            None,
            counts(
                PEOPLE,
                ("a", "2025-01-01", "0301", "victim", 30), ("a", "2025-01-01", "03011", "victim", 12),
                ("a", "2025-02-01", "03011", "victim", 5), ("a", "2025-02-01", "03012", "victim", 6),
                ("a", "2025-02-01", "0301", "offence", 99),
            ),
        )  # fmt: skip
        assert recorded(SEXUAL, records, "2025") == {"a": 41}

    def test_two_institutions_that_count_the_same_are_not_added(self) -> None:
        same = [("a", "2025-01-01", "0401", "offence", n) for n in (30, 28)]
        records = Records.of(None, counts(PEOPLE, *same, institutions=2))
        assert recorded(ROBBERY, records, "2025") is None

    def test_records_are_taken_before_counts_and_never_added(self) -> None:
        records = Records.of(
            incidents(("0401", "2025-03-01", 0, "a")),
            counts(PEOPLE, ("a", "2025-01-01", "0401", "offence", 30)),
        )
        assert recorded(ROBBERY, records, "2025") == {"a": 1}

    def test_no_word_on_the_year_is_no_zero(self) -> None:
        assert recorded(ROBBERY, Records.of(None, counts(PEOPLE)), "2025") is None


def test_the_share_of_the_top_cells() -> None:
    cells = [f"c{n}" for n in range(40)]
    given = [("0401", "2025-01-01", 0, c) for c in cells + ["c0"] * 9 + ["c1"] * 4]
    frame = incidents(*given)
    dates = of_year(frame.columns["date_occ"], "2025")
    places = frame.columns["area_cell"]
    found = concentration(BY_CODE["ADM-07"], places, dates, of_incidents(frame))
    assert {c.cell.subgroup: c.estimate.value for c in found} == {
        "_T": pytest.approx((10 + 5) / 53),
        "iccs:04": pytest.approx((10 + 5) / 53),
    }
