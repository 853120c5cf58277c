"""How far two raters who score blind to each other agree (domain dossier 4.7).

Weighted kappa after Cohen (1968): the disagreement that was seen over the one that two raters with
the same habits would have by chance. With squared weights it is an intraclass correlation (Fleiss
and Cohen 1973); its standard error is that of Fleiss, Cohen and Everitt (1969).
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np

from usga_indicators.domain.quality.records import FloatArray

THRESHOLD = 0.6
"""From here on the scores of two raters may be brought to a consensus."""
SQUARED = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement over the things that both raters scored; NaN where it cannot be said."""

    kappa: float
    se: float
    exact: float
    """Share of pairs with the same score."""
    n: int
    left_out: int
    """Pairs that one rater or both left without a score."""

    @property
    def reached(self) -> bool:
        """Whether the raters agree enough; never where kappa cannot be said."""
        return self.kappa >= THRESHOLD


def agreement(
    first: FloatArray, second: FloatArray, *, top: int, power: int = SQUARED
) -> Agreement:
    """Kappa of two raters' scores 0 to `top`, pair by pair; NaN is no score.

    `power` 2 weighs a disagreement by its square, 1 by its size. Raises ValueError for scores
    outside the scale. Where both gave one and the same score to everything, there is no chance
    to agree against: kappa is NaN.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    a, b = first[known], second[known]
    left_out = int(len(known) - len(a))
    if len(a) == 0:
        return Agreement(nan, nan, nan, 0, left_out)
    table = _table(a, b, top)
    kappa, se = weighted_kappa(table, power=power)
    return Agreement(kappa, se, float(np.trace(table) / table.sum()), len(a), left_out)


def _table(a: FloatArray, b: FloatArray, top: int) -> FloatArray:
    scores = np.concatenate([a, b])
    if (scores < 0).any() or (scores > top).any() or (scores != np.floor(scores)).any():
        raise ValueError(f"a score is a whole number from 0 to {top}")
    table = np.zeros((top + 1, top + 1))
    np.add.at(table, (a.astype(np.int64), b.astype(np.int64)), 1.0)
    return table


def weighted_kappa(table: FloatArray, *, power: int = SQUARED) -> tuple[float, float]:
    """Kappa and its standard error, from how often each pair of scores was given."""
    n = table.sum()
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    scale = np.arange(len(table))
    most = max(len(table) - 1, 1)
    agree = 1.0 - (np.abs(scale[:, None] - scale[None, :]) / most) ** power
    chance = np.outer(rows, columns)
    seen, expected = float((agree * p).sum()), float((agree * chance).sum())
    if np.isclose(expected, 1.0, rtol=0, atol=1e-12):
        return nan, nan
    kappa = (seen - expected) / (1 - expected)
    # what each score of one rater agrees with the other's habits
    habit = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    spread = (p * (agree - habit * (1 - kappa)) ** 2).sum()
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    return kappa, sqrt(max(float(variance), 0.0))
