"""Ibis expressions of the operators, with XPath's rules for empty answers."""

import math
import operator as op
from typing import Any

from usga_expressions.coercion import number_text, text_number
from usga_expressions.columns.piece import Piece, as_number, as_text, as_truth, finite, known
from usga_expressions.compiler.code import ValueKind

_ORDER = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
_ARITHMETIC = {"+": op.add, "-": op.sub, "*": op.mul}


def arithmetic(operator: str, left: Piece, right: Piece) -> Piece:
    """Build +, -, *, div, mod over numbers."""
    a, b = as_number(left), as_number(right)

    def build(table: Any) -> Any:
        x, y = a.build(table), b.build(table)
        if operator == "div":
            return _divide(x, y)
        if operator == "mod":
            return finite(x % (y == 0).ifelse(_null(), y))
        return finite(_ARITHMETIC[operator](x, y))

    return Piece(ValueKind.NUMBER, build)


def _divide(x: Any, y: Any) -> Any:
    import ibis  # noqa: PLC0415 - an optional extra

    infinite = (x == 0).ifelse(_null(), (x > 0).ifelse(math.inf, -math.inf))
    by_zero = x.isnull().ifelse(ibis.null("float64"), infinite)
    return (y == 0).ifelse(by_zero, finite(x / (y == 0).ifelse(_null(), y)))


def _null() -> Any:
    import ibis  # noqa: PLC0415

    return ibis.null("float64")


def order(operator: str, left: Piece, right: Piece) -> Piece:
    """Build <, <=, >, >=: false where one side is no number."""
    a, b, compare = as_number(left), as_number(right), _ORDER[operator]
    return Piece(
        ValueKind.BOOLEAN,
        lambda table: compare(a.build(table), b.build(table)).fill_null(False),  # noqa: FBT003
    )


def equality(left: Piece, right: Piece, *, same: bool) -> Piece | None:
    """Build = and !=; None where the text of a number would be needed."""
    kinds = (left.kind, right.kind)
    if ValueKind.BOOLEAN in kinds:
        a, b = as_truth(left), as_truth(right)
        return _compare(a, b, same=same)
    if ValueKind.NUMBER in kinds or (_numeric(left) and _numeric(right)):
        equal = _compare_numbers(as_number(left), as_number(right), same=same)
        both = ValueKind.NUMBER not in kinds  # two variables are compared as text: empty = empty
        return _or_both_empty(equal, left, right, same=same) if both else equal
    for one, other in ((left, right), (right, left)):
        if _numeric(one):
            return _with_text(one, other, same=same)
    a_text, b_text = as_text(left), as_text(right)
    if a_text is None or b_text is None:
        return None
    return _compare(a_text, b_text, same=same)


def _numeric(piece: Piece) -> bool:
    return piece.numeric


def _compare(a: Piece, b: Piece, *, same: bool) -> Piece:
    compare = op.eq if same else op.ne
    return Piece(ValueKind.BOOLEAN, lambda table: compare(a.build(table), b.build(table)))


def _compare_numbers(a: Piece, b: Piece, *, same: bool) -> Piece:
    compare = op.eq if same else op.ne
    return Piece(
        ValueKind.BOOLEAN,
        lambda table: compare(a.build(table), b.build(table)).fill_null(not same),
    )


def _or_both_empty(equal: Piece, left: Piece, right: Piece, *, same: bool) -> Piece:
    def build(table: Any) -> Any:
        empty = left.build(table).isnull() & right.build(table).isnull()
        return equal.build(table) | empty if same else equal.build(table) & ~empty

    return Piece(ValueKind.BOOLEAN, build)


def _with_text(number: Piece, text: Piece, *, same: bool) -> Piece | None:
    """Compare a numeric variable with a constant text, as text."""
    if not isinstance(text.constant, str):
        return None
    if text.constant == "":
        return Piece(
            ValueKind.BOOLEAN,
            lambda table: number.build(table).isnull() if same else number.build(table).notnull(),
        )
    value = text_number(text.constant)
    if value != value or number_text(value) != text.constant:  # noqa: PLR0124
        return known(value=not same)
    return _compare_numbers(as_number(number), known(value), same=same)
