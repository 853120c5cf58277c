"""Which cells of a magnitude or frequency table are unsafe, and how much protection they need.

Sources: Hundepool et al., Statistical Disclosure Control (2012), sections 4.2 and 4.3.2 (upper
protection levels of the concentration rules); Willenborg and de Waal (2001), chapter 6.
"""

from collections.abc import Sequence

#: What a count below the threshold needs: it must not be known exactly.
COUNT_PROTECTION = 1.0


def frequency(count: float, *, k: float) -> float | None:
    """Counts from 1 to k-1 are unsafe; zero tells of nobody."""
    return COUNT_PROTECTION if 0 < count < k else None


def dominance(contributions: Sequence[float], *, n: int, k: float) -> float | None:
    """The n largest have more than k % of the total: (100/k) of them minus the total."""
    ordered = sorted(contributions, reverse=True)
    needed = 100.0 / k * sum(ordered[:n]) - sum(ordered)
    return needed if needed > 0 else None


def p_percent(contributions: Sequence[float], *, p: float) -> float | None:
    """The second largest can estimate the largest to within p %: p/100 x1 - (X - x1 - x2)."""
    ordered = [*sorted(contributions, reverse=True), 0.0, 0.0]
    needed = p / 100.0 * ordered[0] - sum(ordered[2:])
    return needed if needed > 0 else None
