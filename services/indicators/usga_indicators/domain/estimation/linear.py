"""Means, totals and ratios of several variables with their joint covariance.

Taylor linearisation (Woodruff 1971; Särndal et al. 1992, section 5.5): the covariance of a smooth
statistic is that of the weighted total of its influence values.
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.design.survey_design import SurveyDesign
from usga_indicators.domain.estimation.sample import Sample


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Values and their covariance matrix."""

    values: FloatArray
    covariance: FloatArray

    @property
    def errors(self) -> FloatArray:
        """Standard errors."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.diag(self.covariance))


def total(sample: Sample, x: FloatArray) -> Estimates:
    """Weighted totals of the columns of `x`."""
    values = _inside(sample, x)
    return Estimates(
        values=sample.weights @ values,
        covariance=sample.covariance(values, lambda w: np.asarray(w @ values)),
    )


def mean(sample: Sample, x: FloatArray) -> Estimates:
    """Weighted means: influence (x - mean)/sum of weights.

    The mean of a column with one value is that value, without variance (no rounding error makes
    a share of 1 larger than 1).
    """
    values = _inside(sample, x)
    size = float(sample.weights.sum())
    constant, common = _constant(sample, values)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(constant, common, np.asarray(sample.weights @ values) / size)
        influence = (values - average) / size
    covariance = sample.covariance(influence, lambda w: (w @ values) / w.sum())
    constant &= ~np.isnan(np.diag(covariance))
    covariance = np.where(constant[:, None] | constant[None, :], 0.0, covariance)
    if sample.base == 0:
        covariance = np.full_like(covariance, np.nan)
    return Estimates(values=average, covariance=covariance)


def _constant(sample: Sample, values: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Columns with one value in the rows that carry weight, and that value."""
    used = values[sample.weights != 0]
    if len(used) == 0:
        nothing = np.zeros(values.shape[1])
        return nothing != 0, nothing
    return np.asarray((used == used[0]).all(axis=0)), used[0]


def ratio(sample: Sample, numerator: FloatArray, denominator: FloatArray) -> Estimates:
    """Ratio of two totals, column by column: influence (y - R x)/total of x.

    Over a total of nothing it is undefined: NaN.
    """
    top, bottom = _inside(sample, numerator), _inside(sample, denominator)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.asarray(sample.weights @ bottom)
        size = np.where(size == 0, np.nan, size)
        value = np.asarray(sample.weights @ top) / size
        influence = (top - value * bottom) / size
    covariance = sample.covariance(influence, lambda w: (w @ top) / (w @ bottom))
    unknown = np.isnan(value)
    covariance[unknown[:, None] | unknown[None, :]] = np.nan
    return Estimates(values=value, covariance=covariance)


def variance(sample: Sample, x: FloatArray) -> FloatArray:
    """Population covariance matrix of the columns of `x` (divisor n - 1, as a weighted mean)."""
    products, size = _products(sample, x, sample.counted)
    with np.errstate(invalid="ignore", divide="ignore"):
        flat = np.asarray(sample.weights @ products) / sample.weights.sum()
    return np.asarray(flat.reshape(size, size))


def variance_with_error(sample: Sample, x: FloatArray) -> Estimates:
    """The entries of the population covariance matrix (row by row) and their covariance."""
    n = sample.counted
    products, _ = _products(sample, x, n)
    if n < 2:  # noqa: PLR2004 -- no variance of one
        size = products.shape[1]
        return Estimates(np.full(size, np.nan), np.full((size, size), np.nan))
    found = mean(sample, products)
    if isinstance(sample.design, SurveyDesign):
        return found
    values = _inside(sample, x)

    def of_weights(w: FloatArray) -> FloatArray:
        deviations = values - (w @ values) / w.sum()
        squares = (deviations * w[:, None]).T @ deviations
        return np.asarray(squares / w.sum() * n / (n - 1)).ravel()

    return Estimates(found.values, sample.covariance(products, of_weights))


def _products(sample: Sample, x: FloatArray, n: int) -> tuple[FloatArray, int]:
    values = _inside(sample, x)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = values - np.asarray(sample.weights @ values) / sample.weights.sum()
        correction = n / (n - 1) if n > 1 else float("nan")
    products = deviations[:, :, None] * deviations[:, None, :] * correction
    return products.reshape(len(values), -1), values.shape[1]


def _inside(sample: Sample, x: FloatArray) -> FloatArray:
    """Values with zero outside the domain, where they may be missing."""
    return np.where(sample.rows[:, None], x, 0.0)


def observed(sample: Sample, *columns: FloatArray) -> Sample:
    """The rows of the domain where every column is known; the design stays whole."""
    known = sample.rows.copy()
    for column in columns:
        missing = np.isnan(column)
        known &= ~(missing.any(axis=1) if column.ndim > 1 else missing)
    return Sample(sample.design, known)
