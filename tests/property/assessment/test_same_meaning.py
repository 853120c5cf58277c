"""Expressions that count as one in a comparison of versions give one value for all answers."""

import random
from datetime import UTC, datetime
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from usga_assessment.domain.comparison.questions import meaning
from usga_expressions.coercion import number_text
from usga_expressions.compiler import Compiler
from usga_expressions.environment import Environment
from usga_expressions.form import Form, Kind, Scope

ANSWERS: dict[str, tuple[Any, ...]] = {"n": (None, 0.0, 3.0), "m": (None, 3.0), "a": ("", "yes")}
ROWS = [dict(zip(ANSWERS, row, strict=True)) for row in product(*ANSWERS.values())]
SINGLE = frozenset(ANSWERS)
SIDES = ("${n}", "${m}", "${a}", "3", "'yes'", "''")
TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
NOT = {"=": "!=", "!=": "="}


def condition(chance: random.Random, depth: int) -> tuple[Any, ...]:
    """A condition as parts: an operator with what it joins, or a comparison."""
    if not depth or chance.random() < 0.2:
        return (chance.choice([*TURNED]), chance.choice(SIDES), chance.choice(SIDES))
    deeper = [condition(chance, depth - 1) for _ in range(chance.choice((2, 2, 3)))]
    return chance.choice((("and", *deeper), ("or", *deeper), ("not", deeper[0])))


def written(parts: tuple[Any, ...], chance: random.Random | None = None) -> str:
    """The text; with chance in one of the many ways that say the same."""
    operator, *inside = parts
    if operator in TURNED:
        left, right = inside
        if chance is not None and chance.random() < 0.5:
            operator, left, right = TURNED[operator], right, left
        if chance is not None and operator in NOT and chance.random() < 0.3:
            return f"not({left} {NOT[operator]} {right})"
        return f"{left} {operator} {right}"
    if operator == "not":
        return f"not({written(inside[0], chance)})"
    if chance is not None:
        chance.shuffle(inside)
        if chance.random() < 0.3:
            other = "or" if operator == "and" else "and"
            denied = f" {other} ".join(f"not({written(each, chance)})" for each in inside)
            return f"not({denied})"
        inside += inside[: chance.choice((0, 0, 1))]
    text = f" {operator} ".join(f"({written(each, chance)})" for each in inside)
    return f"not(not({text}))" if chance is not None and chance.random() < 0.2 else text


def values(text: str) -> tuple[bool, ...]:
    form = Form()
    for name in ANSWERS:
        form.add(Kind.QUESTION, name, numeric=name != "a")
    compiled = Compiler(form).compile(text, form.add(Kind.QUESTION, "here"))
    function = compiled.function(compiled.truth)
    environment = Environment(now=datetime(2026, 1, 1, tzinfo=UTC))
    found = []
    for row in ROWS:
        scope = Scope(form.root, None, 1)
        for slot, value in enumerate(row.values()):
            if isinstance(value, float):
                scope.x[slot], scope.t[slot] = value, number_text(value)
            elif value is not None:
                scope.t[slot] = value
        found.append(bool(function(environment, scope)))
    return tuple(found)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_rewritten_it_is_the_same(seed: int) -> None:
    chance = random.Random(seed)
    parts = condition(chance, 3)
    one, other = written(parts), written(parts, chance)
    assert values(one) == values(other), (one, other)
    assert meaning(one, SINGLE, True) == meaning(other, SINGLE, True), (one, other)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_what_counts_as_the_same_gives_the_same_values(seed: int) -> None:
    chance = random.Random(seed)
    groups: dict[object, str] = {}
    for _ in range(60):  # few parts, so that many mean the same by chance
        text = written(condition(chance, 1), chance)
        first = groups.setdefault(meaning(text, SINGLE, True), text)
        assert first == text or values(first) == values(text), (first, text)
