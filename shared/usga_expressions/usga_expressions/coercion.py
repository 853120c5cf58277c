"""Conversions between text, number and boolean (XPath 1.0 sections 3.4, 4.2 to 4.4)."""

import math
import re
from decimal import Decimal

NAN = math.nan
_NUMBER = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*", re.ASCII)
_EXACT = 1e15


def text_number(text: str) -> float:
    """Read a number from text: digits with an optional minus; anything else is NaN."""
    return float(text) if _NUMBER.fullmatch(text) else NAN


def number_text(number: float) -> str:
    """Write a number in decimal notation, never with an exponent."""
    if -_EXACT < number < _EXACT:
        whole = int(number)
        if whole == number:
            return str(whole)
    if number != number:  # noqa: PLR0124 - the quickest test for NaN
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    shortest = repr(number)
    if "e" not in shortest:
        return shortest.removesuffix(".0")
    return format(Decimal(shortest), "f").removesuffix(".0")


def boolean_text(value: bool) -> str:
    """Write a boolean as XPath's string() does."""
    return "true" if value else "false"


def number_boolean(number: float) -> bool:
    """Zero and NaN are false."""
    return number == number and number != 0  # noqa: PLR0124


def value_text(value: object) -> str:
    """Write any scalar value as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(float(value))
    return ""


def value_boolean(value: object) -> bool:
    """Convert any scalar value to boolean."""
    if isinstance(value, float):
        return number_boolean(value)
    return bool(value)


def stored_text(value: object) -> str:
    """Write a calculated value as it is kept in an interview: NaN is kept as empty."""
    if isinstance(value, float) and value != value:  # noqa: PLR0124
        return ""
    return value_text(value)
