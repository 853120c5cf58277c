"""Ibis expressions of checklists, logarithms and text functions beyond the commonest."""

import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from usga_expressions.columns.piece import Piece, as_number, as_text, as_truth
from usga_expressions.compiler.code import ValueKind

_T, _N, _B = ValueKind.TEXT, ValueKind.NUMBER, ValueKind.BOOLEAN
#: exp() of more than this is no double any more.
_LARGEST_EXPONENT = 709.0
_BLANKS = "[ \t\r\n]+"
Build = Callable[[Sequence[Piece]], Piece | None]


def mark(piece: Piece) -> Piece:
    """Whether a value counts in a checklist: of a variable, whether it has an answer."""
    if piece.kind is not ValueKind.NODE:
        return as_truth(piece)
    if piece.numeric:
        return Piece(_B, lambda table: piece.build(table).notnull())
    return Piece(_B, lambda table: piece.build(table).fill_null("") != "")


def checklist(arguments: Sequence[Piece]) -> Piece | None:
    """Count what holds and compare with two limits; -1 is none."""
    marks = [mark(argument) for argument in arguments[2:]]
    return _between(arguments, marks, [None] * len(marks))


def weighted_checklist(arguments: Sequence[Piece]) -> Piece | None:
    """Add the weights of what holds and compare with two limits."""
    if len(arguments) % 2:
        return None
    marks = [mark(argument) for argument in arguments[2::2]]
    return _between(arguments, marks, [as_number(argument) for argument in arguments[3::2]])


def _between(
    arguments: Sequence[Piece], marks: Sequence[Piece], weights: Sequence[Piece | None]
) -> Piece | None:
    least, most = (as_number(argument).constant for argument in arguments[:2])
    if not isinstance(least, float) or not isinstance(most, float):
        return None  # limits of each row: no indicator needs them
    if math.isnan(least) or math.isnan(most):
        return None

    def build(table: Any) -> Any:
        import ibis  # noqa: PLC0415 - an optional extra

        terms = [
            each.build(table).ifelse(
                ibis.literal(1.0) if weight is None else weight.build(table), ibis.literal(0.0)
            )
            for each, weight in zip(marks, weights, strict=True)
        ]
        total = reduce(operator.add, terms)
        enough = ibis.literal(value=True) if least == -1 else (total >= least).fill_null(False)  # noqa: FBT003
        # No number is more than the limit, and so none is too much.
        most_of = ibis.literal(value=True) if most == -1 else ~(total > most).fill_null(False)  # noqa: FBT003
        return enough & most_of

    return Piece(_B, build)


def boolean_from_string(arguments: Sequence[Piece]) -> Piece | None:
    """Build boolean-from-string(): only `1` and `true` are true."""
    if arguments[0].numeric or arguments[0].kind is _N:
        number = as_number(arguments[0])
        return Piece(_B, lambda table: (number.build(table) == 1).fill_null(False))  # noqa: FBT003
    text = as_text(arguments[0])
    return text and Piece(_B, lambda table: text.build(table).isin(["1", "true"]))


def join(arguments: Sequence[Piece]) -> Piece | None:
    """Join single values."""
    texts = [as_text(argument) for argument in arguments]
    if any(text is None for text in texts):
        return None

    def build(table: Any) -> Any:
        import ibis  # noqa: PLC0415

        glue, *values = (text.build(table) for text in texts if text is not None)
        if not values:
            return ibis.literal("")
        return reduce(lambda one, other: one + glue + other, values)

    return Piece(_T, build)


def normalize_space(arguments: Sequence[Piece]) -> Piece | None:
    """Build normalize-space()."""
    text = as_text(arguments[0])
    if text is None:
        return None
    return Piece(_T, lambda table: text.build(table).re_replace(_BLANKS, " ").strip())


def function(make: Callable[[Any], Any]) -> Build:
    """Build a numeric function whose domain `make` guards: NULL where there is no result."""

    def build(arguments: Sequence[Piece]) -> Piece:
        number = as_number(arguments[0])
        return Piece(_N, lambda table: make(number.build(table)))

    return build


def square_root(number: Any) -> Any:
    """The root of a number from 0 up."""
    return _where(number >= 0, number).sqrt()


def logarithm(name: str) -> Callable[[Any], Any]:
    """The logarithm: minus infinity at 0, none below."""

    def make(number: Any) -> Any:
        import ibis  # noqa: PLC0415

        found = getattr(_where(number > 0, number), name)()
        return (number == 0).ifelse(ibis.literal(-math.inf), found)

    return make


def exponential(number: Any) -> Any:
    """The exponential, infinite where no double holds it."""
    import ibis  # noqa: PLC0415

    found = _where(number <= _LARGEST_EXPONENT, number).exp()
    return (number > _LARGEST_EXPONENT).ifelse(ibis.literal(math.inf), found)


def _where(condition: Any, number: Any) -> Any:
    import ibis  # noqa: PLC0415

    return condition.ifelse(number, ibis.null("float64"))


#: name -> (fewest arguments, most arguments, builder)
MORE: dict[str, tuple[int, int, Build]] = {
    "checklist": (3, 99, checklist),
    "weighted-checklist": (4, 99, weighted_checklist),
    "boolean-from-string": (1, 1, boolean_from_string),
    "join": (1, 99, join),
    "normalize-space": (1, 1, normalize_space),
    "sqrt": (1, 1, function(square_root)),
    "log": (1, 1, function(logarithm("ln"))),
    "log10": (1, 1, function(logarithm("log10"))),
    "exp": (1, 1, function(exponential)),
}
