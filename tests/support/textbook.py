"""One estimate written straight from the textbook, for comparing with what was published.

Särndal, Swensson and Wretman (1992), chapters 4, 5 and 10: a domain mean under stratified sampling
of PSUs, its variance by Taylor linearisation between PSUs as if drawn with replacement (4.6).
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """One respondent: design, weight, whether in the base, and the value."""

    stratum: str
    psu: str
    weight: float
    base: bool
    value: float


def person(household: Any, *, base: bool, value: bool) -> Person:
    """A respondent of a sampled household, with the base weight of persons."""
    weight = household.n_eligible / (household.pi1 * household.pi2)
    return Person(household.stratum, household.psu, weight, base, float(value))


def weighted_share(people: Iterable[Person]) -> tuple[float, float, int]:
    """The share, its standard error, and the unweighted base."""
    listed = list(people)
    base = [p for p in listed if p.base]
    total = sum(p.weight for p in base)
    share = sum(p.weight * p.value for p in base) / total
    units: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for p in listed:
        units[p.stratum][p.psu] += p.weight * (p.value - share) / total if p.base else 0.0
    variance = 0.0
    for psus in units.values():
        n = len(psus)
        mean = sum(psus.values()) / n
        spread = sum((t - mean) ** 2 for t in psus.values())
        variance += n / (n - 1) * spread
    return share, math.sqrt(variance), len(base)
