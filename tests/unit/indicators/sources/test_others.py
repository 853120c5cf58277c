"""What no sample gives has no interval, and says what it is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.codebook import codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.raw import RawInterviews, RawText
from usga_indicators.domain.definition import Source, StatisticKind, UnitMeasure, catalogue
from usga_indicators.domain.publication import protect
from usga_indicators.domain.sources import (
    Records,
    dark_figure,
    item_silence,
    of_points,
    published,
    rates,
    response_rates,
    source_of,
    unweighted,
)
from usga_indicators.domain.sources.fieldwork import Outcomes
from usga_indicators.domain.tabulation import Cell, tabulate

from tests.unit.indicators.sources.test_records import PEOPLE, counts, incidents

BY_CODE = {d.code: d for d in catalogue()}


def form(name: str, questions: dict[str, list[str]], answers: list[dict[str, str]]) -> Any:
    """A form of single choices, and its answers."""
    document = {
        "name": name,
        "version": "1",
        "choice_lists": {q: [{"name": c} for c in cs] for q, cs in questions.items()},
        "nodes": [
            {"kind": "question", "name": q, "list": q, "type": "select_one" if cs else "text"}
            for q, cs in questions.items()
        ],
    }
    size, book = len(answers), codebook_of([document])
    text = RawText.of(["1"] * size)
    columns = {q: RawText.of([a.get(q) for a in answers]) for q in questions}
    raw = RawInterviews(size, text, text, text, np.full(size, np.nan), np.ones(size), columns)
    return frame_of(raw, book, list(questions), skip_rules())


def walk(*points: tuple[str, str, str]) -> Any:
    return form(
        "saw",
        {"w_time": ["day", "dark"], "w_light": ["0", "1", "2", "3"], "w_score": []},
        [{"w_time": t, "w_light": light, "w_score": score} for t, light, score in points],
    )


class TestScores:
    def test_an_audit_is_the_mean_of_its_points_after_dark(self) -> None:
        frame = walk(("dark", "0", "20"), ("dark", "3", "50.5"), ("day", "", "90"))
        found = {c.definition.code: c for c in unweighted(
            [BY_CODE["ENV-02"], BY_CODE["ENV-03"]], frame, {})}  # fmt: skip
        assert found["ENV-02"].estimate.value == pytest.approx(35.25)
        assert found["ENV-03"].estimate.value == pytest.approx(0.5)

    def test_a_point_counts_with_the_street_that_it_stands_for(self) -> None:
        """Where the list of points tells lengths; one without its length is missing then."""
        points = [("20", "100"), ("50", "300"), ("90", "")]
        frame = form(
            "saw",
            {"w_time": ["dark"], "w_score": [], "w_length": []},
            [{"w_time": "dark", "w_score": s, "w_length": m} for s, m in points],
        )
        (cell,) = unweighted([BY_CODE["ENV-02"]], frame, {})
        assert cell.estimate.value == pytest.approx((20 * 100 + 50 * 300) / 400)
        assert (cell.estimate.n, cell.missing.no_answer + cell.missing.not_asked) == (2, 1)

    def test_points_are_shown_by_the_area_that_they_lie_in(self) -> None:
        """A point without an area, or of none of the assessment's, counts in the total alone."""
        points = [("a", "20", "100", "0"), ("a", "50", "300", "2"), ("b", "90", "10", "1"),
                  ("", "10", "50", "3"), ("elsewhere", "30", "50", "0")]  # fmt: skip
        frame = form(
            "saw",
            {
                "w_time": ["dark"],
                "w_score": [],
                "w_length": [],
                "w_light": list("0123"),
                "w_area": [],
            },
            [
                {"w_time": "dark", "w_score": s, "w_length": m, "w_light": light}
                | ({"w_area": area} if area else {})
                for area, s, m, light in points
            ],
        )
        both = [BY_CODE["ENV-02"], BY_CODE["ENV-03"]]
        found = unweighted(both, frame, {}, cells=of_points(frame, ["a", "b", "c"]))
        scores = {c.cell: c.estimate.value for c in found if c.definition.code == "ENV-02"}
        dark = {c.cell: c.estimate.value for c in found if c.definition.code == "ENV-03"}
        walked = sum(float(s) * float(m) for _, s, m, _ in points)
        assert scores == {
            Cell(): pytest.approx(walked / 510),
            Cell(ref_area="a"): pytest.approx((20 * 100 + 50 * 300) / 400),
            Cell(ref_area="b"): pytest.approx(90),
        }
        assert dark == {
            Cell(): pytest.approx(3 / 5), Cell(ref_area="a"): 0.5, Cell(ref_area="b"): 1.0,
        }  # fmt: skip

    def test_points_without_any_area_make_no_cells_of_areas(self) -> None:
        frame = walk(("dark", "0", "20"))
        found = unweighted([BY_CODE["ENV-02"]], frame, {}, cells=of_points(frame, ["a"]))
        assert [c.cell for c in found] == [Cell()]

    def test_a_score_is_shown_with_its_points_and_without_an_interval(self) -> None:
        (cell,) = unweighted([BY_CODE["ENV-02"]], walk(("dark", "0", "20")), {})
        shown = published(cell, release="r", time_period="2026").observation
        assert (shown.obs_value, shown.sample_size, shown.obs_status) == (20, 1, "A")
        assert shown.lower_bound is None
        assert shown.standard_error is None

    def test_a_scorecard_counts_its_consensus_alone(self) -> None:
        frame = form(
            "gsc",
            {"gs_stage": ["rater_a", "consensus"], "gs_score_c": [], "gs_bare_c": []},
            [
                {"gs_stage": "rater_a"},
                {"gs_stage": "consensus", "gs_score_c": "62.5", "gs_bare_c": "3"},
            ],
        )
        found = unweighted([BY_CODE["GOV-06"], BY_CODE["GOV-06e"]], frame, {})
        assert [c.estimate.value for c in found] == [62.5, 3]


