"""Parts of an Ibis expression with the kind of their value, and conversions between kinds.

Text is never NULL, a boolean is never NULL, a number is NULL where XPath has NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from usga_expressions.coercion import text_number, value_text
from usga_expressions.compiler.code import ValueKind

_NUMBER_PATTERN = r"^[ \t\r\n]*-?([0-9]+(\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*$"


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of the table: its name, and whether it holds numbers."""

    column: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A value of a kind that is built over a table; `constant` when it depends on no row."""

    kind: ValueKind
    build: Callable[[Any], Any]
    constant: str | float | bool | None = None
    numeric: bool = False  # a text in XPath's eyes that is kept as a number, NULL when empty


def known(value: str | float | bool) -> Piece:
    """Make a piece of a known value."""
    import ibis  # noqa: PLC0415 - an optional extra

    if isinstance(value, bool):
        return Piece(ValueKind.BOOLEAN, lambda _table: ibis.literal(value), value)
    if isinstance(value, str):
        return Piece(ValueKind.TEXT, lambda _table: ibis.literal(value), value)
    if value != value:  # noqa: PLR0124 - NaN is NULL here
        return Piece(ValueKind.NUMBER, lambda _table: ibis.null("float64"), value)
    return Piece(ValueKind.NUMBER, lambda _table: ibis.literal(value, "float64"), value)


def as_text(piece: Piece) -> Piece | None:
    """Convert to text; None for numbers of rows, whose text columns do not know."""
    if piece.constant is not None:
        return known(value_text(piece.constant))
    match piece.kind:
        case _ if piece.numeric:
            return None
        case ValueKind.TEXT:
            return piece
        case ValueKind.NODE:
            return Piece(ValueKind.TEXT, lambda table: piece.build(table).fill_null(""))
        case ValueKind.BOOLEAN:
            return Piece(ValueKind.TEXT, lambda table: piece.build(table).ifelse("true", "false"))
        case _:
            return None


def as_number(piece: Piece) -> Piece:
    """Convert to a number, NULL where there is none."""
    if isinstance(piece.constant, str):
        return known(text_number(piece.constant))
    match piece.kind:
        case ValueKind.NUMBER:
            return piece
        case ValueKind.BOOLEAN:
            return Piece(ValueKind.NUMBER, lambda table: piece.build(table).ifelse(1.0, 0.0))
        case _ if piece.numeric:
            return Piece(ValueKind.NUMBER, lambda table: finite(_double(piece.build(table))))
        case _:
            return Piece(ValueKind.NUMBER, lambda table: _parse(piece.build(table)))


def as_truth(piece: Piece) -> Piece:
    """Convert to a boolean; a variable exists, so it is true (letter of the specification)."""
    match piece.kind:
        case ValueKind.BOOLEAN:
            return piece
        case ValueKind.NUMBER:
            return Piece(ValueKind.BOOLEAN, lambda table: _not_zero(piece.build(table)))
        case ValueKind.NODE:
            return known(value=True)
        case ValueKind.TEXT if piece.numeric:
            return Piece(ValueKind.BOOLEAN, lambda table: piece.build(table).notnull())
        case _:
            return Piece(ValueKind.BOOLEAN, lambda table: piece.build(table) != "")


def finite(number: Any) -> Any:
    """Turn NaN of the engine into NULL."""
    import ibis  # noqa: PLC0415

    return number.isnan().ifelse(ibis.null("float64"), number)


def _double(number: Any) -> Any:
    return number.cast("float64")


def _parse(text: Any) -> Any:
    import ibis  # noqa: PLC0415

    fits = text.re_search(_NUMBER_PATTERN)
    return fits.ifelse(text.strip(), ibis.null("string")).try_cast("float64")


def _not_zero(number: Any) -> Any:
    return (number != 0).fill_null(False)  # noqa: FBT003 - positional in Ibis
