"""Every instrument of the catalogue: it compiles, asks what its method says, and can be answered."""

import csv
import re
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
from usga_shared.wire.implied import Implied, implied_by

from tests.unit.assessment.catalogue.answering import (
    DOSSIER,
    LISTS,
    NOW,
    compiled,
    instrument,
    interview,
    questions,
)


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
