"""The generated shortcut never says yes where the general check has a finding."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from usga_expressions.instrument import Instrument

from tests.property.expressions.respondent import interview
from tests.property.expressions.test_walk_is_valid import INSTRUMENTS, LISTS
from tests.unit.expressions.build import group, instrument, question, repeat

NOW = datetime(2024, 3, 5, 7, 20, tzinfo=UTC)
_ODD: tuple[Any, ...] = (
    None, "", "yes", "no", "dk", "a b", "yes yes", "none", 0, 1, -98, 2.5, 1e9, True, [], {}, [{}],
    "2024-02-29", "2024-13-01", "x" * 21, "0.5", "true", float("nan"), 10**400,
)  # fmt: skip


def torture() -> Instrument:
    """Everything that makes the order of settling hard."""
    return instrument(
        question("early", "integer", constraint=". < ${late}", required="${late} > 3"),
        question("late", "integer", constraint=". >= 0 and . <= 9"),
        question("late_yes", "select_one", list="yes_no", relevant="${twice} > 4"),
        question("twice", "calculate", calculation="${late} * 2"),
        question("draw", "calculate", calculation="once(random())"),
        question("low", "calculate", calculation="if(${draw} < 0.5, 'low', ${late})"),
        group(
            "outer",
            question("m", "select_multiple", list="place",
                     constraint="not(selected(., 'none')) or count-selected(.) = 1"),
            group(
                "inner",
                question("top", "select_one", list="place", choice_filter="selected(${m}, name)"),
                relevant="count-selected(${m}) > 0",
            ),
            relevant="${late_yes} != 'no'",
        ),
        repeat(
            "r",
            question("x", "integer", constraint=". <= max(../../r/x) and . > -9"),
            question("before", "calculate", calculation="if(position(..) = 1, 0, "
                     "indexed-repeat(${total}, ${r}, position(..) - 1))"),
            question("total", "calculate", calculation="number(${before}) + ${x}"),
            question("share", "calculate", calculation="${x} div sum(${r}/x)"),
            group("g", question("why", relevant="${share} > 0.5 and ${late} > 2"),
                  relevant="${x} > 0"),
            repeat(
                "inside",
                question("y", "decimal", relevant="${x} > 2", required="${total} > 5"),
                question("key", "calculate", calculation="concat(${x}, '/', position(..))"),
                repeat_count="if(${x} > 1, 1, 0)",
            ),
            question("ys", "calculate", calculation="count(${inside}[y > current()/../x])"),
        ),
        question("same", "calculate", calculation="count(${r}[x = ../late])"),
        question("all", "calculate", calculation="sum(${total})"),
        question("end_note", relevant="${all} > 3 or ${same} > 0", required="true()"),
        question("top_label", "calculate", calculation="jr:choice-name(${top}, '${top}')"),
    )  # fmt: skip


FORMS = {**INSTRUMENTS, "torture": torture()}


def damage(answers: dict[str, Any], form: Instrument, chance: random.Random) -> None:
    """Change one thing somewhere; sometimes leave out what is calculated, which tells much."""
    if chance.random() < 0.3:
        for part in form.plan.parts:
            if part.calculation is not None:
                answers.pop(part.definition.name, None)
    repeats = [value for value in answers.values() if isinstance(value, list) and value]
    if repeats and chance.random() < 0.5:
        inner = chance.choice(chance.choice(repeats))
        if isinstance(inner, dict):
            damage(inner, form, chance)
            return
    any_name = chance.choice(form.plan.parts).definition.name
    names = [*answers, *answers, "unknown", any_name]
    name = chance.choice(names)
    tables = form.environment(now=NOW, lists=LISTS).tables
    lists = {part.definition.name: part.definition.choices for part in form.plan.parts}
    choices = lists.get(name)
    kind = chance.randrange(6)
    if kind == 0:
        answers.pop(name, None)
    elif kind == 1 and isinstance(answers.get(name), list):
        answers[name] = answers[name][: chance.randrange(3)] + [{}] * chance.randrange(2)
    elif kind == 2 and isinstance(answers.get(name), (int, float)) and abs(answers[name]) < 1e9:
        answers[name] += chance.choice((-1, 1, 0.5, 30))
    elif kind == 5 and choices:
        answers[name] = chance.choice(tables[choices].rows)["name"]
    elif kind == 3 and len(names) > 2:
        answers[name] = answers.get(chance.choice(names))
    else:
        answers[name] = chance.choice(_ODD)


def test_the_torture_form_has_no_findings_and_a_shortcut() -> None:
    assert FORMS["torture"].findings == ()
    assert all(form.shortcut is not None for form in FORMS.values())


@pytest.mark.parametrize("form", sorted(FORMS))
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
@example(seed=9659255)
def test_shortcut_and_general_check_agree(form: str, seed: int) -> None:
    loaded, chance = FORMS[form], random.Random(seed)
    environment = loaded.environment(now=NOW, lists=LISTS, draw=lambda: 0.25)
    answers = interview(loaded.walk(now=NOW, environment=environment), chance)
    assert loaded.shortcut is not None
    findings = loaded.examine(answers, environment).findings
    assert loaded.shortcut(environment, answers) is (not findings)
    for _ in range(8):
        damage(answers, loaded, chance)
        if loaded.shortcut(environment, answers):
            assert loaded.examine(answers, environment).findings == ()
