"""Where a map is clustered: local Moran (Anselin 1995) and Gi, Gi* (Ord and Getis 1995)."""

from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.spatial.weights import FloatArray, IntArray, Weights


@dataclass(frozen=True, slots=True, eq=False)
class LocalMoran:
    """Per place; quadrant 1 high among high, 2 low among high, 3 low among low, 4 high among low.

    An island has 0, and the quadrant of its value among low.
    """

    values: FloatArray
    quadrant: IntArray


def local_moran(y: FloatArray, weights: "scipy.sparse.csr_array") -> LocalMoran:
    """I_i = (n - 1) z_i sum_j w_ij z_j / z'z, z in standard deviations."""
    z = (y - y.mean()) / y.std()
    lag = weights @ z
    values = (len(y) - 1) * z * lag / float(z @ z)
    quadrant = np.where(lag > 0, np.where(z > 0, 1, 2), np.where(z > 0, 4, 3))
    return LocalMoran(values, quadrant.astype(np.int64))


def gi_star(y: FloatArray, weights: Weights) -> FloatArray:
    """Standard score of Gi*: the sum over neighbours and the place itself, against all places.

    (sum_j w_ij y_j - W_i mean) / (s sqrt((n S_1i - W_i^2) / (n - 1))); NaN where all are
    neighbours.
    """
    n = len(y)
    degree = weights.degree + 1.0
    sums = weights.binary @ y + y
    spread = (n * degree - degree**2) / (n - 1)
    return _over(sums - degree * y.mean(), y.std() * np.sqrt(np.maximum(spread, 0.0)))


def gi(y: FloatArray, weights: Weights) -> FloatArray | None:
    """Standard score of Gi: the same without the place itself; None where there are islands."""
    if weights.islands:
        return None
    n, degree = len(y) - 1, weights.degree
    means = (y.sum() - y) / n
    variances = ((y**2).sum() - y**2) / n - means**2
    spread = variances * (n * degree - degree**2) / (n - 1)
    return _over(weights.binary @ y - degree * means, np.sqrt(np.maximum(spread, 0.0)))


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    undefined = np.full(len(above), np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=below > 0))
