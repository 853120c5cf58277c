"""The kinds of statistics and the shape of an estimate."""

from dataclasses import dataclass
from enum import StrEnum


class Statistic(StrEnum):
    """What is estimated from a numerator and a denominator per row."""

    PROPORTION = "prop"  # share of the base for which the numerator is 1
    MEAN = "mean"  # mean of the numerator over the base
    RATIO = "ratio"  # total of the numerator over total of the denominator
    RATE = "rate100k"  # the ratio per 100,000
    TOTAL = "total"  # weighted total of the numerator


#: Multiplier of `Statistic.RATE`.
PER = 100_000.0
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate with its uncertainty; an undefined number is NaN, never zero.

    `deff` compares with a simple random sample with replacement of the same size.
    `n` counts rows of the base (in the domain, not missing, denominator not zero, weight not
    zero); `n_numerator` those of them whose numerator is not zero.
    """

    value: float
    se: float
    ci_low: float
    ci_high: float
    deff: float
    df: int
    n: int
    n_numerator: int
    n_psu: int
    cv: float


#: Of nobody.
EMPTY = Estimate(NAN, NAN, NAN, NAN, NAN, df=0, n=0, n_numerator=0, n_psu=0, cv=NAN)
