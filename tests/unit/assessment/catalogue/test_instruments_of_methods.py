"""What single instruments count, score and leave out, as their methods say."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from usga_assessment.domain.catalogue.instruments import (
    read_source,
)
from usga_expressions.environment import Table
from usga_expressions.instrument import RepeatAsk

from tests.unit.assessment.catalogue.answering import (
    LISTS,
    NOW,
    answered,
    instrument,
    interview,
)
from tests.unit.assessment.catalogue.sun import height


class TestSafetyWalk:
    RUBRIC = read_source("saw").sets["rubric"]

    def score(self, time: str, **scores: str) -> Any:
        return answered("saw", {"w_time": time, **scores}).get("w_score")

    def test_by_day_lighting_is_left_out(self) -> None:
        all_two = dict.fromkeys(self.RUBRIC, "2")
        assert float(self.score("dark", **all_two)) == pytest.approx(66.67)
        assert float(self.score("day", **all_two)) == pytest.approx(66.67)
        assert float(self.score("dark", **all_two | {"w_light": "0"})) == pytest.approx(59.26)
        assert float(self.score("day", **all_two | {"w_walk": "0"})) == pytest.approx(58.33)

    def test_a_missing_parameter_leaves_no_score(self) -> None:
        some = {name: "2" for name in self.RUBRIC if name != "w_walk"}
        assert self.score("day", **some) in {None, ""}

    def test_two_observers_one_a_woman(self) -> None:
        def valid(women: int, men: int) -> bool:
            told = {"w_aud_f": women, "w_aud_m": men}
            return instrument("saw").check(told, now=NOW, lists=LISTS).valid

        assert valid(1, 1)
        assert valid(2, 0)
        assert not valid(1, 0)
        assert not valid(0, 2)

    @pytest.mark.parametrize(
        ("latitude", "longitude", "zone"), [(-1.3, 36.8, 3), (19.4, -99.1, -6), (41.3, 69.2, 5)]
    )
    def test_the_height_of_the_sun(self, latitude: float, longitude: float, zone: int) -> None:
        for month in range(1, 13, 2):
            for hour in (0, 6, 12, 18, 20):
                when = datetime(2026, month, 21, hour, 30, tzinfo=timezone(timedelta(hours=zone)))
                told = {"w_dt": when.isoformat(), "w_loc": f"{latitude} {longitude} 0 5"}
                made = float(answered("saw", told)["w_sun"])
                assert made == pytest.approx(height(when, latitude, longitude), abs=0.6)

    def test_a_point_far_from_the_plan_is_noted(self) -> None:
        near = answered("saw", {"w_point": "points0", "w_loc": "0 0.0004 0 5"})
        far = answered("saw", {"w_point": "points0", "w_loc": "0 0.0014 0 5"})
        assert float(near["w_dist"]) == 0
        assert float(far["w_dist"]) == pytest.approx(111, abs=1)

    @pytest.mark.parametrize(
        ("point", "length"), [("points0", "85.5"), ("points1", None), ("points2", None)]
    )
    def test_a_point_tells_the_street_that_it_stands_for(
        self, point: str, length: str | None
    ) -> None:
        """From the list of points; what is no length is none."""
        assert answered("saw", {"w_point": point}).get("w_length") == length

    def test_a_point_tells_the_area_that_it_lies_in(self) -> None:
        lists = {**LISTS, "points": Table([{"name": "p1", "label": "1", "area": "east"}])}
        walk = instrument("saw").walk(now=NOW, lists=lists, draw=lambda: 0.5)
        for ask in walk:
            if not isinstance(ask, RepeatAsk) and ask.name == "w_point":
                ask.answer("p1")
        assert walk.answers()["w_area"] == "east"


class TestHousehold:
    def test_the_cluster_tells_the_kind_of_settlement(self) -> None:
        made = answered("hvs", {"stratum": "s01", "psu_code": "psu1"})
        assert made["settlement"] == "mixed"


class TestScorecard:
    def scores(self, **told: Any) -> dict[str, Any]:
        return answered("gsc", {"gs_stage": "consensus", **told})

    def test_a_domain_is_the_mean_of_its_items(self) -> None:
        made = self.scores(g1a_c="4", g1b_c="2", g1c_c="0")
        assert float(made["g1_c_score"]) == 50
        assert float(made["gs_score_c"]) == 50

    def test_items_that_do_not_apply_are_left_out(self) -> None:
        made = self.scores(g1a_c="4", g1b_c="2", g1c_c="na", g9a_c="1")
        assert float(made["g1_c_score"]) == 75
        assert float(made["gs_score_c"]) == 50  # of 75 and 25

    def test_scores_without_evidence_are_counted(self) -> None:
        assert self.scores(g1a_c="4", g1b_c="2", g1b_c_year=2024, g1c_c="1")["gs_bare_c"] == 1

    def test_a_rater_sees_nothing_of_the_other(self) -> None:
        names = set(interview("gsc", {"gs_stage": "rater_a"}))
        assert "g1a_a" in names
        assert {n for n in names if n.endswith(("_b", "_c"))} == set()


class TestRecords:
    def test_it_cannot_be_recorded_before_it_happened(self) -> None:
        def valid(**told: str) -> bool:
            answers = {"today": "2026-03-02", **told}
            return instrument("adm").check(answers, now=NOW, lists=LISTS).valid

        assert valid(date_occ="2026-02-10", date_rec="2026-02-11", date_prec="day")
        assert not valid(date_occ="2026-02-10", date_rec="2026-02-09", date_prec="day")
        assert valid(date_occ="2026-02-10", date_rec="2026-02-09", date_prec="month")
        assert not valid(date_occ="2026-03-03")

    def test_a_record_number_is_a_hash(self) -> None:
        for number, valid in (("OB 12/3/2026", False), ("0f" * 16, True)):
            found = instrument("adm").check({"rec_id": number}, now=NOW, lists=LISTS)
            assert found.valid is valid

    def test_a_count_is_of_one_sex_or_one_age_or_one_form_and_of_victims_alone(self) -> None:
        victims = {"ag_unit": "victim", "ag_iccs": "0204", "ag_n": 3}

        def unasked(**told: str) -> set[str]:
            answers = {"cell": [{**victims, **told}]}
            found = instrument("adm_agg").check(answers, now=NOW, lists=LISTS).findings
            return {f.pointer.rpartition("/")[2] for f in found}

        assert unasked(ag_sex="female") == unasked(ag_age="a65") == unasked(ag_form="labour")
        assert unasked(ag_sex="female") == set()
        assert unasked(ag_sex="female", ag_age="a65") == {"ag_age"}
        assert unasked(ag_age="a65", ag_form="labour") == {"ag_form"}
        assert unasked(ag_unit="offence", ag_sex="female") == {"ag_sex"}
        assert unasked(ag_iccs="0301", ag_form="labour") == {"ag_form"}

    def test_people_are_of_one_sex_or_one_age(self) -> None:
        def unasked(**told: str) -> set[str]:
            answers = {"pop": [{"po_year": 2025, "po_resident": 9, **told}]}
            found = instrument("adm_agg").check(answers, now=NOW, lists=LISTS).findings
            return {f.pointer.rpartition("/")[2] for f in found}

        assert unasked(po_sex="male") == unasked(po_age="a00_14") == set()
        assert unasked(po_sex="male", po_age="a00_14") == {"po_age"}
        assert unasked(po_sex="unknown") == {"po_sex"}

    def test_the_form_of_exploitation_is_asked_of_victims_of_trafficking(self) -> None:
        def unasked(iccs: str) -> set[str]:
            answers = {"iccs": iccs, "n_victims": 1, "victim": [{"vi_form": "labour"}]}
            found = instrument("adm").check(answers, now=NOW, lists=LISTS).findings
            return {f.pointer for f in found}

        assert unasked("0204") == set()
        assert unasked("0101") == {"/victim/0/vi_form"}

    def test_every_class_has_the_form_of_the_classification(self) -> None:
        classes = [choice.name for choice in read_source("adm").lists["iccs"]]
        assert [c for c in classes if not re.fullmatch(r"\d{2}(\d{2}(\d(\d)?)?)?", c)] == []
        assert {c[:2] for c in classes} == {f"{n:02}" for n in range(1, 12)}
        parents = {c[:-1] if len(c) > 4 else c[:2] for c in classes if len(c) > 2}
        assert parents <= set(classes)
