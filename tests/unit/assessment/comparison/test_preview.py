"""A form from above, and an invented interview that its own rules accept."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from usga_assessment.domain.preview import (
    AT,
    MOST_ASKED,
    summarise_languages,
    summarise_sections,
    trial_interview,
)
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_expressions.instrument import Instrument

from tests.support.forms import compiled

FORMS = Path("services/assessment/usga_assessment/instruments")


@cache
def document(path: str) -> Mapping[str, Any]:
    made = compiled((FORMS / path).read_bytes()).document
    assert made is not None
    return made


@pytest.mark.parametrize("seed", range(5))
def test_the_household_survey_accepts_its_trial_interviews(seed: int) -> None:
    form = document("hvs/hvs.csv")
    trial = trial_interview(form, seed=seed)
    assert trial.complete
    assert Instrument.load(form).check(trial.answers, now=AT).valid


def test_sections_hold_all_questions_once() -> None:
    form = document("hvs/hvs.csv")
    sections = summarise_sections(form)
    assert sum(section.questions for section in sections) == form["size"]["questions"]
    assert max(section.sensitivity for section in sections) == 3


def test_a_language_lacks_what_others_have() -> None:
    form = {
        "languages": ["en", "sw"],
        "nodes": [
            {"kind": "question", "label": {"en": "a", "sw": "b"}, "hint": {"en": "c"}},
            {"kind": "question", "label": {}},
        ],
        "choice_lists": {"l": [{"label": {"en": "d"}}]},
    }
    found = {x.language: (x.translated, x.texts) for x in summarise_languages(form)}
    assert found == {"en": (3, 3), "sw": (1, 3)}


def test_a_form_without_end_is_walked_only_so_far() -> None:
    def rows(*given: str) -> str:
        return "".join(f"| | {row} |\n" for row in given)

    source = "| settings |\n" + rows("form_title | form_id | version", "E | e | 1")
    source += "| survey |\n" + rows(
        "type | name | label | repeat_count", "begin_repeat | a | A | 1000",
        "begin_repeat | b | B | 1000", "note | n | N | ", "integer | i | I | ",
        "end_repeat | | |", "end_repeat | | |",
    )  # fmt: skip
    made = compile_form(source.encode()).document
    assert made is not None
    trial = trial_interview(made, seed=1)
    assert not trial.complete
    assert 0 < len(trial.steps) <= MOST_ASKED
