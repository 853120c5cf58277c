"""Numbers of two values are counts of people in other words: their sums add up like counts."""

from collections.abc import Sequence
from dataclasses import replace

from usga_indicators.domain.disclosure import Values
from usga_indicators.domain.publication.statistics import counts_numerator
from usga_indicators.domain.tabulation.estimates import CellEstimate

#: How far values of a cell may be from those of all, as a share of their distance.
_NEAR = 0.02


def as_counts(cells: Sequence[CellEstimate]) -> tuple[list[CellEstimate], bool]:
    """The cells of an indicator for the attack, and whether their numerators are told.

    Where everybody has one of two values, the numerator is who has the larger one.
    """
    told = counts_numerator(cells[0].definition)
    spread = [each.values for each in cells if each.values is not None]
    if not spread or not all(each.two for each in spread):
        return list(cells), told
    low, high = min(each.low for each in spread), max(each.high for each in spread)
    near = _NEAR * (high - low)
    ends = [end for each in spread for end in (each.low, each.high)]
    if not near > 0 or any(min(end - low, high - end) > near for end in ends):
        return list(cells), told
    return [_counted(each, low=low, near=near) for each in cells], True


def _counted(found: CellEstimate, *, low: float, near: float) -> CellEstimate:
    values = found.values
    if values is None:
        return found
    larger = _larger(values, low=low, near=near)
    return replace(found, estimate=replace(found.estimate, n_numerator=larger))


def _larger(values: Values, *, low: float, near: float) -> int:
    if values.at_high:
        return values.at_high
    return 0 if values.low - low <= near else values.people
