"""Estimates in several domains with their joint covariance, and differences between them.

Domains that share PSUs are correlated; their influence values summed by PSU carry that
(Lumley 2010, section 2.3; Kish 1965, section 4.5). Independent samples put into one design with
the round as a stratum need nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.estimation.intervals import t_interval
from usga_indicators.domain.estimation.linear import Estimates
from usga_indicators.domain.estimation.sample import Design, Sample
from usga_indicators.domain.estimation.single import counts
from usga_indicators.domain.estimation.statistic import PER, Statistic


@dataclass(frozen=True, slots=True)
class Contrast:
    """A linear combination of estimates: its test is two-sided against zero."""

    value: float
    se: float
    ci_low: float
    ci_high: float
    df: int
    t: float
    p: float


def in_domains(
    sample: Sample, numerator: FloatArray, denominator: FloatArray, domains: Sequence[BoolArray]
) -> Estimates:
    """Ratio of totals in each domain, with the covariance matrix of all.

    A domain whose rows all weigh nothing has neither; one without rows has no variance.
    """
    known = ~(np.isnan(numerator) | np.isnan(denominator))
    rows = [sample.rows & d & known for d in domains]
    y, x = np.nan_to_num(numerator), np.nan_to_num(denominator)
    w = sample.weights
    with np.errstate(invalid="ignore", divide="ignore"):
        sizes = np.array([w[r] @ x[r] for r in rows])
        values = np.array([w[r] @ y[r] for r in rows]) / sizes
        influence = np.stack(
            [
                np.where(r, (y - v * x) / s, 0.0)
                for r, v, s in zip(rows, values, sizes, strict=True)
            ],
            axis=1,
        )
    covariance = sample.covariance(influence, lambda v: np.asarray(v @ influence))
    seen = [bool((sample.spoken_of & d & known).any()) for d in domains]
    weightless = (sizes == 0) & np.array(seen)
    covariance[weightless, :] = np.nan
    covariance[:, weightless] = np.nan
    return Estimates(values, covariance)


def contrast(found: Estimates, coefficients: Sequence[float] | FloatArray, df: int) -> Contrast:
    """A linear combination of estimates with its SE from their covariance."""
    a = np.asarray(coefficients, dtype=np.float64)
    if len(a) != len(found.values):
        raise ValueError("a contrast needs one coefficient per estimate")
    value, variance = float(a @ found.values), float(a @ found.covariance @ a)
    se = float(np.sqrt(variance)) if variance >= 0 else float("nan")
    low, high = t_interval(value, se, df)
    t = value / se if se > 0 else float("nan")
    p = 2 * float(scipy.special.stdtr(df, -abs(t))) if df > 0 else float("nan")
    return Contrast(value, se, low, high, df, t, p)


def difference(
    design: Design,
    statistic: Statistic,
    *,
    numerator: FloatArray,
    denominator: FloatArray | None = None,
    first: BoolArray,
    second: BoolArray,
) -> Contrast:
    """Estimate in `second` minus estimate in `first`, with their covariance.

    For proportions, means, ratios and rates; df are those of both domains together.
    """
    if statistic is Statistic.TOTAL:
        raise ValueError("differences are for proportions, means, ratios and rates")
    y = np.asarray(numerator, dtype=np.float64)
    x = np.ones(len(y)) if denominator is None else np.asarray(denominator, dtype=np.float64)
    known = ~(np.isnan(y) | np.isnan(x)) & counts(statistic, y, x)
    sample = Sample.of(design, (first | second) & known)
    factor = PER if statistic is Statistic.RATE else 1.0
    found = in_domains(sample, y * factor, x, [first, second])
    return contrast(found, [-1.0, 1.0], sample.df)
