"""Design effects (Kish 1965): the variance against that of a simple random sample."""

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.estimation.linear import variance
from usga_indicators.domain.estimation.sample import Sample


def with_replacement(sample: Sample, x: FloatArray, covariance: FloatArray) -> FloatArray:
    """Variance of the means of `x` over S^2/n, n = rows of non-zero weight."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(covariance) / (np.diag(variance(sample, x)) / sample.base)


def without_replacement(sample: Sample, x: FloatArray, covariance: FloatArray) -> FloatArray:
    """As `with_replacement`, with 1 - n/N and N = sum of weights; NaN when N < n."""
    n, size = sample.base, float(sample.weights.sum())
    if size < n:
        return np.full(x.shape[1], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(covariance) / (np.diag(variance(sample, x)) * (size - n) / (size * n))


def total_deff_without_replacement(
    sample: Sample, x: FloatArray, covariance: FloatArray
) -> FloatArray:
    """Variance of the totals of `x` over N^2 (1 - n/N) S^2/n."""
    n, size = sample.base, float(sample.weights.sum())
    simple = np.diag(variance(sample, x)) * size**2 * (size - n) / (size * n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(covariance) / simple
