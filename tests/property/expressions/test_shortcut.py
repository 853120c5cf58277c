"""The generated shortcut never says yes where the general check has a finding."""

import copy
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument

from tests.property.expressions.respondent import interview
from tests.property.expressions.test_walk_is_valid import INSTRUMENTS, LISTS
from tests.support import household
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


def plain() -> Instrument:
    """Repeats of which nothing but positions is read; texts read as numbers more than once."""
    return instrument(
        question("draw", "calculate", calculation="once(int(random() * 9))"),
        question("sent", "text"),
        question("twice", "calculate", calculation="${draw} + ${draw} * 2"),
        question("sum", "calculate", calculation="number(${sent}) + number(${sent}) * 2"),
        question("quoted", "calculate",
                 calculation="concat('number(f, t0_0)', \"s1.i\", 's0.c[4]', ${sent})"),
        question("m", "select_multiple", list="place",
                 constraint="not(selected(., 'none')) or count-selected(.) = 1"),
        question("after", "integer", relevant="selected(${m}, 'street')", required="${sent} > 1"),
        repeat(
            "r",
            question("x", "integer", constraint=". >= position(..) and . < number(${sent}) + 30"),
            question("label", "calculate", calculation="concat(position(..), '/s1.i/', ${x})"),
            question("m_in", "select_multiple", list="place", required="${x} > 20"),
            repeat(
                "inside",
                question("y", "decimal", relevant="position(..) < 3"),
                question("key", "calculate", calculation="concat(position(..), ':', ${draw})"),
                repeat_count="if(${x} > 9, 2, 1)",
            ),
        ),
    )  # fmt: skip


FORMS = {**INSTRUMENTS, "torture": torture(), "plain": plain()}


def rewritten(text: str) -> tuple[str, ...]:
    """A text with words repeated and with other blanks."""
    first = text.split(" ", 1)[0]
    return (f"{text} {first}", f" {text}", f"{text} ", f"{text}\t", text.replace(" ", "  "))


def damage(
    answers: dict[str, Any],
    form: Instrument,
    chance: random.Random,
    *,
    lists: Mapping[str, Table] = LISTS,
) -> None:
    """Change one thing somewhere; sometimes leave out what is calculated, which tells much."""
    if chance.random() < 0.3:
        for part in form.plan.parts:
            if part.calculation is not None:
                answers.pop(part.definition.name, None)
    repeats = [value for value in answers.values() if isinstance(value, list) and value]
    if repeats and chance.random() < 0.5:
        inner = chance.choice(chance.choice(repeats))
        if isinstance(inner, dict):
            damage(inner, form, chance, lists=lists)
            return
    any_name = chance.choice(form.plan.parts).definition.name
    names = [*answers, *answers, "unknown", any_name]
    name = chance.choice(names)
    tables = form.environment(now=NOW, lists=lists).tables
    asked = {part.definition.name: part.definition.choices for part in form.plan.parts}
    choices = asked.get(name)
    kind = chance.randrange(7)
    if kind == 0:
        answers.pop(name, None)
    elif kind == 1 and isinstance(answers.get(name), list):
        answers[name] = answers[name][: chance.randrange(3)] + [{}] * chance.randrange(2)
    elif kind == 2 and isinstance(answers.get(name), (int, float)) and abs(answers[name]) < 1e9:
        answers[name] += chance.choice((-1, 1, 0.5, 30))
    elif kind == 6 and isinstance(answers.get(name), str):
        answers[name] = chance.choice(rewritten(answers[name]))
    elif kind == 5 and choices:
        answers[name] = chance.choice(tables[choices].rows)["name"]
    elif kind == 3 and len(names) > 2:
        answers[name] = answers.get(chance.choice(names))
    else:
        answers[name] = chance.choice(_ODD)


def test_the_hard_forms_have_no_findings_and_a_shortcut() -> None:
    assert FORMS["torture"].findings == FORMS["plain"].findings == ()
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


HOUSEHOLD = household.interviews(24)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_damaged_household_interviews_never_pass_with_a_finding(seed: int) -> None:
    form, chance, known = household.instrument(), random.Random(seed), household.lists()
    environment = form.environment(now=household.NOW, lists=known, draw=lambda: 0.25)
    answers = copy.deepcopy(chance.choice(HOUSEHOLD))
    assert form.shortcut is not None
    assert form.shortcut(environment, answers)
    assert form.examine(answers, environment).findings == ()
    for _ in range(6):
        damage(answers, form, chance, lists=known)
        if form.shortcut(environment, answers):
            assert form.examine(answers, environment).findings == ()


def test_choices_written_otherwise_never_pass_with_a_finding() -> None:
    form, known = household.instrument(), household.lists()
    environment = form.environment(now=household.NOW, lists=known, draw=lambda: 0.25)
    many = {part.definition.name for part in form.plan.parts if part.many}
    tried = 0
    for answers in HOUSEHOLD:
        for name in sorted(many & answers.keys()):
            for other in rewritten(answers[name]):
                changed = {**answers, name: other}
                tried += 1
                assert form.shortcut is not None
                if form.shortcut(environment, changed):
                    assert form.examine(changed, environment).findings == ()
    assert tried > 1000


def test_damage_is_seen_and_harmless_change_is_not_refused() -> None:
    """The comparisons above are not empty: over one run of seeds both answers are given."""
    told = {name: {True: 0, False: 0} for name in FORMS}
    for name, form in FORMS.items():
        environment = form.environment(now=NOW, lists=LISTS, draw=lambda: 0.25)
        for seed in range(40):
            chance = random.Random(seed)
            answers = interview(form.walk(now=NOW, environment=environment), chance)
            damage(answers, form, chance)
            assert form.shortcut is not None
            told[name][form.shortcut(environment, answers)] += 1
    assert min(count for each in told.values() for count in each.values()) > 0, told
