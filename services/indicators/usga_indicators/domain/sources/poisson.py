"""Exact intervals of counts of events."""

from dataclasses import dataclass
from math import nan, sqrt

import scipy

from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.estimation.statistic import PER

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval."""

    low: float
    high: float


def poisson_interval(count: float, level: float = LEVEL) -> Interval:
    """Exact central interval of the mean of a Poisson count (Garwood 1936).

    Low chi2(a/2; 2k)/2, zero for k = 0; high chi2(1 - a/2; 2k + 2)/2, with a = 1 - level.
    Raises ValueError for a count that is negative or no whole number.
    """
    if count < 0 or count != int(count):
        raise ValueError("a count of events is a whole number from zero")
    tail = (1 - level) / 2
    # chi2(p; 2k)/2 is the inverse of the regularised incomplete gamma function of k
    low = 0.0 if count == 0 else float(scipy.special.gammaincinv(count, tail))
    return Interval(low, float(scipy.special.gammaincinv(count + 1, 1 - tail)))


def rate(count: int, population: int) -> Estimate:
    """Events per 100,000 people; the standard error is sqrt(k)/N. Raises ValueError.

    n is the population, n_numerator the count: disclosure control judges both.
    """
    if population <= 0:
        raise ValueError("a rate needs people")
    interval = poisson_interval(count)
    return Estimate(
        value=count / population * PER,
        se=sqrt(count) / population * PER,
        ci_low=interval.low / population * PER,
        ci_high=interval.high / population * PER,
        deff=nan,
        df=0,
        n=population,
        n_numerator=count,
        n_psu=0,
        cv=1 / sqrt(count) if count else nan,
    )
