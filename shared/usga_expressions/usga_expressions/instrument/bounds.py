"""Ranges that a constraint names, so that a respondent need not guess."""

import math
from dataclasses import dataclass

from usga_expressions.compiler.code import number_of
from usga_expressions.compiler.emit import Emitter
from usga_expressions.compiler.expression import evaluator
from usga_expressions.compiler.focus import Focus, Work
from usga_expressions.form import Definition, Scope
from usga_expressions.instrument.interview import Interview
from usga_expressions.parser import parse
from usga_expressions.reading import Reading
from usga_expressions.syntax import Axis, Binary, Expression, Path, Start

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True, slots=True)
class Bound:
    """Numbers from `low` to `high`; the ends belong to it unless they are open."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        """Whether no number is inside."""
        return self.low > self.high or (
            self.low == self.high and (self.low_open or self.high_open)
        )

    def both(self, other: "Bound") -> "Bound":
        """The numbers that are inside both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high = min(self.high, other.high)
        high_open = any(b.high_open for b in (self, other) if b.high == high)
        return Bound(low, high, low_open, high_open)


def bounds(text: str, at: Definition, interview: Interview, scope: Scope) -> tuple[Bound, ...]:
    """Return the alternatives of a constraint such as `(. >= 18 and . <= 110) or . = -99`.

    Dates are days since 1970-01-01. What is no comparison of `.` with a value is left out.
    """
    expression = parse(text).expression
    if expression is None:
        return ()
    found = _Reader(at, interview, scope).read(expression) or ()
    return tuple(bound for bound in found if not bound.empty)


class _Reader:
    def __init__(self, at: Definition, interview: Interview, scope: Scope) -> None:
        self._at, self._interview, self._scope = at, interview, scope

    def read(self, expression: Expression) -> tuple[Bound, ...] | None:
        if not isinstance(expression, Binary):
            return None
        if expression.operator in ("and", "or"):
            left, right = self.read(expression.left), self.read(expression.right)
            if expression.operator == "or":
                return None if left is None or right is None else left + right
            if left is None or right is None:
                return left or right
            return tuple(a.both(b) for a in left for b in right)
        return self._comparison(expression)

    def _comparison(self, expression: Binary) -> tuple[Bound, ...] | None:
        operator, left, right = expression.operator, expression.left, expression.right
        if operator not in _MIRROR:
            return None
        if _is_here(right):
            operator, left, right = _MIRROR[operator], right, left
        if not _is_here(left):
            return None
        value = self._value(right)
        if math.isnan(value):
            return None
        return (_bound(operator, value),)

    def _value(self, expression: Expression) -> float:
        work = Work(self._interview.plan.form, self._at, Reading.SPECIFICATION)
        code = Emitter(work, Focus(self._at)).emit(expression)
        return float(evaluator(number_of(code))(self._interview.environment, self._scope))


def _is_here(expression: Expression) -> bool:
    return (
        isinstance(expression, Path)
        and expression.origin is Start.HERE
        and len(expression.steps) == 1
        and expression.steps[0].axis is Axis.SELF
        and not expression.steps[0].predicates
    )


def _bound(operator: str, value: float) -> Bound:
    match operator:
        case ">":
            return Bound(low=value, low_open=True)
        case ">=":
            return Bound(low=value)
        case "<":
            return Bound(high=value, high_open=True)
        case "<=":
            return Bound(high=value)
        case _:
            return Bound(value, value)
