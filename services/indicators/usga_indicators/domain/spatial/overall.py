"""Spatial autocorrelation of a whole map: Moran's I, Geary's C and Getis and Ord's G.

Formulas: Cliff and Ord, Spatial Processes (1981), sections 1.4 and 1.5; Getis and Ord (1992), "The
analysis of spatial association by use of distance statistics".
"""

from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

import numpy as np
import scipy

from usga_indicators.domain.spatial.weights import FloatArray, Moments, Weights

Number = TypeVar("Number", float, FloatArray)


@dataclass(frozen=True, slots=True)
class Moran:
    """I with its expectation and variance under normality and randomisation, two-sided p."""

    I: float  # noqa: E741 - the statistic's name
    EI: float
    var_norm: float
    z_norm: float
    p_norm_two: float
    var_rand: float
    z_rand: float
    p_rand_two: float


@dataclass(frozen=True, slots=True)
class Geary:
    """C (expectation 1) with z under normality and randomisation."""

    C: float
    z_norm: float
    z_rand: float


@dataclass(frozen=True, slots=True)
class GeneralG:
    """G with its expectation and z under randomisation."""

    G: float
    EG: float
    z: float


def moran(y: FloatArray, weights: "scipy.sparse.csr_array") -> Moran:
    """I = n/S0 z'Wz / z'z; islands count in n and have no neighbours."""
    n, z = len(y), y - y.mean()
    s = Moments.of(weights)
    found = float(n / s.s0 * (z @ (weights @ z)) / (z @ z))
    expected = -1.0 / (n - 1)
    normal = (n * n * s.s1 - n * s.s2 + 3 * s.s0**2) / (s.s0**2 * (n * n - 1)) - expected**2
    random = _variance_at_random(n, s, _kurtosis(z))
    z_norm, z_rand = _z(found - expected, normal), _z(found - expected, random)
    return Moran(
        found, expected, normal, z_norm, two_sided(z_norm), random, z_rand, two_sided(z_rand)
    )


def morans(y: FloatArray, weights: "scipy.sparse.csr_array") -> tuple[FloatArray, FloatArray]:
    """I and its two-sided p under randomisation of each row of `y`: `moran` for many maps."""
    n, z = y.shape[1], y - y.mean(axis=1, keepdims=True)
    s = Moments.of(weights)
    squares = (z**2).sum(axis=1)
    found = n / s.s0 * (z * (weights @ z.T).T).sum(axis=1) / squares
    kurtosis = (z**4).mean(axis=1) / (squares / n) ** 2
    variance = _variance_at_random(n, s, kurtosis)
    above = np.maximum(variance, 0.0)
    undefined = np.full(len(y), np.nan)
    with_variance = variance > _NO_VARIANCE
    scores = np.divide(found + 1.0 / (n - 1), np.sqrt(above), out=undefined, where=with_variance)
    return np.asarray(found), np.asarray(2.0 * scipy.special.ndtr(-np.abs(scores)))


def _variance_at_random(n: int, s: Moments, kurtosis: Number) -> Number:
    """Var(I) where the values are dealt out anew."""
    a = n * ((n * n - 3 * n + 3) * s.s1 - n * s.s2 + 3 * s.s0**2)
    b = kurtosis * ((n * n - n) * s.s1 - 2 * n * s.s2 + 6 * s.s0**2)
    return (a - b) / ((n - 1) * (n - 2) * (n - 3) * s.s0**2) - 1.0 / (n - 1) ** 2


def geary(y: FloatArray, weights: "scipy.sparse.csr_array") -> Geary:
    """C = (n - 1) sum w (y_i - y_j)^2 / (2 S0 z'z); below 1 neighbours are alike."""
    n, z = len(y), y - y.mean()
    s = Moments.of(weights)
    cells = weights.tocoo()
    apart = float((cells.data * (y[cells.row] - y[cells.col]) ** 2).sum())
    found = (n - 1) * apart / (2 * s.s0 * float(z @ z))
    k = _kurtosis(z)
    normal = ((2 * s.s1 + s.s2) * (n - 1) - 4 * s.s0**2) / (2 * (n + 1) * s.s0**2)
    a = (n - 1) * s.s1 * (n * n - 3 * n + 3 - (n - 1) * k)
    b = (n - 1) * s.s2 * (n * n + 3 * n - 6 - (n * n - n + 2) * k) / 4
    c = s.s0**2 * (n * n - 3 - (n - 1) ** 2 * k)
    random = (a - b + c) / (n * (n - 2) * (n - 3) * s.s0**2)
    return Geary(found, _z(found - 1, normal), _z(found - 1, random))


def general_g(y: FloatArray, weights: Weights) -> GeneralG | None:
    """G = sum w y_i y_j / sum y_i y_j over pairs; None unless all values are above zero."""
    if (y <= 0).any():
        return None
    n, w = len(y), weights.binary
    s = Moments.of(w)
    y = y / y.mean()  # G has no unit, and fourth powers have limits
    m1, m2, m3, m4 = (float((y**power).sum()) for power in (1, 2, 3, 4))
    found = float(y @ (w @ y)) / (m1**2 - m2)
    expected = s.s0 / (n * (n - 1))
    numerator = (
        ((n * n - 3 * n + 3) * s.s1 - n * s.s2 + 3 * s.s0**2) * m2**2
        - ((n * n - n) * s.s1 - 2 * n * s.s2 + 6 * s.s0**2) * m4
        - (2 * n * s.s1 - (n + 3) * s.s2 + 6 * s.s0**2) * m1**2 * m2
        + (4 * (n - 1) * s.s1 - 2 * (n + 1) * s.s2 + 8 * s.s0**2) * m1 * m3
        + (s.s1 - s.s2 + s.s0**2) * m1**4
    )
    pairs = n * (n - 1) * (n - 2) * (n - 3)
    variance = numerator / ((m1**2 - m2) ** 2 * pairs) - expected**2
    return GeneralG(found, expected, _z(found - expected, variance))


def two_sided(z: float) -> float:
    """Of the standard normal distribution, exact far out too."""
    return float(2.0 * scipy.special.ndtr(-abs(z)))


def _kurtosis(z: FloatArray) -> float:
    return float((z**4).mean() / (z**2).mean() ** 2)


def _z(difference: float, variance: float) -> float:
    """NaN where every permutation gives the same: all are neighbours, say."""
    return difference / sqrt(variance) if variance > _NO_VARIANCE else float(np.nan)


_NO_VARIANCE = 1e-14
