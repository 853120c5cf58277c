"""Generalised linear models with design-based standard errors (Binder 1983)."""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.estimation.linear import Estimates
from usga_indicators.domain.estimation.sample import Sample

MAX_STEPS = 100
TOLERANCE = 1e-13
#: Nearer to 0 or 1 than this is no probability: some rows are told by others with certainty.
CERTAIN = 10 * float(np.finfo(np.float64).eps)
#: A column of which less than this share is left beside those before it has no coefficient.
ALIASED = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Coefficients with their covariance, and design df + 1 - number of coefficients.

    `estimable` tells which columns have one: a column that those before it determine has none.
    """

    coefficients: Estimates
    estimable: BoolArray
    df: int


def linear_model(sample: Sample, y: FloatArray, x: FloatArray) -> Fit:
    """Weighted least squares; `sample` holds no row with a missing value."""
    return _fitted(sample, y, x, logistic=False)


def logistic_model(sample: Sample, y: FloatArray, x: FloatArray) -> Fit:
    """Weighted logistic regression by Fisher scoring; `y` is 0 or 1."""
    return _fitted(sample, y, x, logistic=True)


def _fitted(sample: Sample, y: FloatArray, x: FloatArray, *, logistic: bool) -> Fit:
    outcome = np.where(sample.rows, y, 0.0)
    design = np.where(sample.rows[:, None], x, 0.0)
    if sample.base == 0 or not (np.isfinite(outcome).all() and np.isfinite(design).all()):
        raise ValueError("a regression needs rows, and their variables known")

    estimable = _independent(design * np.sqrt(sample.weights)[:, None])
    design = design[:, estimable]

    def solve(w: FloatArray) -> FloatArray:
        return _coefficients(w, outcome, design, logistic=logistic)

    beta = solve(sample.weights)
    mu, information = _fit_at(beta, design, logistic=logistic)
    bread = np.linalg.inv((design * (sample.weights * information)[:, None]).T @ design)
    influence = design * (outcome - mu)[:, None] @ bread
    covariance = sample.covariance(influence, solve)
    return Fit(Estimates(beta, covariance), estimable, sample.df + 1 - len(beta))


def _independent(x: FloatArray) -> BoolArray:
    """Columns that are no combination of those before them (Gram-Schmidt, twice for safety)."""
    basis = np.zeros((len(x), 0))
    kept = np.zeros(x.shape[1], dtype=np.bool_)
    for at, column in enumerate(x.T):
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > ALIASED * float(np.linalg.norm(column)):
            kept[at] = True
            basis = np.column_stack([basis, rest / size])
    return kept


def _fit_at(beta: FloatArray, x: FloatArray, *, logistic: bool) -> tuple[FloatArray, FloatArray]:
    eta = x @ beta
    if not logistic:
        return eta, np.ones(len(eta))
    mu = 1 / (1 + np.exp(-eta))
    return mu, mu * (1 - mu)


def _coefficients(w: FloatArray, y: FloatArray, x: FloatArray, *, logistic: bool) -> FloatArray:
    used = w != 0
    w, y, x = w[used] / w[used].mean(), y[used], x[used]
    if not logistic:
        root = np.sqrt(w)
        return np.asarray(np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0])
    beta = np.zeros(x.shape[1])
    for _ in range(MAX_STEPS):
        mu, information = _fit_at(beta, x, logistic=True)
        try:
            step = np.linalg.solve((x * (w * information)[:, None]).T @ x, x.T @ (w * (y - mu)))
        except np.linalg.LinAlgError:
            break  # probabilities of 0 and 1: the groups are separated
        beta = beta + step
        if np.abs(step).max() <= TOLERANCE * max(1.0, float(np.abs(beta).max())):
            if information.min() < CERTAIN:
                break
            return beta
    raise ValueError("the logistic regression does not converge: some coefficient is infinite")
