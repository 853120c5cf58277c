"""Tail probabilities of weighted sums of chi-squared variables."""

import numpy as np
import scipy

from usga_indicators.domain.design.codes import FloatArray

#: Closer to the mean than this the saddlepoint formula is singular.
NEAR_MEAN = 1e-4


def saddlepoint_tail(x: float, weights: FloatArray) -> float:
    """P(sum of weight_i chi^2_1 > x), Lugannani-Rice (Kuonen 1999); NaN near the mean."""
    top = float(weights.max())
    a, value = weights / top, x / top
    lower = _lower_bound(a, value)
    upper = float((1 / (2 * a[a > 0])).min()) * 0.99999

    def slope(zeta: float) -> float:
        return float((a / (1 - 2 * zeta * a)).sum() - value)

    zeta = float(scipy.optimize.brentq(slope, lower, upper, xtol=1e-14, rtol=1e-14))
    if abs(zeta) < NEAR_MEAN:
        return float("nan")
    cumulant = -float(np.log(1 - 2 * zeta * a).sum()) / 2
    curvature = 2 * float((a**2 / (1 - 2 * zeta * a) ** 2).sum())
    w = np.sign(zeta) * np.sqrt(2 * (zeta * value - cumulant))
    v = zeta * np.sqrt(curvature)
    return float(scipy.special.ndtr(-(w + np.log(v / w) / w)))


def _lower_bound(a: FloatArray, value: float) -> float:
    if (a < 0).any():
        return float((1 / (2 * a[a < 0])).max()) * 0.99999
    return -0.01 if value > a.sum() else -len(a) / (2 * value)


def satterthwaite_chi_square_tail(x: float, weights: FloatArray) -> float:
    """Two-moment approximation of the same tail (Satterthwaite 1946)."""
    scale, df = _moments(weights)
    return float(scipy.special.chdtrc(df, x / scale))


def f_tail(x: float, weights: FloatArray, df: float) -> float:
    """P(sum of weight_i chi^2_1 / (chi^2_df / df) > x): saddlepoint, else two moments.

    Written as a sum of chi-squared variables with one negative weight, repeated for each whole
    denominator degree of freedom.
    """
    denominators = np.repeat(-x / df, int(df))
    tail = saddlepoint_tail(0.0, np.concatenate([weights, denominators]))
    if not np.isnan(tail):
        return tail
    scale, numerator_df = _moments(weights)
    return float(scipy.special.fdtrc(numerator_df, df, x / numerator_df / scale))


def _moments(weights: FloatArray) -> tuple[float, float]:
    first = float(weights.mean())
    if first == 0:
        return float("nan"), float("nan")
    second = float((weights**2).mean()) / first**2
    return first * second, len(weights) / second
