"""Whole interviews: relevance, required, constraints, calculates and choices as ODK Web Forms'.

Seeded respondents answer every form; then some answers are changed at random, so that rules
break and irrelevant answers are there. The engine loads the same form and the same answers.
"""

import random
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from usga_expressions.cases.state import evaluate_state
from usga_expressions.environment import Table

from tests.differential import bridge, xforms
from tests.differential.disturbance import disturb
from tests.differential.forms_under_test import FormUnderTest, compiled, sources, tables
from tests.differential.slips import dependents, slip
from tests.golden.expressions.compare import same_text
from tests.property.expressions.respondent import interview

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(bridge.missing()), reason=bridge.missing() or "-"),
]
META = {"now": "2026-03-02T12:30:00.000+03:00", "tz": "Africa/Nairobi"}
#: Interviews of each form; over all forms there are more than 200.
INTERVIEWS = 24
REFUSES = "received a value that does not represent GPS coordinates"
_FIELDS = ("relevant", "required", "valid", "missing")


def answered(
    form: FormUnderTest, lists: dict[str, Table], count: int = INTERVIEWS
) -> Iterator[dict[str, Any]]:
    """Seeded interviews of a form, two in three of them disturbed."""
    now, zone = datetime.fromisoformat(META["now"]), ZoneInfo(META["tz"])
    own = form.instrument.environment(now=now, lists=lists).tables
    for seed in range(count):
        chance = random.Random(f"{form.name} {seed}")
        walk = form.instrument.walk(now=now, lists=lists, zone=zone, draw=chance.random)
        answers = interview(walk, chance)
        for _ in range(seed % 3 * 4):
            disturb(answers, form.instrument, own, chance)
        yield answers


def engine_states(form: FormUnderTest, interviews: list[dict[str, Any]]) -> dict[str, Any]:
    """What the engine makes of the interviews."""
    files = {f"{name}.csv": xforms.csv_text(rows) for name, rows in tables().items()}
    tasks = [
        {"id": str(at), "form": form.name, "state": True,
         "instance": xforms.instance(form.xform, answers)}
        for at, answers in enumerate(interviews)
    ]  # fmt: skip
    job = {"now": META["now"], "forms": {form.name: {"xml": form.xform, "files": files}}}
    return bridge.in_node({**job, "tasks": tasks}, META["tz"])


def differences(
    form: FormUnderTest, expected: dict[str, Any], found: dict[str, Any]
) -> tuple[list[tuple[Any, ...]], set[str]]:
    """Path, field, the engine's and our value of everything that is not the same.

    Beside it the known slips of the engine that were met; what follows from one is left out.
    """
    unlike, slipped, names = [], [], set()
    by_path = {part.definition.path.split("/", 2)[2]: part for part in form.instrument.plan.parts}
    for path, name, theirs, ours in _unlike(expected, found):
        part = by_path[re.sub(r"\[\d+\]", "", _below_root(path))]
        known = slip(
            str(part.source.calculation), name, theirs, ours, expected["nodes"].get(path, {})
        )
        if known:
            names.add(known)
            slipped.append(part.definition)
        else:
            unlike.append((part.definition, path, name, theirs, ours))
    excused = dependents(form.instrument, slipped)
    return [tuple(rest) for definition, *rest in unlike if definition not in excused], names


def _unlike(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    nodes = {_below_root(path): node for path, node in found["nodes"].items()}
    for path, theirs in expected["nodes"].items():
        ours = nodes.get(_below_root(path))
        if ours is None:
            continue  # a note, or what only the device fills in
        if not theirs["relevant"] or not ours["relevant"]:
            if theirs["relevant"] != ours["relevant"]:
                yield path, "relevant", theirs["relevant"], ours["relevant"]
            continue
        for name in _FIELDS:
            if name in theirs and name in ours and theirs[name] != ours[name]:
                yield path, name, theirs[name], ours[name]
        if "value" in theirs and "value" in ours and not same_text(theirs["value"], ours["value"]):
            yield path, "value", theirs["value"], ours["value"]
    choices = {_below_root(path): names for path, names in found["choices"].items()}
    for path, offered in expected["choices"].items():
        mine = choices.get(_below_root(path))
        if mine is not None and mine != offered:
            yield path, "choices", offered, mine


def both(expected: dict[str, Any], found: dict[str, Any]) -> int:
    """How many nodes both sides know."""
    ours = {_below_root(path) for path in found["nodes"]}
    return sum(_below_root(path) in ours for path in expected["nodes"])


def _below_root(path: str) -> str:
    return path.split("/", 2)[2] if path.count("/") > 1 else path


@pytest.mark.parametrize("name", sorted(sources()))
def test_an_interview_is_as_the_engine_sees_it(name: str) -> None:
    form = compiled(name)
    if form is None:
        pytest.skip("refused: there is nothing to compare")
    lists = {each: Table(rows) for each, rows in tables().items()}
    interviews = list(answered(form, lists))
    states = engine_states(form, interviews)
    wrong, compared = [], 0
    for at, answers in enumerate(interviews):
        expected = states[str(at)]
        if REFUSES in expected.get("error", ""):
            continue  # the engine ends where there is no place yet
        assert "error" not in expected, expected["error"]
        found = evaluate_state({"answers": answers}, META, form.instrument, lists)
        unlike, _ = differences(form, expected, found)
        wrong += [(at, *each) for each in unlike]
        compared += both(expected, found)
    assert wrong == []
    assert compared >= INTERVIEWS


def test_there_are_enough_interviews() -> None:
    convertible = [name for name in sources() if compiled(name) is not None]
    assert len(convertible) * INTERVIEWS >= 200
