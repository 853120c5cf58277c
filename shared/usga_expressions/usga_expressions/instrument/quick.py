"""Functions of expressions with a short way for what interviews usually hold.

The generated check calls them by the names of the functions that they stand for, and gets the
same values; the general check calls those.
"""

import math
from collections.abc import Callable
from typing import Any

from usga_expressions.environment import Environment
from usga_expressions.functions import dates, strings

_FAR = 1e9


def number(environment: Environment, text: str) -> float:
    """Read text as a number: plain digits at once."""
    if text.isdigit() and text.isascii():
        return float(text)
    return dates.number(environment, text)


def date_of(environment: Environment, value: object) -> str:
    """Convert as date() does; a text once in an evaluation, since one date bounds many answers."""
    if type(value) is not str:
        return dates.date_of(environment, value)
    known = environment.dates.get(value)
    if known is None:
        known = environment.dates[value] = dates.date_of(environment, value)
    return known


def substr(text: str, start: float, end: float = math.inf) -> str:
    """Cut a part of a text: inside plain text at once."""
    if 0 <= start <= end < _FAR and text.isascii():
        return text[int(start) : int(end)]
    return strings.substr(text, start, end)


QUICK: dict[str, Callable[..., Any]] = {"number": number, "date_of": date_of, "substr": substr}
