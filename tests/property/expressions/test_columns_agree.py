"""The compiled backend and Ibis columns (DuckDB) give the same values, empty answers included."""

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usga_expressions.coercion import number_text
from usga_expressions.columns import Variable, compile_column
from usga_expressions.compiler import Compiler
from usga_expressions.environment import Environment
from usga_expressions.form import Form, Kind, Scope

VARIABLES = {
    "n": Variable("n", numeric=True),
    "d": Variable("d", numeric=True),
    "one": Variable("one"),
    "many": Variable("many"),
    "txt": Variable("txt"),
}
_DRAWN: dict[str, tuple[Any, ...]] = {
    "n": (None, -99.0, -1.0, 0.0, 3.0, 34.0, 120.0),
    "d": (None, 0.0, 0.5, -2.5, 2.5, 1e6, 0.1, -0.25),
    "one": (None, "", "yes", "no", "dk", "2"),
    "many": (None, "", "a", "a b", "none", "b none c", "ab"),
    "txt": (None, "", "12", " 7 ", "x", "-3.5", "5.", "1e3", "yes"),
}
_WORDS = ("''", "'yes'", "'a'", "'none'", "'12'", "'ab'", "'a b'")
_TEXTS = ("${one}", "${many}", "${txt}", "concat(${one}, '/', ${txt})", *_WORDS)
_NUMBERS = (
    "0", "1", "-98", "2.5", "100", "3", "${n}", "${d}", "${txt}", "${one}",
    "coalesce(${n}, 0)", "coalesce(${n}, ${d})", "coalesce(${txt}, coalesce('', '5'))",
    "if(${n} > 0, ${n}, '')", "if(${one} = 'yes', ${txt}, 'no')", "number('7')",
)  # fmt: skip
_COMPARE = ("=", "!=", "<", "<=", ">", ">=")


def numbers(chance: random.Random, depth: int) -> str:
    """A numeric expression."""
    pick, deeper = chance.choice, depth - 1
    shapes: list[Callable[[], str]] = [
        lambda: f"count-selected({pick(_TEXTS)})",
        lambda: f"string-length({pick(_TEXTS)})",
        lambda: pick(_NUMBERS),
    ]
    if depth:
        shapes += [
            lambda: (
                f"({numbers(chance, deeper)} {pick(('+', '-', '*', 'div', 'mod'))}"
                f" {numbers(chance, deeper)})"
            ),
            lambda: (
                f"if({truths(chance, deeper)}, {numbers(chance, deeper)},"
                f" {numbers(chance, deeper)})"
            ),
            lambda: (
                f"{pick(('int', 'round', 'floor', 'ceiling', 'abs', 'number', '-'))}"
                f"({numbers(chance, deeper)})"
            ),
            lambda: f"round({numbers(chance, deeper)}, {pick((1, 2, -1))})",
            lambda: (
                f"{pick(('min', 'max'))}({numbers(chance, deeper)}, {numbers(chance, deeper)})"
            ),
            lambda: f"number({truths(chance, deeper)})",
            lambda: f"{pick(('sqrt', 'log', 'log10', 'exp'))}({numbers(chance, deeper)})",
            lambda: f"string-length(normalize-space(join(' ', {pick(_TEXTS)}, {pick(_TEXTS)})))",
        ]
    return pick(shapes)()


def truths(chance: random.Random, depth: int) -> str:
    """A condition."""
    pick, deeper = chance.choice, depth - 1
    shapes: list[Callable[[], str]] = [
        lambda: f"({pick(_TEXTS)} {pick(_COMPARE)} {pick(_TEXTS)})",
        lambda: f"(${{n}} {pick(('=', '!='))} {pick(_BESIDE_N)})",
        lambda: f"selected({pick(_TEXTS)}, {pick(_WORDS)})",
        lambda: f"selected('vsafe yes none', {pick(_TEXTS)})",
        lambda: pick(("true()", "false()", "contains(${txt}, '2')", "starts-with(${txt}, 'y')")),
        lambda: f"boolean({pick(_NUMBERS)})",
    ]
    if depth:
        shapes += [
            lambda: f"({numbers(chance, deeper)} {pick(_COMPARE)} {numbers(chance, deeper)})",
            lambda: (
                f"({truths(chance, deeper)} {pick(('and', 'or', '=', '!='))}"
                f" {truths(chance, deeper)})"
            ),
            lambda: f"not({truths(chance, deeper)})",
            lambda: (
                f"checklist({pick((-1, 0, 1, 2))}, {pick((-1, 1, 2))},"
                f" {truths(chance, deeper)}, {pick(_NUMBERS)}, {truths(chance, deeper)})"
            ),
            lambda: (
                f"weighted-checklist({pick((-1, 0.5, 2))}, {pick((-1, 1, 3))},"
                f" {truths(chance, deeper)}, {numbers(chance, deeper)}, {pick(_TEXTS)}, 2)"
            ),
            lambda: f"boolean-from-string({pick((*_TEXTS, '${n}'))})",
        ]
    return pick(shapes)()


