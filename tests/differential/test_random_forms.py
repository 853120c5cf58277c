"""Random forms, filled at random, are as ODK Web Forms' engine sees them."""

from typing import Any

import pytest
from usga_expressions.cases import markdown
from usga_expressions.cases.state import evaluate_state
from usga_expressions.instrument import Instrument

from tests.differential import bridge, xforms
from tests.differential.forms_under_test import FormUnderTest
from tests.differential.random_forms import random_form
from tests.differential.test_interviews import META, answered, both, differences

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(bridge.missing()), reason=bridge.missing() or "-"),
]
FORMS = 40
INTERVIEWS = 4


def form_of(seed: int) -> FormUnderTest:
    """A random form with its XForm."""
    text = random_form(seed)
    document = markdown.document(text)
    xform = xforms.convert(markdown.sheets(text))
    return FormUnderTest(f"random-{seed}", document, xform, Instrument.load(document))


def test_random_forms_are_as_the_engine_sees_them() -> None:
    forms = [form_of(seed) for seed in range(FORMS)]
    assert [form.name for form in forms if not form.instrument.usable] == []
    filled = {form.name: list(answered(form, {}, INTERVIEWS)) for form in forms}
    tasks = [
        {"id": f"{form.name} {at}", "form": form.name, "state": True,
         "instance": xforms.instance(form.xform, answers)}
        for form in forms
        for at, answers in enumerate(filled[form.name])
    ]  # fmt: skip
    sources = {form.name: {"xml": form.xform} for form in forms}
    states = bridge.in_node({"now": META["now"], "forms": sources, "tasks": tasks}, META["tz"])
    wrong: list[tuple[Any, ...]] = []
    compared = 0
    for form in forms:
        for at, answers in enumerate(filled[form.name]):
            expected = states[f"{form.name} {at}"]
            assert "error" not in expected, expected["error"]
            found = evaluate_state({"answers": answers}, META, form.instrument, {})
            wrong += [(form.name, at, *each) for each in differences(form, expected, found)[0]]
            compared += both(expected, found)
    assert wrong == []
    assert compared > FORMS * INTERVIEWS * 10
