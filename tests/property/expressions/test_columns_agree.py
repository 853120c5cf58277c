"""The compiled backend and Ibis columns (DuckDB) give the same values, empty answers included."""

import math
from datetime import UTC, datetime
from typing import Any

import ibis
import pytest
from hypothesis import assume, example, given, settings
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
_DRAWN = {
    "n": st.none() | st.integers(-99, 120).map(float),
    "d": st.none() | st.sampled_from([0.0, 0.5, -2.5, 2.5, 1e6, 0.1, -0.25]),
    "one": st.none() | st.sampled_from(["", "yes", "no", "dk", "2"]),
    "many": st.none() | st.sampled_from(["", "a", "a b", "none", "b none c", "ab"]),
    "txt": st.none() | st.sampled_from(["", "12", " 7 ", "x", "-3.5", "5.", "1e3", "yes"]),
}
ROWS = st.lists(st.fixed_dictionaries(_DRAWN), min_size=1, max_size=8)
_WORDS = ("''", "'yes'", "'a'", "'none'", "'12'", "'ab'")
_TEXTS = ("${one}", "${many}", "${txt}", *_WORDS)
_NUMBERS = (
    "0", "1", "-98", "2.5", "100", "3", "${n}", "${d}", "${txt}", "${one}",
    "coalesce(${n}, 0)", "coalesce(${n}, ${d})",
)  # fmt: skip
_COMPARE = ("=", "!=", "<", "<=", ">", ">=")


def _pick(draw: st.DrawFn, options: tuple[object, ...]) -> str:
    return str(draw(st.sampled_from(options)))


@st.composite
def numbers(draw: st.DrawFn, depth: int) -> str:  # noqa: PLR0911
    """A numeric expression."""
    shape = draw(st.integers(0, 8 if depth else 2))
    if shape == 0:
        return f"count-selected({_pick(draw, _TEXTS)})"
    if shape == 1:
        return f"string-length({_pick(draw, _TEXTS)})"
    if shape == 2:
        return str(_pick(draw, _NUMBERS))
    inner = draw(numbers(depth - 1))
    match shape:
        case 3 | 4:
            return f"({inner} {_pick(draw, ('+', '-', '*', 'div', 'mod'))} {draw(numbers(depth - 1))})"
        case 5:
            return f"if({draw(truths(depth - 1))}, {inner}, {draw(numbers(depth - 1))})"
        case 6:
            function = _pick(draw, ("int", "round", "floor", "ceiling", "abs", "number", "-"))
            return f"{function}({inner})"
        case 7:
            return f"round({inner}, {_pick(draw, (1, 2, -1))})"
        case _:
            return f"{_pick(draw, ('min', 'max'))}({inner}, {draw(numbers(depth - 1))})"


@st.composite
def truths(draw: st.DrawFn, depth: int) -> str:  # noqa: PLR0911
    """A condition."""
    shape = draw(st.integers(0, 9 if depth else 5))
    match shape:
        case 0:
            return f"({_pick(draw, _TEXTS)} {_pick(draw, _COMPARE)} {_pick(draw, _TEXTS)})"
        case 1:
            right = _pick(draw, ("''", "'34'", "'x'", "34", "${d}"))
            return f"(${{n}} {_pick(draw, ('=', '!='))} {right})"
        case 2:
            return f"selected({_pick(draw, _TEXTS)}, {_pick(draw, _WORDS)})"
        case 3:
            return f"selected('vsafe yes none', {_pick(draw, _TEXTS)})"
        case 4:
            return str(_pick(draw, ("true()", "false()", "contains(${txt}, '2')")))
        case 5 | 6:
            left, right = draw(numbers(max(0, depth - 1))), draw(numbers(max(0, depth - 1)))
            return f"({left} {_pick(draw, _COMPARE)} {right})"
        case 7 | 8:
            operator = _pick(draw, ("and", "or", "=", "!="))
            return f"({draw(truths(depth - 1))} {operator} {draw(truths(depth - 1))})"
        case _:
            return f"not({draw(truths(depth - 1))})"


EXPRESSIONS = numbers(3) | truths(3)


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


def column_values(text: str, rows: list[dict[str, Any]]) -> list[Any]:
    """What the Ibis column gives for each row."""
    expression = compile_column(text, VARIABLES)
    assert expression.findings == ()
    schema = {name: "float64" if v.numeric else "string" for name, v in VARIABLES.items()}
    numbered = [{"row": at, **row} for at, row in enumerate(rows)]
    table = ibis.memtable(numbered, schema={"row": "int64", **schema})
    query = table.select("row", value=expression.value(table)).order_by("row")
    return list(CONNECTION.to_pyarrow(query)["value"].to_pylist())


CONNECTION = ibis.duckdb.connect()


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and math.isnan(one):
        return other is None
    if isinstance(one, float):
        return other is not None and (one == other or math.isclose(one, other, rel_tol=1e-12))
    return type(one) is type(other) and one == other


@given(text=EXPRESSIONS, rows=ROWS)
@settings(max_examples=100, deadline=None)
@example(
    text="${one} = 'yes'",
    rows=[{"n": None, "d": None, "one": None, "many": None, "txt": None}],
)
def test_both_backends_agree(text: str, rows: list[dict[str, Any]]) -> None:
    assume(not compile_column(text, VARIABLES).findings)
    expected = compiled_values(text, rows)
    found = column_values(text, rows)
    wrong = [
        (row, a, b)
        for row, a, b in zip(rows, expected, found, strict=True)
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
