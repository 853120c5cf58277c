"""Design effects (Kish 1965): the variance against that of a simple random sample."""

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.estimation.linear import variance
from usga_indicators.domain.estimation.sample import Sample

#: A variance below this share of the mean square is what rounding leaves of a constant.
CONSTANT = 1e-26


def with_replacement(sample: Sample, x: FloatArray, covariance: FloatArray) -> FloatArray:
    """Variance of the means of `x` over S^2/n, n = rows of non-zero weight; NaN where S is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(covariance) / (_spread(sample, x) / sample.counted)


def without_replacement(sample: Sample, x: FloatArray, covariance: FloatArray) -> FloatArray:
    """As `with_replacement`, with 1 - n/N and N = sum of weights; NaN when N < n."""
    n, size = sample.counted, float(sample.weights.sum())
    if size < n:
        return np.full(x.shape[1], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(covariance) / (_spread(sample, x) * (size - n) / (size * n))


def total_deff_without_replacement(
    sample: Sample, x: FloatArray, covariance: FloatArray
) -> FloatArray:
    """Variance of the totals of `x` over N^2 (1 - n/N) S^2/n."""
    n, size = sample.counted, float(sample.weights.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(covariance) / (_spread(sample, x) * size**2 * (size - n) / (size * n))


def _spread(sample: Sample, x: FloatArray) -> FloatArray:
    """S^2 of each column; NaN where the column is constant in the domain."""
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(sample.rows[:, None], x, 0.0)
        square = np.asarray(sample.weights @ values**2) / sample.weights.sum()
        found = np.diag(variance(sample, x))
        return np.where(found <= CONSTANT * square, np.nan, found)
