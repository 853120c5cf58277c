"""Weighted quantiles by the usual rules, with Woodruff's interval.

Rules: Hyndman and Fan (1996) types 1 to 9 with weights for counts, and Shah and Vaish (2006).
Woodruff (1952): an interval for the share of values at or below the quantile is turned back into
an interval for the quantile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation.intervals import (
    LEVEL,
    UNDEFINED,
    Interval,
    ProportionInterval,
    proportion_interval,
    t_interval,
    t_quantile,
)
from usga_indicators.domain.estimation.linear import mean
from usga_indicators.domain.estimation.root import root
from usga_indicators.domain.estimation.sample import Sample
from usga_indicators.domain.estimation.statistic import NAN, Estimate

#: A share that misses 0 or 1 by less than this is a rounding error.
ROUNDING = 1e-12


class QuantileRule(StrEnum):
    """How a quantile is read off the weighted distribution."""

    MATH = "math"
    SCHOOL = "school"
    SHAHVAISH = "shahvaish"
    HF1 = "hf1"
    HF2 = "hf2"
    HF3 = "hf3"
    HF4 = "hf4"
    HF5 = "hf5"
    HF6 = "hf6"
    HF7 = "hf7"
    HF8 = "hf8"
    HF9 = "hf9"


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile, its interval, and the SE that the interval's width implies."""

    value: float
    low: float
    high: float
    se: float

    @classmethod
    def alone(cls, value: float = NAN) -> Self:
        """Without an interval."""
        return cls(value, NAN, NAN, NAN)

    def estimate(self, *, df: int, n: int, n_psu: int) -> Estimate:
        """With its base, which is its numerator too; a quantile has no design effect."""
        return Estimate(
            value=self.value,
            se=self.se,
            ci_low=self.low,
            ci_high=self.high,
            deff=NAN,
            df=df,
            n=n,
            n_numerator=n,
            n_psu=n_psu,
            cv=self.se / abs(self.value) if self.value else NAN,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Sorted values with cumulated weights; rows of weight zero are left out."""

    x: FloatArray
    w: FloatArray
    cumulated: FloatArray

    @classmethod
    def of(cls, x: FloatArray, w: FloatArray) -> "Distribution":
        """Sort the values that carry weight."""
        order = np.argsort(x[w != 0], kind="stable")
        values, weights = x[w != 0][order], w[w != 0][order]
        return cls(values, weights, np.cumsum(weights))

    def distinct(self) -> "Distribution":
        """The same distribution with ties joined."""
        values, inverse = np.unique(self.x, return_inverse=True)
        weights = np.asarray(np.bincount(inverse, weights=self.w), dtype=np.float64)
        return Distribution(values, weights, np.cumsum(weights))


def weighted_quantile(x: FloatArray, w: FloatArray, p: float, rule: QuantileRule) -> float:
    """Quantile `p` of values `x` (none missing) with weights `w`; NaN without values."""
    if np.isnan(x).any():
        return NAN
    return _read(Distribution.of(x, w), p, rule)


def _read(d: Distribution, p: float, rule: QuantileRule) -> float:
    if np.isnan(p) or len(d.x) == 0:
        return NAN
    if len(d.x) == 1:
        return float(d.x[0])
    if rule in _STEPS:
        return _STEPS[rule](d, p)
    if rule is QuantileRule.SHAHVAISH:
        return _shah_vaish(d, p)
    return float(np.interp(p, _positions(d, rule), d.x))


def _shah_vaish(d: Distribution, p: float) -> float:
    """The value whose position is the last not above `p`, in the order of positions.

    Half the weight is taken off as it is, not scaled to mean 1, because R's rule of this name
    does so; where weights are large, positions then run against the values.
    """
    places = (np.cumsum(d.w / d.w.mean()) + 0.5 - d.w / 2) / (len(d.x) + 1)
    order = np.argsort(places, kind="stable")
    at = int(np.searchsorted(places[order], p, side="right")) - 1
    return float(d.x[order[max(at, 0)]])


def _positions(d: Distribution, rule: QuantileRule) -> FloatArray:
    """Plotting positions of the sorted values for the interpolating rules."""
    total, last, before = d.cumulated[-1], d.w[-1], d.cumulated - d.w
    match rule:
        case QuantileRule.HF4:  # before the first share it stays at the least value
            return np.asarray(d.cumulated / total)
        case QuantileRule.HF5:
            return np.asarray((d.cumulated - d.w / 2) / total)
        case QuantileRule.HF6:
            return np.asarray(d.cumulated / (total + last))
        case QuantileRule.HF7:
            return np.asarray(before / d.cumulated[-2])
        case QuantileRule.HF8:
            return np.asarray((before / 3 + d.cumulated * 2 / 3) / (total + last / 3))
        case QuantileRule.HF9:
            return np.asarray((before * 3 / 8 + d.cumulated * 5 / 8) / (total + last / 4))
        case _:
            raise ValueError(f"{rule} does not interpolate between positions")


def _around(d: Distribution, p: float) -> tuple[int, int, float]:
    """Places below and above `p`, and how far `p` is from the cumulated share below.

    Where `p` lies before the first share that is negative: the smallest value whose share
    reaches `p` is the first (Hyndman and Fan 1996, types 1 to 3).
    """
    total = float(d.w.sum())
    below = max(int(np.searchsorted(d.cumulated, p * total, side="right")) - 1, 0)
    above = min(below + 1, len(d.x) - 1)
    return below, above, p - d.cumulated[below] / total


def _math(d: Distribution, p: float) -> float:
    below, above, excess = _around(d, p)
    return float(d.x[below] if excess <= 0 else d.x[above])


def _school(d: Distribution, p: float) -> float:
    below, above, excess = _around(d, p)
    if excess < 0:
        return float(d.x[below])
    return float((d.x[below] + d.x[above]) / 2 if excess == 0 else d.x[above])


def _hf3(d: Distribution, p: float) -> float:
    joined = d.distinct()
    below, above, excess = _around(joined, p)
    even = (below + 1) % 2 == 0
    return float(joined.x[below] if excess < 0 or (excess == 0 and even) else joined.x[above])


_STEPS: dict[QuantileRule, Callable[[Distribution, float], float]] = {
    QuantileRule.MATH: _math,
    QuantileRule.HF1: _math,
    QuantileRule.SCHOOL: _school,
    QuantileRule.HF2: _school,
    QuantileRule.HF3: _hf3,
}


@dataclass(frozen=True, slots=True, eq=False)
class ReadOff:
    """A quantile read off a distribution, and what reads an interval of shares back."""

    distribution: Distribution
    rule: QuantileRule
    value: float

    @property
    def is_largest(self) -> bool:
        """Whether no value is larger: the share below is 1, and does not vary."""
        return not (self.distribution.x > self.value).any()

    def back(self, shares: Interval, df: float, level: float = LEVEL) -> Quantile:
        """With the interval of the share of values at or below the quantile (Woodruff 1952)."""
        lower, upper = (
            _read(self.distribution, end, self.rule) if -ROUNDING <= end <= 1 + ROUNDING else NAN
            for end in shares
        )
        return Quantile(self.value, lower, upper, (upper - lower) / (2 * t_quantile(df, level)))

    def with_error(self, se: float, df: float, level: float = LEVEL) -> Quantile:
        """With the standard error of that share; the largest value has no interval."""
        if self.is_largest:
            return Quantile.alone(self.value)
        at = self.distribution
        share = float(at.w[at.x <= self.value].sum() / at.cumulated[-1])
        return self.back(t_interval(share, se, df, level), df, level)


def woodruff(
    x: FloatArray, w: FloatArray, p: float, rule: QuantileRule = QuantileRule.MATH
) -> ReadOff:
    """Read quantile `p` of values `x` (none missing) with weights `w`; NaN without values."""
    distribution = Distribution.of(x, w)
    return ReadOff(distribution, rule, _read(distribution, p, rule))


def quantile(
    sample: Sample,
    x: FloatArray,
    p: float,
    *,
    rule: QuantileRule = QuantileRule.MATH,
    interval: ProportionInterval = ProportionInterval.MEAN,
    df: float | None = None,
    level: float = LEVEL,
) -> Quantile:
    """Quantile with Woodruff's interval; `df` defaults to that of the domain."""
    freedom = float(sample.df) if df is None else df
    inside = x[sample.rows]
    if np.isnan(inside).any():
        return Quantile.alone()
    read = woodruff(inside, sample.design.weights[sample.rows], p, rule)
    shares = _share_interval(sample, x, read.value, method=interval, df=freedom, level=level)
    return read.back(shares, freedom, level)


def _share_interval(
    sample: Sample,
    x: FloatArray,
    value: float,
    *,
    method: ProportionInterval,
    df: float,
    level: float,
) -> Interval:
    """Interval for the share of values at or below `value`."""
    below = (np.where(sample.rows, x, np.inf) <= value).astype(np.float64)[:, None]
    found = mean(sample, below)
    freedom = sample.df if method is ProportionInterval.BETA else df
    if np.isnan(found.values[0]) or not freedom > 0:
        return UNDEFINED
    return proportion_interval(
        float(found.values[0]),
        float(found.errors[0]),
        df=freedom,
        n=sample.kept,
        method=method,
        level=level,
    )


def score_quantile(
    sample: Sample, x: FloatArray, p: float, *, rule: QuantileRule, df: float, level: float = 0.95
) -> Quantile:
    """Quantile with the interval that inverts the score test of `share below = p`.

    (Francisco and Fuller 1991.) As R's `survey` has it, ends are searched to 1/(100 sqrt n) of a
    unit, and turned back by the unweighted share of rows below. Raises ValueError where the test
    accepts a whole end of the data.
    """
    kept = np.nan_to_num(x)[sample.spoken_of]  # of a calibrated sample all rows, as R has it
    weights = sample.weights[sample.spoken_of]
    critical = t_quantile(df, level)

    def score(theta: float) -> float:
        above = np.where(sample.rows, x > theta, 0.0) - (1 - p)
        found = mean(sample, above[:, None])
        return float(found.values[0] / found.errors[0])

    margin = float(np.subtract(*np.quantile(kept, [0.75, 0.25]))) / 100
    ends = float(kept.min()) + margin, float(kept.max()) - margin
    tolerance = 1 / (100 * np.sqrt(len(kept)))
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = root(lambda theta: score(theta) - critical, *ends, tolerance)
        upper = root(lambda theta: score(theta) + critical, *ends, tolerance)
    value = weighted_quantile(kept, weights, p, rule)
    low, high = (
        weighted_quantile(kept, weights, float((kept <= end).mean()), rule)
        for end in (lower, upper)
    )
    return Quantile(value, low, high, (high - low) / (2 * critical))


def replicate_quantile(
    sample: Sample, x: FloatArray, p: float, *, rule: QuantileRule, df: float, level: float = 0.95
) -> Quantile:
    """Quantile whose variance is that of the replicates' quantiles."""
    if not isinstance(sample.design, ReplicateDesign):
        raise TypeError("replicate quantiles need replicate weights")
    values = np.where(sample.rows, x, 0.0)

    def of_weights(w: FloatArray) -> FloatArray:
        return np.array([weighted_quantile(values, w, p, rule)])

    value = float(of_weights(sample.weights)[0])
    se = float(np.sqrt(sample.covariance(values[:, None], of_weights)[0, 0]))
    low, high = t_interval(value, se, df, level)
    return Quantile(value, low, high, se)
