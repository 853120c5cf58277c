"""Expressions over whole columns, with three-valued logic.

In an interview an absent answer is an empty text. In an analysis it is unknown, so conditions are
true (1), false (0) or unknown (NaN) as in Kleene's logic, which is SQL's: `a or b` is true as soon
as one is true, false when both are false, else unknown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from usga_expressions.syntax import (
    Axis,
    Binary,
    Call,
    Expression,
    Negate,
    Number,
    Path,
    Reference,
    Start,
    Step,
    Text,
)

from usga_indicators.domain.codebook.column import Column
from usga_indicators.domain.codebook.frame import Frame, Repeat
from usga_indicators.domain.definition.parsing import parsed

FloatArray = NDArray[np.float64]


class Unsupported(ValueError):
    """The expression uses what columns cannot do; the message names it."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What names mean: columns of interviews, or of the rows of a repeat."""

    columns: Mapping[str, Column]
    size: int
    outer: Mapping[str, Column] | None = None  # of rows: the columns of their interviews
    person: NDArray[np.int64] | None = None
    repeats: Mapping[str, Repeat] | None = None

    @classmethod
    def of_persons(cls, frame: Frame) -> "Scope":
        return cls(frame.columns, len(frame), repeats=frame.repeats)

    @classmethod
    def of_rows(cls, frame: Frame, repeat: str) -> "Scope":
        rows = frame.repeats.get(repeat)
        if rows is None:
            return cls({}, 0, frame.columns, np.zeros(0, dtype=np.int64))
        return cls(rows.columns, len(rows.person), frame.columns, rows.person)

    def column(self, name: str) -> Column:
        """The column that a name means here."""
        found = self.columns.get(name)
        if found is not None:
            return found
        if self.outer is not None and self.person is not None and name in self.outer:
            around = self.outer[name]
            numbers = None if around.numbers is None else around.numbers[self.person]
            return Column(
                around.kinds[self.person], around.codes[self.person], around.levels, numbers
            )
        raise Unsupported(f"no variable {name}")


Value = FloatArray | Column | str | float


def evaluate(text: str, scope: Scope) -> FloatArray:
    """Numbers, or truth as 1, 0 and NaN, one a row. Raises Unsupported."""
    found = parsed(text)
    if found.expression is None:
        raise Unsupported("; ".join(f.message for f in found.findings))
    return _broadcast(_value(found.expression, scope), scope.size)


def _broadcast(value: Value, size: int) -> FloatArray:
    return np.array(np.broadcast_to(_numbers(value), (size,)), dtype=np.float64)


def _value(node: Expression, scope: Scope) -> Value:  # noqa: PLR0911 -- one per kind of node
    match node:
        case Text(value=value):
            return value
        case Number(value=number):
            return number
        case Reference(name=name):
            return scope.column(name)
        case Negate(operand=operand):
            return -1.0 * _numbers(_value(operand, scope))
        case Binary():
            return _binary(node, scope)
        case Call():
            return _call(node, scope)
        case Path(origin=Start.HERE, steps=(Step(axis=Axis.CHILD, name=name, predicates=()),)):
            return scope.column(name)
        case _:
            raise Unsupported("paths are only understood inside count() and sum()")


def _numbers(value: Value) -> FloatArray | float:
    if isinstance(value, Column):
        if value.numbers is not None:
            return value.numbers
        levels = np.array([_text_number(level) for level in value.levels] + [np.nan])
        return levels[value.codes]
    if isinstance(value, str):
        return _text_number(value)
    return value


def _text_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _binary(node: Binary, scope: Scope) -> Value:
    left, right = _value(node.left, scope), _value(node.right, scope)
    match node.operator:
        case "and":
            return _and(_truth(left), _truth(right))
        case "or":
            return _not(_and(_not(_truth(left)), _not(_truth(right))))
        case "=":
            return _equal(left, right)
        case "!=":
            return _not(_equal(left, right))
    a, b = _numbers(left), _numbers(right)
    if node.operator in _ORDER:
        unknown = np.isnan(a) | np.isnan(b)
        return np.where(unknown, np.nan, _ORDER[node.operator](a, b))
    return _arithmetic(node.operator, a, b)


