"""Choices from the answers of a repeat are those that ODK Web Forms' engine offers.

It also offers empty answers, which nobody can choose; they are left out of the comparison.
"""

import random
from pathlib import Path
from typing import Any

import pytest
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_expressions.cases.state import evaluate_state
from usga_expressions.instrument import Instrument

from tests.differential import bridge, xforms
from tests.differential.forms_under_test import FormUnderTest
from tests.differential.test_interviews import META, differences, engine_states

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(bridge.missing()), reason=bridge.missing() or "-"),
]
SOURCE = (Path(__file__).parent / "forms" / "rows.md").read_bytes()
NAMES = ("Ann", "Bob", "Cy", "Di", "", "A B")
INTERVIEWS = 80


def filled(chance: random.Random) -> dict[str, Any]:
    """Answers at random; some choose what nobody answered, or what a filter leaves out."""

    def some(count: int) -> str:
        return " ".join(chance.sample(NAMES[:4], count))

    people = [
        {
            "name": chance.choice(NAMES), "age": chance.choice((3, 8, 12, 30, None)),
            "works": chance.choice(("yes", "no", None)), "friend": chance.choice(NAMES),
        }
        for _ in range(chance.randrange(5))
    ]  # fmt: skip
    return {
        "limit": chance.choice((None, 1, 8, 20)), "person": people,
        "head": chance.choice(NAMES), "adult": chance.choice(NAMES),
        "years": chance.choice(("3", "12", "30", "99")),
        "workers": some(chance.randrange(4)), "everyone": some(chance.randrange(4)),
    }  # fmt: skip


@pytest.mark.parametrize("way", ["sheet", "xform"])
def test_choices_from_answers_are_as_the_engine_sees_them(way: str) -> None:
    made = compile_form(SOURCE)
    assert made.xform is not None
    document = made.document if way == "sheet" else compile_form(made.xform.encode()).document
    assert document is not None
    form = FormUnderTest("rows", document, made.xform, Instrument.load(document))
    interviews = [filled(random.Random(f"rows {seed}")) for seed in range(INTERVIEWS)]
    states = engine_states(form, interviews)
    wrong, offered = [], 0
    for at, answers in enumerate(interviews):
        expected = states[str(at)]
        assert "error" not in expected, expected["error"]
        choices = expected["choices"]
        expected["choices"] = {path: [n for n in names if n] for path, names in choices.items()}
        found = evaluate_state({"answers": answers}, META, form.instrument, {})
        wrong += [(at, *each) for each in differences(form, expected, found)[0]]
        offered += sum(len(names) for names in expected["choices"].values())
    assert wrong == []
    assert offered > INTERVIEWS * 3


def test_the_form_chooses_several() -> None:
    made = compile_form(SOURCE)
    assert made.xform is not None
    assert made.xform.count('<select ref="/data/choose/') == 2
    assert xforms.instance(made.xform, {"person": [{"name": "Ann"}]}).count("Ann") == 1
