"""What each state needs, condition by condition."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.assessment.gates import GATES, Coverage, Facts, missing_for
from usga_assessment.domain.assessment.languages import complete_languages
from usga_assessment.domain.assessment.states import ORDER, State, following, reached
from usga_shared.i18n import LANGUAGES, Messages

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ASSESSMENT = Assessment(
    code="KE-TEST-2026",
    title={"en": "x"},
    city="x",
    country="KE",
    variant="full",
    state=State.DRAFT,
    synthetic=True,
    probability_sample=True,
    require_approved=False,
    languages=("en",),
    currency="",
    age_floor=18,
    fieldwork_from=date(2026, 2, 2),
    fieldwork_to=date(2026, 5, 31),
    version=1,
    created_at=NOW,
    created_by="x",
    updated_at=NOW,
)
KINDS = (
    "mandate", "controller", "themes", "ethics", "dpia", "referral_directory", "pilot",
    "processing", "release", "validation", "action_plan", "retention",
)  # fmt: skip
READY = Facts(
    today=NOW.date(),
    records={kind: {} for kind in KINDS} | {"referral_coverage": {"interviews": 50, "missing": 1}},
    areas=1,
    instruments=1,
    complete_languages=2,
    cases=1,
    devices=1,
    interviews=1,
)


def without(kind: str) -> Facts:
    return replace(READY, records={k: v for k, v in READY.records.items() if k != kind})


class TestGates:
    def test_nothing_is_missing_when_all_is_there(self) -> None:
        assert missing_for(ASSESSMENT, State.ARCHIVED, READY) == []

    @pytest.mark.parametrize("kind", [*KINDS, "referral_coverage"])
    def test_each_record_is_needed_somewhere(self, kind: str) -> None:
        assert missing_for(ASSESSMENT, State.ARCHIVED, without(kind)) == [kind]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"areas": 0}, "areas"),
            ({"instruments": 0}, "instrument"),
            ({"complete_languages": 1}, "languages"),
            ({"cases": 0}, "sample"),
            ({"devices": 0}, "devices"),
            ({"interviews": 0}, "interviews"),
        ],
    )
    def test_each_fact_is_needed_somewhere(self, change: dict[str, Any], code: str) -> None:
        assert missing_for(ASSESSMENT, State.ARCHIVED, replace(READY, **change)) == [code]

    def test_collecting_is_locked_without_ethics_dpia_directory_controller_E11(self) -> None:
        gate = {"ethics", "dpia", "referral_directory", "controller", "sample", "languages"}
        assert gate | {"devices"} <= set(GATES[State.COLLECTING])

    def test_a_rapid_assessment_needs_no_pilot(self) -> None:
        rapid = replace(ASSESSMENT, variant="rapid")
        assert missing_for(rapid, State.COLLECTING, without("pilot")) == []

    def test_an_assessment_without_probability_sample_needs_none(self) -> None:
        rapid = replace(ASSESSMENT, probability_sample=False)
        assert missing_for(rapid, State.COLLECTING, replace(READY, cases=0)) == []

    @pytest.mark.parametrize(("missing", "codes"), [(2, []), (3, ["referral_coverage"])])
    def test_what_was_counted_decides_about_referrals_E05(
        self, missing: int, codes: list[str]
    ) -> None:
        counted = replace(READY, referrals=Coverage(interviews=100, missing=missing))
        assert missing_for(ASSESSMENT, State.PUBLISHED, counted) == codes

    def test_fieldwork_has_dates(self) -> None:
        endless = replace(ASSESSMENT, fieldwork_to=None)
        assert missing_for(endless, State.PROCESSING, READY) == ["fieldwork_dates"]

    def test_only_the_way_ahead_counts(self) -> None:
        later = replace(ASSESSMENT, state=State.COLLECTING)
        assert missing_for(later, State.PROCESSING, without("mandate")) == []

    def test_every_state_but_the_first_has_a_gate(self) -> None:
        assert set(GATES) == set(ORDER[1:])


class TestOrder:
    def test_each_state_is_followed_by_the_next(self) -> None:
        assert following(State.DRAFT) is State.SCOPED
        assert following(State.ARCHIVED) is None
        assert reached(State.COLLECTING, State.PILOTING)
        assert not reached(State.PILOTING, State.COLLECTING)


def codes_made(source: str) -> Iterator[str]:
    """The codes of all findings that a module makes: the last argument of their constructors."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            last = node.args[-1] if node.args else None
            makes = name in {"Fault", "RowFinding", "AreaFinding", "_fault"}
            if makes and isinstance(last, ast.Constant):
                yield str(last.value)


class TestWords:
    def test_every_condition_has_words_in_every_language(self) -> None:
        codes = {code for gate in GATES.values() for code in gate} | {"order"}
        messages = Messages.load(["usga_assessment.locale"], "problems")
        for language in LANGUAGES:
            keys = messages.keys(language)
            assert {f"precondition.{code}" for code in codes} <= keys

    def test_every_language_says_the_same_things(self) -> None:
        messages = Messages.load(["usga_assessment.locale"], "problems")
        english = messages.keys("en")
        assert english
        for language in LANGUAGES:
            assert messages.keys(language) == english

    @pytest.mark.parametrize(
        "module",
        [
            "domain/sampling/sample.py",
            "domain/assessment/areas.py",
            "operations/load_sample.py",
            "operations/describe_assessment.py",
        ],
    )
    def test_every_code_of_a_finding_has_words(self, module: str) -> None:
        made = set(codes_made(files("usga_assessment").joinpath(module).read_text()))
        keys = Messages.load(["usga_assessment.locale"], "problems").keys("en")
        assert len(made) > 3
        assert {f"finding.{code}" for code in made} <= keys

    def test_every_condition_stands_in_the_document(self) -> None:
        text = Path("docs/states.md").read_text(encoding="utf-8")
        for state, gate in GATES.items():
            line = next(x for x in text.splitlines() if x.startswith(f"| `{state}` |"))
            for code in gate:
                assert f"`{code}`" in line, (state, code)


class TestLanguages:
    def test_a_language_is_complete_when_nothing_is_left_unsaid(self) -> None:
        document = {
            "languages": ["en", "sw", "es"],
            "choice_lists": {"yes": [{"name": "yes", "label": {"en": "Yes", "sw": "Ndiyo"}}]},
            "nodes": [
                {
                    "label": {"en": "Group", "sw": "Kundi", "es": "Grupo"},
                    "children": [{"label": {"en": "Q", "sw": "S", "es": "P"}, "hint": {}}],
                },
                {"label": {}},
            ],
        }
        assert complete_languages(document) == ["en", "sw"]
        document["nodes"][0]["children"][0]["hint"] = {"en": "Ask twice."}  # type: ignore[index]
        assert complete_languages(document) == ["en"]
