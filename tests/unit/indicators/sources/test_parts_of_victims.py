"""Rates by sex and age of victims: whose victims, over whom; against sums in plain Python."""

import random
from collections import Counter
from typing import Any

import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.publication import protect
from usga_indicators.domain.sources import Records, rates, unweighted
from usga_indicators.domain.sources.cells import of_incidents
from usga_indicators.domain.tabulation import Cell
from usga_shared.wire.vocabulary import ObsStatus

from tests.support.attack import broken
from tests.unit.indicators.sources.test_records import BY_CODE, PEOPLE, made

HOMICIDE, SEXUAL, TRAFFICKED = (BY_CODE[c] for c in ("ADM-01", "ADM-03", "ADM-05"))
FORMS = BY_CODE["ADM-05f"]
DIVIDED: list[dict[str, Any]] = [
    {"po_area": area, "po_year": 2025, part: answer, "po_resident": number}
    for area, of in {
        "a": (("po_sex", "female", 52_000), ("po_sex", "male", 48_000),
              ("po_age", "a18_24", 20_000), ("po_age", "a65", 5_000)),
        "b": (("po_sex", "female", 26_000), ("po_sex", "male", 24_000),
              ("po_age", "a18_24", 9_000)),
    }.items()
    for part, answer, number in of
]  # fmt: skip


def files(*given: tuple[str, str, list[dict[str, str]]]) -> Frame:
    """Records of 2025 as (class, area, victims)."""
    return made(
        [
            {"iccs": iccs, "date_occ": "2025-05-01", "area_cell": area, "n_victims": len(victims)}
            for iccs, area, victims in given
        ],
        victim=[(at, victim) for at, (_, _, victims) in enumerate(given) for victim in victims],
    )


def people(divided: list[dict[str, Any]] = DIVIDED) -> Frame:
    """Everybody of two areas, then the rows by sex or by age."""
    whole = [{"po_area": a, "po_year": y, "po_resident": n} for a, y, n in PEOPLE]
    return made([{"ag_inst": "i0"}], pop=[(0, row) for row in [*whole, *divided]], cell=[])


def invented(number: int) -> list[tuple[str, str, list[dict[str, str]]]]:
    rng = random.Random(56)
    ages = ("a18_24", "a65", "a25_34", "unknown")
    return [
        (
            rng.choice(("0101", "0102", "0301", "03011")),
            rng.choice("ab"),
            [
                {"vi_sex": rng.choice(("female", "male", "unknown")), "vi_age": rng.choice(ages)}
                for _ in range(rng.randint(1, 3))
            ],
        )
        for _ in range(number)
    ]


class TestSexAndAge:
    def test_victims_of_a_part_over_residents_of_that_part(self) -> None:
        given = invented(300)
        records = Records.of(files(*given), people())
        found, _ = rates([HOMICIDE], records, "2026")
        by_cell = {c.cell: c for c in found}
        victims = [v for iccs, _, of in given if iccs == "0101" for v in of]
        sexes = Counter(v["vi_sex"] for v in victims)
        ages = Counter(v["vi_age"] for v in victims)
        expected = {
            Cell(): (len(victims), 150_000, 0),
            Cell(sex="F"): (sexes["female"], 78_000, sexes["unknown"]),
            Cell(sex="M"): (sexes["male"], 72_000, sexes["unknown"]),
            Cell(age="Y18T24"): (ages["a18_24"], 29_000, ages["unknown"]),
        }
        assert {
            cell: (c.estimate.n_numerator, c.estimate.n, c.missing.no_answer)
            for cell, c in by_cell.items()
        } == expected
        for cell, (number, residents, _) in expected.items():
            assert by_cell[cell].estimate.value == pytest.approx(number / residents * 100_000)

    def test_a_definition_has_the_parts_that_it_approves_alone(self) -> None:
        found, _ = rates([SEXUAL], Records.of(files(*invented(200)), people()), "2026")
        assert {c.cell for c in found} == {Cell(), Cell(sex="F"), Cell(sex="M")}

    def test_victims_of_whom_nothing_is_recorded_make_no_cells(self) -> None:
        for victims in ([], [{"vi_sex": "unknown"}]):
            records = Records.of(files(("0101", "a", victims)), people())
            assert [c.cell for c in rates([HOMICIDE], records, "2026")[0]] == [Cell()]

    def test_trap_14c_residents_of_everybody_are_not_taken_for_those_of_a_part(self) -> None:
        records = Records.of(files(("0101", "a", [{"vi_sex": "female"}])), people([]))
        assert [c.cell for c in rates([HOMICIDE], records, "2026")[0]] == [Cell()]

    def test_trap_14d_a_part_that_an_area_does_not_tell_of_is_no_base(self) -> None:
        one = [row for row in DIVIDED if row["po_area"] == "a"]
        records = Records.of(files(("0101", "a", [{"vi_sex": "female"}])), people(one))
        assert [c.cell for c in rates([HOMICIDE], records, "2026")[0]] == [Cell()]

    def test_parts_that_are_more_than_everybody_are_no_base(self) -> None:
        more = [row | {"po_resident": row["po_resident"] * 2} for row in DIVIDED]
        records = Records.of(files(("0101", "a", [{"vi_sex": "female"}])), people(more))
        assert [c.cell for c in rates([HOMICIDE], records, "2026")[0]] == [Cell()]


