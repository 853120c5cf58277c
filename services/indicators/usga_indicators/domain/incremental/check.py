"""Whether estimates from sums are those of a full computation."""

from collections.abc import Iterable, Sequence
from math import inf, isnan

from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally

_NUMBERS = ("value", "se", "ci_low", "ci_high", "deff", "cv")
_COUNTS = ("df", "n", "n_numerator", "n_psu")


def largest_difference(some: Sequence[CellEstimate], others: Sequence[CellEstimate]) -> float:
    """Largest difference of a number, relative to its size where that is above 1.

    Infinite where counts, reasons or what is defined differ. A cell of nobody may be left out.
    """
    mine, theirs = _by_place(some), _by_place(others)
    if mine.keys() != theirs.keys():
        return inf
    return max((_difference(mine[key], theirs[key]) for key in mine), default=0.0)


def _by_place(estimates: Iterable[CellEstimate]) -> dict[tuple[str, Cell], CellEstimate]:
    return {
        (each.definition.code, each.cell): each
        for each in estimates
        if each.estimate.n or each.missing != MissingTally()
    }


def _difference(one: CellEstimate, other: CellEstimate) -> float:
    same = (one.missing, one.partial, one.lonely) == (other.missing, other.partial, other.lonely)
    a, b = one.estimate, other.estimate
    if not same or any(getattr(a, name) != getattr(b, name) for name in _COUNTS):
        return inf
    return max(_apart(getattr(a, name), getattr(b, name)) for name in _NUMBERS)


def _apart(a: float, b: float) -> float:
    if isnan(a) or isnan(b):
        return 0.0 if isnan(a) and isnan(b) else inf
    return abs(a - b) / max(1.0, abs(b))
