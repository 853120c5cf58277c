"""Tests of a two-way table and of given probabilities under a complex design.

Pearson's X^2 with the corrections of Rao and Scott (1984; first and second order), Wald tests
(Koch, Freeman and Freeman 1975) and their df-adjusted form (Thomas and Rao 1987).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation.distributions import (
    f_tail,
    saddlepoint_tail,
    satterthwaite_chi_square_tail,
)
from usga_indicators.domain.estimation.linear import mean, total
from usga_indicators.domain.estimation.sample import Sample


@dataclass(frozen=True, slots=True)
class TestResult:
    """A statistic, its degrees of freedom and its p-value."""

    __test__ = False  # the name is statistics' own; no test collector should mind it

    value: float
    df: tuple[float, ...]
    p: float


@dataclass(frozen=True, eq=False)
class TwoWayTable:
    """Codes of rows and columns (0 .. levels - 1, -1 = missing) in a domain of a design."""

    sample: Sample
    row: IntArray
    column: IntArray
    rows: int
    columns: int
    df: int
    n: int

    @cached_property
    def cells(self) -> FloatArray:
        """0/1 columns per cell, the row varying fastest."""
        cell = self.row + self.rows * self.column
        known = (self.row >= 0) & (self.column >= 0)
        levels = np.arange(self.rows * self.columns)
        return np.asarray((cell[:, None] == levels) & known[:, None], dtype=np.float64)

    @cached_property
    def known(self) -> Sample:
        """The domain with both codes known."""
        return self.sample.within((self.row >= 0) & (self.column >= 0))

    @cached_property
    def pearson(self) -> float:
        """X^2 of the weighted shares, scaled to the number of rows."""
        shares = mean(self.known, self.cells).values.reshape(self.columns, self.rows)
        expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
        return float(self.n * ((shares - expected) ** 2 / expected).sum())

    @cached_property
    def delta(self) -> FloatArray:
        """Generalised design effects of the interaction (Rao and Scott 1984, equation 2.9)."""
        found = mean(self.known, self.cells)
        inverse = np.diag([0.0 if p == 0 else 1 / p for p in found.values])
        interaction = _interaction(self.rows, self.columns)
        simple = interaction.T @ (inverse / self.n) @ interaction
        actual = interaction.T @ inverse @ found.covariance @ inverse @ interaction
        return np.asarray(np.linalg.solve(simple, actual))

    @cached_property
    def eigenvalues(self) -> FloatArray:
        """Eigenvalues of `delta`, largest first."""
        return np.asarray(np.sort(np.linalg.eigvals(self.delta).real)[::-1])

    @property
    def satterthwaite_df(self) -> float:
        """Effective numerator degrees of freedom."""
        square = self.delta @ self.delta
        return float(np.trace(self.delta) ** 2 / np.trace(square))


def _interaction(rows: int, columns: int) -> FloatArray:
    """Interaction contrasts orthogonal to the main effects, the row varying fastest."""
    row = np.tile(np.arange(rows), columns)
    column = np.repeat(np.arange(columns), rows)
    r = (row[:, None] == np.arange(1, rows)).astype(np.float64)
    c = (column[:, None] == np.arange(1, columns)).astype(np.float64)
    main = np.column_stack([np.ones(rows * columns), r, c])
    products = (c[:, :, None] * r[:, None, :]).reshape(rows * columns, -1)
    fitted, *_ = np.linalg.lstsq(main, products, rcond=None)
    return np.asarray(products - main @ fitted)


def rao_scott_f(table: TwoWayTable) -> TestResult:
    """Second-order Rao-Scott correction referred to an F distribution."""
    d0 = table.satterthwaite_df
    value = table.pearson / float(np.trace(table.delta))
    p = float(scipy.special.fdtrc(d0, d0 * table.df, value))
    return TestResult(value, (d0, d0 * table.df), p)


def rao_scott_chi_square(table: TwoWayTable) -> TestResult:
    """First-order correction: X^2 over the mean design effect."""
    size = len(table.delta)
    p = float(scipy.special.chdtrc(size, table.pearson / (np.trace(table.delta) / size)))
    return TestResult(table.pearson, (float(size),), p)


def linear_combination(table: TwoWayTable) -> TestResult:
    """The distribution of X^2 as a weighted sum of chi-squared variables, by saddlepoint.

    With replicate weights the denominator counts as known (infinite df).
    """
    x, weights = table.pearson, table.eigenvalues
    if isinstance(table.sample.design, ReplicateDesign):
        tail = saddlepoint_tail(x, weights)
        p = satterthwaite_chi_square_tail(x, weights) if np.isnan(tail) else tail
    else:
        p = f_tail(x, weights, table.satterthwaite_df * table.df)
    return TestResult(x, (), p)


def wald(table: TwoWayTable, *, adjusted: bool) -> TestResult:
    """Wald test of independence on the weighted counts."""
    rows, columns = table.rows, table.columns
    found = total(table.known, table.cells)
    grid = found.values.reshape(columns, rows)
    row_sums, column_sums, size = grid.sum(axis=0), grid.sum(axis=1), grid.sum()
    residual = (grid - np.outer(column_sums, row_sums) / size)[1:, 1:].ravel()
    jacobian = np.empty((len(residual), rows * columns))
    pairs = [(j, i) for j in range(1, columns) for i in range(1, rows)]
    row = np.tile(np.arange(rows), columns)
    column = np.repeat(np.arange(columns), rows)
    for k, (j, i) in enumerate(pairs):
        jacobian[k] = (
            ((row == i) & (column == j))
            - (row == i) * column_sums[j] / size
            - (column == j) * row_sums[i] / size
            + row_sums[i] * column_sums[j] / size**2
        )
    covariance = jacobian @ found.covariance @ jacobian.T
    statistic = float(residual @ np.linalg.solve(covariance, residual))
    numerator, denominator = float(len(residual)), float(table.df)
    value = statistic / numerator
    if adjusted:
        denominator = table.df - numerator + 1
        value = statistic * denominator / (numerator * table.df) if table.df else float("nan")
    p = float(scipy.special.fdtrc(numerator, denominator, value))
    return TestResult(value, (numerator, denominator), p)


def goodness_of_fit(sample: Sample, levels: FloatArray, shares: FloatArray) -> TestResult:
    """X^2 of weighted totals against given shares, referred to two moments of its distribution."""
    p = shares / shares.sum()
    found = total(sample, levels)
    size = float(found.values.sum())
    expected = size * p
    value = float(((found.values - expected) ** 2 / expected).sum())
    # (O - E)/sqrt(E) with E = p N: derivative with respect to the totals
    slope = np.diag(1 / np.sqrt(expected)) - np.outer(
        1 / np.sqrt(expected) * p + (found.values - expected) / (2 * expected**1.5) * p,
        np.ones(len(p)),
    )
    weights = np.linalg.eigvalsh(slope @ found.covariance @ slope.T)[::-1]
    return TestResult(value, (), satterthwaite_chi_square_tail(value, weights))