def told(*given: tuple[str, dict[str, str], int]) -> Frame:
    """Counts of victims of 2025 in area a, as (class, part, number), and the people."""
    whole = [{"po_area": a, "po_year": y, "po_resident": n} for a, y, n in PEOPLE]
    return made(
        [{"ag_inst": "i0"}],
        pop=[(0, row) for row in [*whole, *DIVIDED]],
        cell=[
            (0, {"ag_area": "a", "ag_month": "2025-03-01", "ag_iccs": iccs,
                 "ag_unit": "victim", "ag_n": number, **part})
            for iccs, part, number in given
        ],
    )  # fmt: skip


class TestCounts:
    def test_a_count_of_everybody_is_taken_before_its_parts(self) -> None:
        women, men = {"ag_sex": "female"}, {"ag_sex": "male"}
        frame = told(("0301", {}, 40), ("0301", women, 30), ("0301", men, 6))
        found, _ = rates([SEXUAL], Records.of(None, frame), "2025")
        assert {c.cell.sex: (c.estimate.n_numerator, c.missing.no_answer) for c in found} == {
            "_T": (40, 0), "F": (30, 4), "M": (6, 4),
        }  # fmt: skip

    def test_parts_alone_make_up_everybody(self) -> None:
        women, men = {"ag_sex": "female"}, {"ag_sex": "male"}
        frame = told(("0301", women, 30), ("03011", women, 20), ("0301", men, 6))
        found, _ = rates([SEXUAL], Records.of(None, frame), "2025")
        assert {c.cell.sex: c.estimate.n_numerator for c in found} == {"_T": 36, "F": 30, "M": 6}

    def test_counts_of_everybody_alone_tell_of_no_part(self) -> None:
        found, _ = rates([SEXUAL], Records.of(None, told(("0301", {}, 40))), "2025")
        assert [c.cell for c in found] == [Cell()]


class TestFormsOfExploitation:
    VICTIMS = (
        [{"vi_form": "labour"}] * 14 + [{"vi_form": "sexual"}] * 11 + [{"vi_form": "unknown"}]
    )

    def test_each_form_is_over_everybody(self) -> None:
        records = Records.of(files(("0204", "a", self.VICTIMS)), people())
        found, _ = rates([FORMS, TRAFFICKED], records, "2025")
        by_item = {c.cell.item: c for c in found if c.definition is FORMS}
        assert {i: c.estimate.n_numerator for i, c in by_item.items() if c.estimate.value} == {
            "labour": 14, "sexual": 11,
        }  # fmt: skip
        assert by_item["labour"].estimate.value == pytest.approx(14 / 150_000 * 100_000)
        assert {c.missing.no_answer for c in by_item.values()} == {1}

    def test_counts_tell_them_too(self) -> None:
        frame = told(("0204", {}, 30), ("0204", {"ag_form": "labour"}, 20))
        found, _ = rates([FORMS], Records.of(None, frame), "2025")
        assert {c.cell.item: c.estimate.n_numerator for c in found}["labour"] == 20


class TestDisclosure:
    @pytest.mark.parametrize(
        ("women", "men", "both"), [(30, 14, True), (30, 9, False), (40, 3, False)]
    )
    def test_a_small_sex_takes_the_other_with_it_D03(
        self, women: int, men: int, *, both: bool
    ) -> None:
        victims = [{"vi_sex": "female"}] * women + [{"vi_sex": "male"}] * men
        found, year = rates([SEXUAL], Records.of(files(("0301", "a", victims)), people()), "2025")
        made_ = protect(found, release="r", time_period=str(year), probability_sample=True)
        seen = {c.observation.sex for c in made_ if c.observation.obs_value is not None}
        assert seen == ({"F", "M", "_T"} if both else {"_T"})
        assert broken(found, [c.observation for c in made_], {}) == []

    def test_areas_that_are_few_together_take_a_larger_one_with_them_D03(self) -> None:
        """Of a rate events follow from the value: 4 and 4 hidden would be 8, and none is 10."""
        robbed = {"a": 12, "b": 4, "c": 4, "d": 40}
        rows: list[tuple[str, str, list[dict[str, str]]]]
        rows = [("0401", area, []) for area, number in robbed.items() for _ in range(number)]
        living = [{"po_area": a, "po_year": 2025, "po_resident": 50_000} for a in robbed]
        aggregates = made([{"ag_inst": "i0"}], pop=[(0, row) for row in living], cell=[])
        found, _ = rates([BY_CODE["ADM-02"]], Records.of(files(*rows), aggregates), "2025")
        shown = protect(found, release="r", time_period="2025", probability_sample=True)
        seen = {c.observation.ref_area for c in shown if c.observation.obs_value is not None}
        assert seen == {"_T", "d"}
        assert broken(found, [c.observation for c in shown], {}) == []

    def test_a_section_with_few_records_takes_another_with_it_D03(self) -> None:
        rows = [("0401", 60), ("0501", 80), ("0601", 12), ("0301", 40)]
        frame = made(
            [
                {"iccs": iccs, "status": "cleared" if at % 2 else "open"}
                for iccs, number in rows
                for at in range(number)
            ]
        )
        found = unweighted([BY_CODE["ADM-04"]], frame, {}, cells=of_incidents(frame))
        assert {c.cell.subgroup: (c.estimate.n, c.estimate.value) for c in found} == {
            "_T": (192, 0.5), "iccs:03": (40, 0.5), "iccs:04": (60, 0.5),
            "iccs:05": (80, 0.5), "iccs:06": (12, 0.5),
        }  # fmt: skip
        shown = protect(found, release="r", time_period="2025", probability_sample=False)
        hidden = {
            c.observation.subgroup
            for c in shown
            if c.observation.obs_status is ObsStatus.SUPPRESSED
        }
        assert hidden == {"iccs:06", "iccs:03"}
        assert broken(found, [c.observation for c in shown], {}) == []
