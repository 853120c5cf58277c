"""Ranges that a constraint names, so that a respondent need not guess."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from usga_expressions.compiler.code import number_of
from usga_expressions.compiler.emit import Emitter
from usga_expressions.compiler.expression import evaluator
from usga_expressions.compiler.focus import Focus, Work
from usga_expressions.environment import Environment
from usga_expressions.form import Definition, Form, Scope
from usga_expressions.parser import parse
from usga_expressions.reading import Reading
from usga_expressions.syntax import Axis, Binary, Expression, Path, Start

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
#: More alternatives than this are not told apart.
_MOST = 32


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
        """Return the numbers that are inside both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high = min(self.high, other.high)
        high_open = any(b.high_open for b in (self, other) if b.high == high)
        return Bound(low, high, low_open, high_open)


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison of the answer with a value that may depend on other answers."""

    operator: str
    value: Callable[[Environment, Scope], float]


#: Alternatives, of each of which all limits hold.
Limits = tuple[tuple[Limit, ...], ...]


def limits(constraint: str | None, at: Definition, form: Form) -> Limits:
    """Read a constraint such as `(. >= 18 and . <= 110) or . = -99`.

    What is no comparison of `.` with a value is left out.
    """
    expression = parse(constraint).expression if constraint else None
    if expression is None:
        return ()
    found = _Reader(at, form).read(expression) or ()
    return found if len(found) <= _MOST else ()


def bounds(found: Limits, environment: Environment, scope: Scope) -> tuple[Bound, ...]:
    """Return the ranges of each alternative that holds a number; dates are days since 1970."""
    ranges = []
    for alternative in found:
        bound = Bound()
        for limit in alternative:
            value = limit.value(environment, scope)
            if not math.isnan(value):
                bound = bound.both(_bound(limit.operator, value))
        if not bound.empty and bound != Bound():
            ranges.append(bound)
    return tuple(ranges)


class _Reader:
    def __init__(self, at: Definition, form: Form) -> None:
        self._at, self._form = at, form

    def read(self, expression: Expression) -> Limits | None:
        if not isinstance(expression, Binary):
            return None
        if expression.operator not in ("and", "or"):
            return self._comparison(expression)
        left, right = self.read(expression.left), self.read(expression.right)
        if expression.operator == "or":
            return None if left is None or right is None else left + right
        if left is None or right is None:
            return left or right
        return tuple(a + b for a in left for b in right)[: _MOST + 1]

    def _comparison(self, expression: Binary) -> Limits | None:
        operator, left, right = expression.operator, expression.left, expression.right
        if operator not in _MIRROR:
            return None
        if _is_here(right):
            operator, left, right = _MIRROR[operator], right, left
        if not _is_here(left):
            return None
        work = Work(self._form, self._at, Reading.SPECIFICATION)
        code = Emitter(work, Focus(self._at)).emit(right)
        return ((Limit(operator, evaluator(number_of(code))),),)


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
