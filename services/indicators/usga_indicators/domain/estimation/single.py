"""One estimate from columns: the call that most users need."""

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.estimation.intervals import (
    ProportionInterval,
    proportion_interval,
    t_interval,
)
from usga_indicators.domain.estimation.linear import observed, variance
from usga_indicators.domain.estimation.quantiles import Quantile, QuantileRule, quantile
from usga_indicators.domain.estimation.sample import Design, OfWeights, Sample
from usga_indicators.domain.estimation.statistic import EMPTY, NAN, PER, Estimate, Statistic

#: What is smaller than this share of the numbers it comes from is a rounding error, which is zero.
_ROUNDING = 1e-13


def estimate(
    design: Design,
    statistic: Statistic,
    *,
    numerator: FloatArray,
    denominator: FloatArray | None = None,
    domain: BoolArray | None = None,
    interval: ProportionInterval = ProportionInterval.LOGIT,
) -> Estimate:
    """Estimate one statistic in a domain of the full design.

    `numerator` and `denominator` hold one number per row; NaN in either takes the row out of the
    base, and so does a denominator of 0 (of a ratio or rate: 0 in both). Without a denominator
    every known row counts 1. For proportions both are 0 or 1. At 0 % and 100 % the interval is
    `beta_nchs`, because the others do not exist there. Raises `LonelyPrimaryUnit` under the rule
    `fail`.
    """
    y = np.asarray(numerator, dtype=np.float64)
    x = np.ones(len(y)) if denominator is None else np.asarray(denominator, dtype=np.float64)
    sample = observed(Sample.of(design, domain), y, x)
    sample = sample.within(counts(statistic, y, x))
    y, x = np.where(sample.rows, y, 0.0), np.where(sample.rows, x, 0.0)
    n, counted = sample.base, int(np.count_nonzero(y[sample.weights != 0]))
    df, psus = sample.df, design.psus(sample.rows)
    if n == 0:
        return EMPTY
    size = float(sample.weights @ x)
    value = float(sample.weights @ y) / size
    residual = (y - value * x) / size
    if statistic is Statistic.TOTAL:
        value, residual = float(sample.weights @ y), y
    covariance = sample.covariance(residual[:, None], _of_weights(statistic, y, x))
    se = float(np.sqrt(covariance[0, 0]))
    return finished(
        statistic,
        value=value,
        se=se,
        simple=_simple_variance(sample, residual),
        df=df,
        n=n,
        n_numerator=counted,
        n_psu=psus,
        interval=interval,
    )


def estimate_quantile(
    design: Design,
    p: float,
    *,
    values: FloatArray,
    domain: BoolArray | None = None,
    rule: QuantileRule = QuantileRule.MATH,
    interval: ProportionInterval = ProportionInterval.MEAN,
) -> Estimate:
    """Estimate quantile `p` (0.5: the median) of `values` in a domain, with Woodruff's interval.

    NaN takes a row out of the base. A quantile has no design effect; `n_numerator` is the base.
    Where it is the largest value, the share below it is 1 without variance: no interval.
    """
    y = np.asarray(values, dtype=np.float64)
    sample = observed(Sample.of(design, domain), y)
    found = quantile(sample, y, p, rule=rule, interval=interval)
    if not (y[sample.rows] > found.value).any():
        found = Quantile.alone(found.value)
    return found.estimate(df=sample.df, n=sample.base, n_psu=design.psus(sample.rows))


def counts(statistic: Statistic, y: FloatArray, x: FloatArray) -> BoolArray:
    """Tell which rows belong to the base of a statistic."""
    if statistic in {Statistic.RATIO, Statistic.RATE}:
        return np.asarray((x != 0) | (y != 0))
    return np.asarray(x != 0)


def finished(
    statistic: Statistic,
    *,
    value: float,
    se: float,
    simple: float,
    df: int,
    n: int,
    n_numerator: int,
    n_psu: int,
    interval: ProportionInterval,
    scale: float | None = None,
) -> Estimate:
    """Add interval, design effect and CV to a value with its SE and simple-random variance.

    `scale` is the size of the numbers that the value is a difference of, else its own. An SE (and
    a difference) that is nothing beside it is zero, whichever way the sums were rounded.
    """
    size = abs(value) if scale is None else scale
    if scale is not None and abs(value) <= _ROUNDING * size:
        value = 0.0
    if se <= _ROUNDING * size:
        se = 0.0
    varies = simple * n > _ROUNDING * size**2  # from sums of squares: noise is not squared
    if statistic is Statistic.PROPORTION:
        method = interval if se > 0 and 0 < value < 1 else ProportionInterval.BETA_NCHS
        low, high = proportion_interval(value, se, df=df, n=n, method=method)
    else:
        low, high = t_interval(value, se, df)
    factor = PER if statistic is Statistic.RATE else 1.0
    return Estimate(
        value=value * factor,
        se=se * factor,
        ci_low=low * factor,
        ci_high=high * factor,
        deff=se**2 / simple if varies else NAN,
        df=df,
        n=n,
        n_numerator=n_numerator,
        n_psu=n_psu,
        cv=se / abs(value) if value != 0 else NAN,
    )


def _simple_variance(sample: Sample, residual: FloatArray) -> float:
    """Variance under simple random sampling with replacement: N^2 S^2(residual)/n."""
    size = float(sample.weights.sum())
    return size**2 * float(variance(sample, residual[:, None])[0, 0]) / sample.base


def _of_weights(statistic: Statistic, y: FloatArray, x: FloatArray) -> OfWeights:
    if statistic is Statistic.TOTAL:
        return lambda w: np.array([w @ y])
    return lambda w: np.array([(w @ y) / (w @ x)])
