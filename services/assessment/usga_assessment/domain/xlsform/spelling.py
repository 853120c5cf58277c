"""The name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_NAMES = 2000
LONGEST = 64
MOST_HINTS = 25
"""Findings of a form that get such a hint: comparing names is slow, and hostile forms are long."""


def did_you_mean(written: str, offered: Iterable[str], *, least: float = 0.6) -> str | None:
    """The name that was probably meant, or None; names beyond the caps are not compared."""
    names = [name for _, name in zip(range(MOST_NAMES), offered, strict=False)]
    close = get_close_matches(written[:LONGEST], names, n=1, cutoff=least)
    return close[0] if close else None
