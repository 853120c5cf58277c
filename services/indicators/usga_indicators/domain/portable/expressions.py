"""Expressions with three-valued logic as an engine's columns: unknown is null, as in SQL.

Gives what `definition.columns` gives on arrays, which a test holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import ibis
from ibis.expr import types as ir
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

from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.parsing import parsed
from usga_indicators.domain.portable.variables import Given

#: A variable, a number or a truth of the engine, or a literal of the text.
Value: TypeAlias = Given | ir.NumericValue | ir.BooleanValue | str | float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluates texts; `given` finds a variable, `over_rows` a sum over rows of a repeat."""

    given: Callable[[str], Given]
    over_rows: Callable[[Call], ir.NumericValue] | None = None

    def number(self, text: str) -> ir.NumericValue:
        """A number, or truth as 1, 0 and null. Raises Unsupported."""
        return _numbers(self._of(text))

    def truth_of(self, node: Expression) -> ir.BooleanValue:
        """A condition. Raises Unsupported."""
        return _truth(self._value(node))

    def _of(self, text: str) -> Value:
        tree = parsed(text).expression
        if tree is None:
            raise Unsupported("; ".join(f.message for f in parsed(text).findings))
        return self._value(tree)

    def _value(self, node: Expression) -> Value:  # noqa: PLR0911 -- one per kind of node
        match node:
            case Text(value=value):
                return value
            case Number(value=number):
                return number
            case Reference(name=name):
                return self.given(name)
            case Path(origin=Start.HERE, steps=(Step(axis=Axis.CHILD, name=name, predicates=()),)):
                return self.given(name)
            case Negate(operand=operand):
                return -1.0 * _numbers(self._value(operand))
            case Binary():
                return _binary(node.operator, self._value(node.left), self._value(node.right))
            case Call(name="count" | "sum") if self.over_rows is not None:
                return self.over_rows(node)
            case Call():
                return _call(node.name, [self._value(a) for a in node.arguments])
        raise Unsupported("paths are only understood inside count() and sum()")


def number_of(value: Value) -> ir.NumericValue:
    """A number, or truth as 1, 0 and null."""
    return _numbers(value)


def _numbers(value: Value) -> ir.NumericValue:
    match value:
        case Given(value=column, is_numeric=is_numeric):
            return column if is_numeric else column.try_cast("float64")
        case str():
            try:
                return ibis.literal(float(value), "float64")
            except ValueError:
                return ibis.null("float64")
        case float() | int():
            return ibis.literal(float(value), "float64")
        case ir.BooleanValue():
            return ibis.cases((value, 1.0), (~value, 0.0)).cast("float64")
    return value


def _truth(value: Value) -> ir.BooleanValue:
    if isinstance(value, Given):
        raise Unsupported("a variable alone is no condition; compare it")
    return value if isinstance(value, ir.BooleanValue) else _numbers(value) != 0.0


def _binary(operator: str, left: Value, right: Value) -> Value:
    match operator:
        case "and":
            return _truth(left) & _truth(right)
        case "or":
            return _truth(left) | _truth(right)
        case "=":
            return _equal(left, right)
        case "!=":
            return ~_equal(left, right)
    a, b = _numbers(left), _numbers(right)
    found = _OPERATORS.get(operator)
    if found is None:
        raise Unsupported(f"the operator {operator}")
    return found(a, b)


_OPERATORS: dict[str, Callable[[ir.NumericValue, ir.NumericValue], Value]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "div": lambda a, b: a / b.nullif(0.0),
    "mod": lambda a, b: a % b.nullif(0.0),
}


def _equal(left: Value, right: Value) -> ir.BooleanValue:
    if isinstance(right, Given) and not isinstance(left, Given):
        left, right = right, left
    if isinstance(left, Given) and not left.is_numeric:
        if isinstance(right, str):
            return left.value == right
        if isinstance(right, Given) and not right.is_numeric:
            return left.value == right.value
    if isinstance(left, Given) and isinstance(right, str):
        raise Unsupported("a number is compared with a number, not with text")
    return _numbers(left) == _numbers(right)


def _call(name: str, arguments: list[Value]) -> Value:
    found = _FUNCTIONS.get((name, len(arguments)))
    if found is not None:
        return found(*arguments)
    if name in {"min", "max"} and arguments:
        return _folded(name, [_numbers(a) for a in arguments])
    raise Unsupported(f"{name}() with {len(arguments)} arguments")


def _text_of(value: Value, name: str) -> ir.StringValue:
    if not isinstance(value, Given) or value.is_numeric:
        raise Unsupported(f"{name}() takes a variable of choices or text")
    return value.value


def _selected(first: Value, second: Value) -> ir.BooleanValue:
    if isinstance(first, str):
        return _text_of(second, "selected").isin(first.split())
    if not isinstance(second, str):
        raise Unsupported("selected() takes a variable and a text, in either order")
    return _words(_text_of(first, "selected")).contains(f" {second} ")


def _words(text: ir.StringValue) -> ir.StringValue:
    return ibis.literal(" ").concat(text, ibis.literal(" "))


def _count_selected(value: Value) -> ir.NumericValue:
    text = _text_of(value, "count-selected").strip().re_replace(r"\s+", " ")
    blanks = text.length() - text.replace(" ", "").length()
    return ibis.cases((text == "", 0), (text != "", blanks + 1)).cast("float64")


def _starts_with(first: Value, second: Value) -> ir.BooleanValue:
    if not isinstance(second, str):
        raise Unsupported("starts-with() takes a variable and a text")
    return _text_of(first, "starts-with").startswith(second)


def _if(condition: Value, yes: Value, no: Value) -> ir.NumericValue:
    truth = _truth(condition)
    return ibis.cases((truth, _numbers(yes)), (~truth, _numbers(no)))


def _folded(name: str, numbers: list[ir.NumericValue]) -> ir.NumericValue:
    """Unknown as soon as one is: engines would leave nulls out."""
    unknown = numbers[0].isnull()
    for number in numbers[1:]:
        unknown |= number.isnull()
    folded = ibis.least(*numbers) if name == "min" else ibis.greatest(*numbers)
    return ibis.cases((~unknown, folded))


_FUNCTIONS: dict[tuple[str, int], Callable[..., Value]] = {
    ("selected", 2): _selected,
    ("count-selected", 1): _count_selected,
    ("starts-with", 2): _starts_with,
    ("not", 1): lambda value: ~_truth(value),
    ("if", 3): _if,
    ("coalesce", 2): lambda a, b: _numbers(a).fill_null(_numbers(b)),
    ("number", 1): _numbers,
    ("true", 0): lambda: ibis.literal(value=True),
    ("false", 0): lambda: ibis.literal(value=False),
}