_BESIDE_N = ("''", "'34'", "'x'", "34", "${d}")


def compiled_values(text: str, rows: list[dict[str, Any]]) -> list[Any]:
    """What the compiled backend gives for each row."""
    form = Form()
    for name, variable in VARIABLES.items():
        form.add(Kind.QUESTION, name, numeric=variable.numeric)
    at = form.add(Kind.QUESTION, "here")
    compiled = Compiler(form).compile(text, at)
    assert compiled.findings == ()
    function = compiled.function()
    environment = Environment(now=datetime(2026, 1, 1, tzinfo=UTC))
    found = []
    for row in rows:
        scope = Scope(form.root, None, 1)
        for slot, name in enumerate(VARIABLES):
            value = row[name]
            if isinstance(value, float):
                scope.x[slot], scope.t[slot] = value, number_text(value)
            elif value is not None:
                scope.t[slot] = value
        found.append(function(environment, scope))
    return found


def column_values(texts: list[str], rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """What the Ibis columns give for each row."""
    schema = {name: "float64" if v.numeric else "string" for name, v in VARIABLES.items()}
    numbered = [{"row": at, **row} for at, row in enumerate(rows)]
    table = ibis.memtable(numbered, schema={"row": "int64", **schema})
    values = {
        f"v{at}": compile_column(text, VARIABLES).value(table) for at, text in enumerate(texts)
    }
    query = table.select("row", **values).order_by("row")
    found = CONNECTION.to_pyarrow(query).to_pydict()
    return {text: found[f"v{at}"] for at, text in enumerate(texts)}


CONNECTION = ibis.duckdb.connect()


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and math.isnan(one):
        return other is None
    if isinstance(one, float):
        return other is not None and (one == other or math.isclose(one, other, rel_tol=1e-12))
    return type(one) is type(other) and one == other


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_both_backends_agree(seed: int) -> None:
    chance = random.Random(seed)
    rows = [{name: chance.choice(drawn) for name, drawn in _DRAWN.items()} for _ in range(12)]
    made = [chance.choice((numbers, truths))(chance, 3) for _ in range(8)]
    texts = [text for text in made if not compile_column(text, VARIABLES).findings]
    assert len(texts) > 0
    found = column_values(texts, rows)
    wrong = [
        (text, row, a, b)
        for text in texts
        for row, a, b in zip(rows, compiled_values(text, rows), found[text], strict=True)
        if not same(a, b) and not same(_number(a), b)
    ]
    assert not wrong


def _number(value: Any) -> Any:
    """coalesce() over numbers gives text in a form and numbers in a column."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return math.nan if value == "" else value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${gone} = 1", "unknown-name"),
        ("sum(${n})", "unsupported-in-columns"),
        ("../n", "unsupported-in-columns"),
        ("concat(${n}, 'a')", "unsupported-in-columns"),
        ("selected(${many}, ${one})", "unsupported-in-columns"),
        ("selected(${many})", "wrong-argument-count"),
        ("${n} = ${txt}", "unsupported-in-columns"),
        ("1 +", "syntax"),
    ],
)
def test_what_columns_cannot_do_is_a_finding(text: str, code: str) -> None:
    expression = compile_column(text, VARIABLES)
    assert [finding.code for finding in expression.findings] == [code]
    with pytest.raises(ValueError, match="has findings"):
        expression.value(None)


def test_the_variables_that_are_read_are_named() -> None:
    expression = compile_column("count-selected(${many}) - selected(${many}, 'none')", VARIABLES)
    assert expression.uses == {"many"}
    assert expression.numeric
    assert compile_column("coalesce(${n}, 0)", VARIABLES).numeric
    assert not compile_column("${one} = 'yes'", VARIABLES).numeric