class TestChosenPeople:
    def test_informants_are_counted_and_never_a_share_Q03(self) -> None:
        answers = [{"ki_top3": "theft drugs"}] * 30 + [{"ki_top3": "drugs"}] * 11
        frame = form("kii", {"ki_top3": []}, answers)
        document = replace(BY_CODE["KII-01"], items=("theft", "drugs", "murder"))
        found = unweighted([document], frame, {})
        assert [c.estimate.value for c in found] == [30, 41, 0]
        shown = protect(found, release="r", time_period="2026", probability_sample=False)
        assert all(c.observation.lower_bound is None for c in shown)
        assert all(c.observation.unit_measure == "number" for c in shown)

    def test_the_rapid_poll_is_no_survey(self) -> None:
        assert source_of("rap") is Source.NON_PROBABILITY
        assert source_of("hvs") is Source.SURVEY
        assert source_of("a-city-s-own") is Source.SURVEY


class TestFieldwork:
    OUTCOMES = Outcomes(complete=700, partial=50, others=250, rr2=0.75, rr3=0.72)

    def test_response_rates_by_stratum(self) -> None:
        found = response_rates(
            BY_CODE["QUA-01"], self.OUTCOMES, {Cell(stratum="s01"): self.OUTCOMES}
        )
        assert [(c.cell.stratum, c.estimate.value, c.estimate.n) for c in found] == [
            ("_T", 0.75, 1000),
            ("s01", 0.75, 1000),
        ]
        (other,) = response_rates(BY_CODE["QUA-01a"], self.OUTCOMES, {})
        assert (other.estimate.value, other.estimate.n_numerator) == (0.72, 700)

    def test_silence_is_over_sensitive_questions_that_were_asked(self) -> None:
        questions = {"gang_pres": ["yes", "no", "dk"], "sex": ["female", "male"]}
        frame = form("hvs", questions, [
            {"gang_pres": "dk", "sex": "female"}, {"gang_pres": "yes"}, {"sex": "male"},
        ])  # fmt: skip
        document = {
            "name": "hvs", "version": "1",
            "nodes": [
                {"kind": "question", "name": n, "type": "select_one", "sensitivity": s}
                for n, s in (("gang_pres", 2), ("sex", 0))
            ],
        }  # fmt: skip
        (found,) = item_silence(BY_CODE["QUA-04"], frame, codebook_of([document]), list(questions))
        assert (found.estimate.value, found.estimate.n) == (0.5, 2)

    def test_silence_by_module_is_of_the_questions_of_that_module(self) -> None:
        asked = {"gang_pres": "N", "pv_ext_12m": "H", "brew": "N", "safe_home": "E"}
        answers = [
            {"gang_pres": "dk", "brew": "yes", "pv_ext_12m": "ref"},
            {"gang_pres": "yes", "pv_ext_12m": "ref", "safe_home": "dk"},
            {"gang_pres": "ref", "brew": "dk"},
        ]
        frame = form("hvs", {n: ["yes", "no", "dk", "ref"] for n in asked}, answers)
        document = {
            "name": "hvs", "version": "1",
            "nodes": [
                {"kind": "question", "name": n, "type": "select_one", "module": m,
                 "sensitivity": 1 if m == "E" else 2}
                for n, m in asked.items()
            ],
        }  # fmt: skip
        found = item_silence(BY_CODE["QUA-04m"], frame, codebook_of([document]), list(asked))
        assert {c.cell.item: (c.estimate.value, c.estimate.n) for c in found} == {
            "N": (pytest.approx(3 / 5), 3), "H": (1.0, 2),
        }  # fmt: skip


class TestDisclosureOfRecords:
    def test_fewer_than_ten_recorded_victims_are_hidden_D01(self) -> None:
        for number, hidden in ((9, True), (10, False)):
            records = Records.of(incidents(("0101", "2025-03-01", number, "a")), counts(PEOPLE))
            found, year = rates([BY_CODE["ADM-01"]], records, "2026")
            (shown,) = protect(found, release="r", time_period=str(year), probability_sample=True)
            assert (shown.observation.obs_value is None) is hidden
            assert (shown.observation.lower_bound is None) is hidden


def test_the_dark_figure_is_told_incidents_over_recorded_ones() -> None:
    definition = BY_CODE["PER-04"]
    people = [{"safe_home": "safe" if n % 3 else "unsafe"} for n in range(60)]
    frame = replace(
        form("hvs", {"safe_home": ["safe", "unsafe"]}, people),
        psu=RawText.of([f"p{n % 6}" for n in range(60)]),
        w_person=np.full(60, 10.0),
    )
    (total, *_) = tabulate(
        [replace(definition, statistic=StatisticKind.TOTAL, unit_measure=UnitMeasure.NUMBER)],
        frame,
        {},
    )
    records = Records.of(
        None, counts(PEOPLE, *[("a", f"2025-{m:02d}-01", "0401", "offence", 10) for m in (1, 2)])
    )
    found = dark_figure(BY_CODE["JUS-04"], total, records, "2026")
    assert found is not None
    assert found.estimate.value == pytest.approx(400 / 20)
    assert found.estimate.se == pytest.approx(total.estimate.se / 20)
    assert dark_figure(BY_CODE["JUS-04"], total, Records(), "2026") is None
