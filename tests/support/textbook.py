"""One estimate written straight from the textbook, for comparing with what was published.

Särndal, Swensson and Wretman (1992), chapters 4, 5 and 10: a domain mean under stratified sampling
of PSUs, its variance by Taylor linearisation between PSUs as if drawn with replacement (4.6). Of
weights that were raked, by Deville and Särndal (1992): the variance is that of residuals from the
margins, here of a regression that does not weigh, as Lumley's survey takes them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Person:
    """One respondent: design, weight, whether in the base, and the value."""

    stratum: str
    psu: str
    weight: float
    base: bool
    value: float
    margins: tuple[str, ...] = ()
    """Its category in each margin that the weights were raked to."""


def weighted_share(people: Iterable[Person]) -> tuple[float, float, int]:
    """The share, its standard error, and the unweighted base."""
    listed = list(people)
    base = [p for p in listed if p.base]
    total = sum(p.weight for p in base)
    share = sum(p.weight * p.value for p in base) / total
    units: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    parts = [(p.value - share) / total if p.base else 0.0 for p in listed]
    for p, part in zip(listed, _residuals(listed, parts), strict=True):
        units[p.stratum][p.psu] += p.weight * part
    variance = 0.0
    for psus in units.values():
        n = len(psus)
        mean = sum(psus.values()) / n
        spread = sum((t - mean) ** 2 for t in psus.values())
        variance += n / (n - 1) * spread
    return share, math.sqrt(variance), len(base)


def _residuals(people: list[Person], parts: list[float]) -> list[float]:
    """What the margins leave of each part; all of it where nothing was raked."""
    categories = sorted({(at, c) for p in people for at, c in enumerate(p.margins)})
    if not categories:
        return parts
    x = np.array([[float(p.margins[at] == c) for at, c in categories] for p in people])
    y = np.array(parts)
    fitted, *_ = np.linalg.lstsq(x, y, rcond=None)
    left: list[float] = (y - x @ fitted).tolist()
    return left
