"""Every instrument of the catalogue: it compiles, asks what its method says, and can be answered."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from usga_assessment.domain.catalogue.form import as_csv
from usga_assessment.domain.catalogue.homes import GENERATED, home
from usga_assessment.domain.catalogue.instruments import (
    form_bytes,
    generate,
    read_source,
)
from usga_assessment.domain.catalogue.items import read_items
from usga_assessment.domain.catalogue.shorthand import Shorthand, over_sets
from usga_assessment.domain.catalogue.wording import LANGUAGES
from usga_assessment.domain.xlsform.compiler import CompiledForm
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument, RepeatAsk
from usga_shared.wire.implied import Implied, implied_by
from usga_tablet.habits import Habits
from usga_tablet.respondent import Respondent, Situation

from tests.support import forms
from tests.unit.assessment.catalogue.sun import height

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HABITS = Habits.read(Path("tools/demo/habits.toml"))
PLACES = ("psu", "enumerators", "cells", "points", "institutions")
LISTS = {
    name: Table(
        [
            {
                "name": f"{name}{n}",
                "label": f"{n}",
                "stratum": "s01",
                "settlement": ("informal", "mixed", "formal")[n],
                "geometry": "0 0.0004 0 0",
                "length": ("85.5", "0", "")[n],
            }
            for n in range(3)
        ]
    )
    for name in PLACES
}
WILLING: dict[str, Any] = {
    "assess_code": "KE-TEST-2026", "consent": "yes", "consent_hh": "yes", "sel_avail": "now",
    "n_elig": 2, "hh_size": 4, "consent_sens": "yes", "priv_ok": "yes", "ki_consent": "yes",
    "ki_id": "K-001", "fg_consent_all": "yes", "fg_id": "G-001", "rap_answer": "yes",
    "rap_adult": "yes", "rap_speak": "yes", "rec_id": "ab" * 16, "nat_code": "PC 203",
}  # fmt: skip
DOSSIER = Path("tests/golden/catalogue/variables.csv")


@cache
def compiled(name: str) -> CompiledForm:
    return forms.compiled(form_bytes(name))


@cache
def instrument(name: str) -> Instrument:
    return forms.loaded(form_bytes(name))


def flat(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from flat(node["children"])


def questions(name: str) -> dict[str, dict[str, Any]]:
    document = compiled(name).document
    assert document is not None
    return {node["name"]: node for node in flat(document["nodes"]) if node["kind"] != "group"}


def interview(
    name: str, told: Mapping[str, Any] | None = None, *, number: int = 0
) -> dict[str, Any]:
    situation = Situation(cluster="psu0", started=NOW, fixed={**WILLING, **(told or {})})
    respondent = Respondent(HABITS, seed=1, number=number)
    return respondent.interview(instrument(name), situation, lists=LISTS)


def answered(name: str, told: dict[str, Any]) -> dict[str, Any]:
    """Walk a form giving only what is told; nothing else is answered."""
    walk = instrument(name).walk(now=NOW, lists=LISTS, draw=lambda: 0.5)
    for ask in walk:
        if isinstance(ask, RepeatAsk):
            ask.count = 1
        elif ask.name in told:
            assert ask.accepts(told[ask.name]), ask.name
            ask.answer(told[ask.name])
    return walk.answers()


@pytest.mark.parametrize("name", GENERATED)
class TestEach:
    def test_it_compiles_without_an_error(self, name: str) -> None:
        assert compiled(name).document is not None
        assert [f for f in compiled(name).findings if f.severity == "error"] == []

    def test_the_committed_form_is_what_the_source_makes(self, name: str) -> None:
        committed = form_bytes(name).decode()
        shown = [code for code, header in LANGUAGES.items() if f"label::{header}" in committed]
        assert committed == as_csv(generate(name, shown))

    def test_no_shorthand_is_left(self, name: str) -> None:
        text = form_bytes(name).decode()
        left = re.findall(r"GATE|\b(?:ANY|FROM|LIST|TALLY|TOTAL)\(|\{(?:x|n|item|group)\}", text)
        assert left == []

    def test_synthetic_interviews_pass_validation(self, name: str) -> None:
        for number in range(12):
            stage = ("rater_a", "rater_b", "consensus")[number % 3]
            answers = interview(name, {"gs_stage": stage}, number=number)
            assert instrument(name).check(answers, now=NOW, lists=LISTS).findings == ()

    def test_refusal_is_always_possible_E02(self, name: str) -> None:
        assert [n["name"] for n in questions(name).values() if n["required"]] == []

    def test_every_question_states_its_sensitivity_and_class(self, name: str) -> None:
        silent = [f.code for f in compiled(name).findings if f.code == "no-sensitivity"]
        assert silent == []
        sealed = {"text": "text", "geopoint": "location", "geoshape": "location"}
        open_texts = [
            n["name"]
            for n in questions(name).values()
            if n["type"] in sealed and n["field_class"] == "open"
        ]
        assert open_texts == (["nat_code"] if name == "adm" else [])  # a code, by its constraint

    def test_every_asked_question_says_how_to_answer(self, name: str) -> None:
        asked = [
            n
            for n in questions(name).values()
            if n["type"] in {"integer", "text", "date", "select_one", "select_multiple"}
        ]
        assert [n["name"] for n in asked if not n["hint"]] == []
        refused = [n for n in questions(name).values() if n["constraint"]]
        assert [n["name"] for n in refused if not n["constraint_message"]] == []


def dossier() -> list[dict[str, str]]:
    with DOSSIER.open() as stream:
        return list(csv.DictReader(stream))


class TestDossier:
    @pytest.mark.parametrize("row", dossier(), ids=lambda r: f"{r['instrument']}-{r['name']}")
    def test_every_row_of_the_dossier_is_there(self, row: dict[str, str]) -> None:
        node = questions(row["instrument"])[row["name"]]
        assert (node["type"] if node["kind"] == "question" else node["kind"]) == row["type"]
        if row["list"]:
            assert node["list"] == row["list"]

    def test_the_scorecard_has_its_items_in_nine_domains(self) -> None:
        items = read_items((home("gsc") / "items.md").read_text(encoding="utf-8"), home="gsc")
        assert [len(group.items) for group in items] == [3, 4, 4, 5, 3, 5, 3, 3, 2]
        for item in (code for group in items for code in group.items):
            assert {f"{item}_{rater}" for rater in "abc"} <= questions("gsc").keys()


class TestConsent:
    @pytest.mark.parametrize(
        ("name", "consent", "first"),
        [
            ("kii", "ki_consent", "ki_top3"),
            ("fgd", "fg_consent_all", "fg_when"),
            ("rap", "consent", "sex"),
        ],
    )
    def test_nothing_is_asked_without_consent(self, name: str, consent: str, first: str) -> None:
        assert first in interview(name, {consent: "yes", "fg_age_min": 30})
        kept = interview(name, {consent: "no", "fg_age_min": 30})
        said = {
            n for n in kept if questions(name).get(n, {}).get("attributes", {}).get("cls") == "C"
        }
        before = {"ki_sector", "ki_level", "fg_type", "fg_area", "fg_n_f", "fg_n_m"}
        assert said <= before | {"fg_age_min", "fg_age_max"}

    def test_young_people_need_protocol_guardian_and_assent_E09(self) -> None:
        young: dict[str, Any] = {"fg_age_min": 15, "fg_age_max": 17, "prot_child": "yes"}
        agreed = {"fg_consent_guard": "yes", "fg_assent": "yes"}
        assert "fg_when" in interview("fgd", young | agreed)
        for missing in agreed:
            assert "fg_when" not in interview("fgd", young | agreed | {missing: "no"})
        unapproved = instrument("fgd").check({"fg_age_min": 15}, now=NOW, lists=LISTS)
        assert "/fg_age_min" in {f.pointer for f in unapproved.findings}

    def test_a_closed_group_gets_no_place(self) -> None:
        answers = interview("fgd", {"fg_type": "lgbti_closed", "fg_age_min": 30})
        assert "fg_area" not in answers
        assert "fg_map" not in answers
        assert "fg_map" in interview("fgd", {"fg_type": "women", "fg_age_min": 30})

    @pytest.mark.parametrize("closed", ["consent_sens", "priv_ok"])
    def test_the_poll_asks_about_home_in_private_only_E01(self, closed: str) -> None:
        told = {"em_conflict_home": "up"}
        assert "em_conflict_home" in interview("rap", told)
        assert "em_conflict_home" not in interview("rap", told | {closed: "no"})

    def test_the_poll_says_that_it_is_no_probability_sample(self) -> None:
        assert interview("rap")["rap_sample"] == "non_probability"


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


class TestSets:
    def test_a_tally_counts_and_a_total_adds(self) -> None:
        sets = {"two": ("a", "b"), "none": ()}
        assert over_sets("TALLY(two: ${{x}}>=0) + 1", sets) == (
            "(if(${a}>=0, 1, 0) + if(${b}>=0, 1, 0)) + 1"
        )
        assert over_sets("TOTAL(two: if(${{x}}>=0, number(${{x}}), 0))", sets) == (
            "(if(${a}>=0, number(${a}), 0) + if(${b}>=0, number(${b}), 0))"
        )
        assert over_sets("TOTAL(none: ${{x}})", sets) == "(0)"

    def test_an_unclosed_bracket_is_an_error_of_the_source(self) -> None:
        with pytest.raises(ValueError, match="not closed"):
            over_sets("TALLY(two: (${{x}})", {"two": ("a",)})

    def test_without_a_screen_for_interruptions_the_gate_does_not_name_it(self) -> None:
        source = read_source("rap")
        expanded = Shorthand(source.modules, source.lists).expand("GATE", "F")
        assert expanded == "${consent_sens}='yes' and ${priv_ok}='yes'"


def test_the_household_form_carries_every_rule_of_implied_values() -> None:
    text = Path("services/indicators/usga_indicators/definitions/skips.yaml").read_text()
    rules = {
        name: Implied(skip["screener"], tuple(skip["no"]), skip["value"])
        for name, skip in yaml.safe_load(text)["skips"].items()
    }
    carried = {n: rule for n, node in questions("hvs").items() if (rule := implied_by(node))}
    assert carried == rules


SHIPPED = ("hvs", "kii", "fgd", "saw", "gsc", "adm", "adm_agg", "rap")


@pytest.mark.parametrize("name", SHIPPED)
def test_no_text_shows_the_code_of_a_choice(name: str) -> None:
    """A code in the middle of a sentence is in no language; notes show the words instead."""
    asked = questions(name)
    coded = {n for n, node in asked.items() if node["list"] or node["attributes"].get("list")}
    shown = [
        (n, reference)
        for n, node in asked.items()
        for text in (*node["label"].values(), *(node["hint"] or {}).values())
        for reference in re.findall(r"\$\{(\w+)\}", text)
    ]
    assert not [(n, reference) for n, reference in shown if reference in coded]


def test_the_kind_of_an_event_is_shown_in_words_of_every_language() -> None:
    asked = questions("hvs")
    robbery = asked["inc_about_rob"]
    assert robbery["type"] == "note"
    assert robbery["relevant"] == "${inc_type}='rob'"
    assert robbery["label"]["sw"] == "Unyang'anyi"
    assert [n for n in asked if n.startswith("incp_about")] == ["incp_about_phys"]
    assert asked["incp_about_phys"]["sensitivity"] == 3
