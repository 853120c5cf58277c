"""Confidence intervals for means and proportions."""

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from math import asin, exp, log, sin, sqrt

import numpy as np
import scipy

Interval = tuple[float, float]
UNDEFINED: Interval = (float("nan"), float("nan"))
LEVEL = 0.95


class ProportionInterval(StrEnum):
    """Methods of intervals for a proportion."""

    LOGIT = "logit"
    XLOGIT = "xlogit"
    BETA = "beta"
    MEAN = "mean"
    ASIN = "asin"
    LIKELIHOOD = "likelihood"
    BETA_NCHS = "beta_nchs"


@lru_cache(maxsize=4096)
def t_quantile(df: float, level: float = LEVEL) -> float:
    """Upper quantile of Student's t for a two-sided interval; NaN without degrees of freedom."""
    if not df > 0:
        return float("nan")
    tail = (1 - level) / 2
    return float(-scipy.special.ndtri(tail) if np.isinf(df) else -scipy.special.stdtrit(df, tail))


def t_interval(value: float, se: float, df: float, level: float = LEVEL) -> Interval:
    """Value -/+ t x SE; `df` infinite gives the normal interval."""
    half = t_quantile(df, level) * se
    return value - half, value + half


def proportion_interval(
    p: float,
    se: float,
    *,
    df: float,
    n: int,
    method: ProportionInterval,
    level: float = LEVEL,
) -> Interval:
    """Interval for a proportion with standard error `se` from `n` rows, `df` design df.

    Without variance or df there is none (NaN), except for `mean` and `beta_nchs` with df > 0.
    """
    if not df > 0 or np.isnan(p) or np.isnan(se):
        return UNDEFINED
    if not se > 0 and method not in {ProportionInterval.MEAN, ProportionInterval.BETA_NCHS}:
        return UNDEFINED
    return _METHODS[method](p, se, df, n, level)


def _mean(p: float, se: float, df: float, _n: int, level: float) -> Interval:
    return t_interval(p, se, df, level)


def _logit(p: float, se: float, df: float, _n: int, level: float) -> Interval:
    """Symmetric on the log-odds scale, SE by the delta method (Lumley 2010, section 2.4)."""
    if not 0 < p < 1:
        return UNDEFINED
    low, high = t_interval(log(p / (1 - p)), se / (p * (1 - p)), df, level)
    return 1 / (1 + exp(-low)), 1 / (1 + exp(-high))


def _asin(p: float, se: float, df: float, _n: int, level: float) -> Interval:
    """Symmetric on the scale of arcsin(sqrt(p)), which steadies the variance."""
    if not 0 < p < 1:
        return UNDEFINED
    low, high = t_interval(asin(sqrt(p)), se / (2 * sqrt(p * (1 - p))), df, level)
    return sin(low) ** 2, sin(high) ** 2


def _beta(p: float, se: float, df: float, n: int, level: float) -> Interval:
    """Clopper-Pearson with the effective sample size (Korn and Graubard 1998)."""
    effective = p * (1 - p) / se**2 * _df_correction(n, df, level)
    return _clopper_pearson(p, effective, level)


def _beta_nchs(p: float, se: float, df: float, n: int, level: float) -> Interval:
    """As `_beta` with the effective size never above n (Parker et al. 2017, NCHS)."""
    return _clopper_pearson(p, effective_size(p, se, df, n, level), level)


def effective_size(p: float, se: float, df: float, n: int, level: float = LEVEL) -> float:
    """Effective sample size of a proportion, capped at n before and after the df correction.

    One row has none: it leaves no df to correct with.
    """
    if n <= 1:
        return float("nan")
    boundary = p <= 0 or p >= 1 or not se > 0
    effective = float(n) if boundary else min(float(n), p * (1 - p) / se**2)
    return min(float(n), effective * _df_correction(n, df, level))


def _df_correction(n: int, df: float, level: float) -> float:
    return (t_quantile(n - 1, level) / t_quantile(df, level)) ** 2


def _clopper_pearson(p: float, size: float, level: float) -> Interval:
    tail = (1 - level) / 2
    low = 0.0 if p <= 0 else float(scipy.special.betaincinv(size * p, size * (1 - p) + 1, tail))
    high = 1.0 if p >= 1 else float(scipy.special.betainccinv(size * p + 1, size * (1 - p), tail))
    return low, high


def _likelihood(p: float, se: float, df: float, n: int, level: float) -> Interval:
    """Where the profile deviance, scaled by the design effect, reaches t^2 (Rao and Scott 1984).

    2 n_eff [p log(p/q) + (1-p) log((1-p)/(1-q))] = t^2 with n_eff = p(1-p)/SE^2 x (n-1)/n, the
    dispersion being estimated with n-1.
    """
    if not (0 < p < 1 and n > 1):
        return UNDEFINED
    limit = t_quantile(df, level) ** 2 * se**2 * n / (2 * p * (1 - p) * (n - 1))

    def excess(q: float) -> float:
        return float(p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)) - limit)

    tiny = 1e-300
    return _root(excess, tiny, p), _root(excess, 1 - 1e-16, p)


def _root(excess: Callable[[float], float], outer: float, inner: float) -> float:
    if excess(outer) <= 0:
        return float(round(outer))
    return float(scipy.optimize.brentq(excess, outer, inner, xtol=1e-14, rtol=1e-14))


_METHODS: dict[ProportionInterval, Callable[[float, float, float, int, float], Interval]] = {
    ProportionInterval.LOGIT: _logit,
    ProportionInterval.XLOGIT: _logit,
    ProportionInterval.BETA: _beta,
    ProportionInterval.MEAN: _mean,
    ProportionInterval.ASIN: _asin,
    ProportionInterval.LIKELIHOOD: _likelihood,
    ProportionInterval.BETA_NCHS: _beta_nchs,
}