_ORDER: dict[str, Callable[[FloatArray | float, FloatArray | float], NDArray[np.bool_]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def _arithmetic(operator: str, a: FloatArray | float, b: FloatArray | float) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        match operator:
            case "+":
                return np.asarray(a + b)
            case "-":
                return np.asarray(a - b)
            case "*":
                return np.asarray(a * b)
            case "div":
                result = np.divide(a, b)
                return np.where(np.isfinite(result), result, np.nan)
            case "mod":
                return np.asarray(np.fmod(a, b))
    raise Unsupported(f"the operator {operator}")


def _truth(value: Value) -> FloatArray | float:
    if isinstance(value, Column):
        raise Unsupported("a variable alone is no condition; compare it")
    numbers = _numbers(value)
    return np.where(np.isnan(numbers), np.nan, np.not_equal(numbers, 0))


def _and(a: FloatArray | float, b: FloatArray | float) -> FloatArray:
    false = np.equal(a, 0) | np.equal(b, 0)
    unknown = np.isnan(a) | np.isnan(b)
    return np.where(false, 0.0, np.where(unknown, np.nan, 1.0))


def _not(a: FloatArray | float) -> FloatArray:
    return np.asarray(1.0 - np.asarray(a))


def _equal(left: Value, right: Value) -> FloatArray:
    if isinstance(right, Column) and not isinstance(left, Column):
        left, right = right, left
    if isinstance(left, Column) and isinstance(right, str):
        return _by_level(left, lambda level: float(level == right))
    if isinstance(left, Column) and isinstance(right, Column) and left.numbers is None:
        a = np.array(left.texts(), dtype=object)
        b = np.array(right.texts(), dtype=object)
        return np.where(left.known & right.known, np.equal(a, b).astype(np.float64), np.nan)
    a, b = np.asarray(_numbers(left)), np.asarray(_numbers(right))
    return np.where(np.isnan(a) | np.isnan(b), np.nan, np.equal(a, b))


def _by_level(column: Column, of_level: Callable[[str], float]) -> FloatArray:
    """Work on the distinct texts, then look up; missing stays unknown."""
    if column.numbers is not None:
        raise Unsupported("a number is compared with a number, not with text")
    return np.array([of_level(level) for level in column.levels] + [np.nan])[column.codes]


def _call(node: Call, scope: Scope) -> Value:
    if node.name in {"count", "sum"}:
        return _aggregate(node, scope)
    arguments = [_value(argument, scope) for argument in node.arguments]
    function = _FUNCTIONS.get((node.name, len(arguments))) or _VARIADIC.get(node.name)
    if function is None:
        raise Unsupported(f"{node.name}() with {len(arguments)} arguments")
    return function(*arguments)


def _selected(first: Value, second: Value) -> FloatArray:
    match first, second:
        case str() as items, Column() as column:
            chosen = set(items.split())
            return _by_level(column, lambda level: float(level in chosen))
        case Column() as column, str() as item:
            return _by_level(column, lambda level: float(item in level.split()))
    raise Unsupported("selected() takes a variable and a text, in either order")


def _count_selected(value: Value) -> FloatArray:
    if not isinstance(value, Column):
        raise Unsupported("count-selected() takes a variable")
    return _by_level(value, lambda level: float(len(level.split())))


def _starts_with(first: Value, second: Value) -> FloatArray:
    if not isinstance(first, Column) or not isinstance(second, str):
        raise Unsupported("starts-with() takes a variable and a text")
    return _by_level(first, lambda level: float(level.startswith(second)))


def _if(condition: Value, yes: Value, no: Value) -> FloatArray:
    truth = np.asarray(_truth(condition))
    chosen = np.where(truth == 1, _numbers(yes), _numbers(no))
    return np.where(np.isnan(truth), np.nan, chosen)


def _coalesce(first: Value, second: Value) -> FloatArray:
    numbers = np.asarray(_numbers(first))
    return np.where(np.isnan(numbers), _numbers(second), numbers)


_FUNCTIONS: dict[tuple[str, int], Callable[..., Value]] = {
    ("selected", 2): _selected,
    ("count-selected", 1): _count_selected,
    ("starts-with", 2): _starts_with,
    ("not", 1): lambda value: _not(_truth(value)),
    ("if", 3): _if,
    ("coalesce", 2): _coalesce,
    ("number", 1): lambda value: np.asarray(_numbers(value)),
    ("true", 0): lambda: 1.0,
    ("false", 0): lambda: 0.0,
}
_VARIADIC: dict[str, Callable[..., Value]] = {
    "min": lambda first, *others: _folded(np.minimum, first, others),
    "max": lambda first, *others: _folded(np.maximum, first, others),
}


def _folded(
    combine: Callable[[FloatArray | float, FloatArray | float], FloatArray],
    first: Value,
    others: Iterable[Value],
) -> FloatArray:
    result = np.asarray(_numbers(first))
    for other in others:
        result = combine(result, _numbers(other))
    return result


def _aggregate(node: Call, scope: Scope) -> FloatArray:
    """`count(${rep}[condition])` and `sum(${rep}[condition]/name)` per interview.

    Rows for which the condition is unknown do not count; where they alone are left, the
    result is unknown.
    """
    match node.arguments:
        case (Path(origin=Reference(name=repeat), steps=steps),) if scope.repeats is not None:
            rows = scope.repeats.get(repeat)
        case _:
            raise Unsupported(f"{node.name}() takes rows of a repeat: ${{rep}}[condition]")
    if rows is None:
        return np.zeros(scope.size)
    inside = Scope(rows.columns, len(rows.person), scope.columns, rows.person)
    condition = np.ones(inside.size)
    amount = np.ones(inside.size)
    for step in steps:
        if step.name:
            amount = _broadcast(inside.column(step.name), inside.size)
        for predicate in step.predicates:
            condition = _and(condition, _truth(_value(predicate, inside)))
    if (node.name == "sum") == (not steps or not steps[-1].name):
        raise Unsupported("sum() adds a variable of the rows, count() counts rows")
    counted = np.where(condition == 1, amount, 0.0)
    totals = np.bincount(rows.person, np.nan_to_num(counted), minlength=scope.size)
    doubtful = np.isnan(condition) | np.isnan(counted)
    unknown = np.bincount(rows.person, doubtful, minlength=scope.size) > 0
    return np.where(unknown & (totals == 0), np.nan, totals)
