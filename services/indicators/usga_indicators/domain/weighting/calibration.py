"""Calibration to population totals by linear, raking or logit distance.

Deville and Särndal (1992).
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.design.errors import CalibrationFailed
from usga_indicators.domain.design.survey_design import SurveyDesign
from usga_indicators.domain.weighting.residuals import Calibrated

MAX_STEPS = 200
TOLERANCE = 1e-12
#: Rounding may keep the misfit above `TOLERANCE`; then this is enough.
ACCEPTED = 1e-9
#: Weights so far from the totals are brought near them first.
FAR = 20.0

Function = Callable[[FloatArray], FloatArray]


class Distance(StrEnum):
    """Which distance between old and new weights is made small."""

    LINEAR = "linear"
    RAKING = "raking"
    LOGIT = "logit"


def calibrate(
    design: SurveyDesign,
    x: FloatArray,
    population: FloatArray,
    *,
    distance: Distance = Distance.LINEAR,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    equal_within: IntArray | None = None,
) -> SurveyDesign:
    """Change weights by factors g so that the totals of `x` become `population`.

    `bounds` limit g; `equal_within` (a cluster per row) makes g the same inside each cluster.
    """
    old = design.weights
    if equal_within is not None:
        x, old = _averaged(x, equal_within), _averaged(old[:, None], equal_within)[:, 0]
    g = calibration_factors(old, x, population, distance=distance, bounds=bounds)
    return design.with_weights(design.weights * g, Calibrated.of(x, old, g))


def calibration_factors(
    old: FloatArray,
    x: FloatArray,
    population: FloatArray,
    *,
    distance: Distance = Distance.LINEAR,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> FloatArray:
    """The factors g of `calibrate`."""
    if np.isnan(x).any():
        raise CalibrationFailed("a calibration variable is missing")
    if x.shape[1] != len(population):
        raise CalibrationFailed("one population total per calibration variable is needed")
    unbounded = distance is Distance.LINEAR and np.isinf(bounds).all()
    if unbounded:
        return _linear(x, old, population)
    limited = bool(np.isfinite(bounds).any())
    return _iterated(x, old, population, _functions(distance, bounds), bounded=limited)


def factors_of(
    eta: FloatArray, distance: Distance, bounds: tuple[float, float] | None
) -> FloatArray:
    """The factors g of linear predictors that `calibration_factors` found, applied again."""
    return _functions(distance, bounds or (-np.inf, np.inf))[0](eta)


def calibration_multipliers(
    old: FloatArray,
    x: FloatArray,
    population: FloatArray,
    *,
    distance: Distance,
    bounds: tuple[float, float] | None,
) -> FloatArray:
    """One multiplier per column of `x`: `factors_of(x @ multipliers)` meets the totals.

    Raises `CalibrationFailed`; weights so far from the totals that a first scaling is needed are
    refused too, because no multiplier stands for it.
    """
    limits = bounds or (-np.inf, np.inf)
    if distance is Distance.LINEAR and bounds is None:
        multipliers = _linear_multipliers(x, old, population)
        _check(population - (old * (1 + x @ multipliers)) @ x, population)
        return multipliers
    found, scale = _solved(
        x, old, population, _functions(distance, limits), bounded=bounds is not None
    )
    if scale != 1.0:
        raise CalibrationFailed("the weights are too far from the population totals")
    return found


def _averaged(values: FloatArray, group: IntArray) -> FloatArray:
    counts = np.bincount(group)
    columns = [np.bincount(group, weights=v) / counts for v in values.T]
    return np.stack(columns, axis=1)[group]


def _linear(x: FloatArray, w: FloatArray, population: FloatArray) -> FloatArray:
    g = 1 + x @ _linear_multipliers(x, w, population)
    _check(population - (w * g) @ x, population)
    return np.asarray(g)


def _linear_multipliers(x: FloatArray, w: FloatArray, population: FloatArray) -> FloatArray:
    missing = population - w @ x
    solution, *_ = np.linalg.lstsq((x * w[:, None]).T @ x, missing, rcond=1e-14)
    return np.asarray(solution)


def _check(misfit: FloatArray, population: FloatArray) -> None:
    worst = float((np.abs(misfit) / (1 + np.abs(population))).max())
    if not worst < ACCEPTED:
        raise CalibrationFailed(f"the population totals cannot be met (misfit {worst:.2g})")


def _functions(distance: Distance, bounds: tuple[float, float]) -> tuple[Function, Function]:
    """Factor g as a function of the linear predictor, and its derivative."""
    low, high = bounds
    match distance:
        case Distance.LINEAR:
            return (
                lambda u: np.clip(u + 1, low, high),
                lambda u: ((u < high - 1) & (u > low - 1)).astype(np.float64),
            )
        case Distance.RAKING:
            return (
                lambda u: np.clip(np.exp(u), low, high),
                lambda u: np.where((np.exp(u) < high) & (np.exp(u) > low), np.exp(u), 0.0),
            )
        case Distance.LOGIT:
            return _logit(low, high)


def _logit(low: float, high: float) -> tuple[Function, Function]:
    if not (np.isfinite([low, high]).all() and low < 1 < high):
        raise CalibrationFailed("logit calibration needs finite bounds around 1")
    a = (high - low) / ((high - 1) * (1 - low))

    def g(u: FloatArray) -> FloatArray:
        e = np.exp(a * u)
        return np.asarray((low * (high - 1) + high * (1 - low) * e) / (high - 1 + (1 - low) * e))

    def slope(u: FloatArray) -> FloatArray:
        e = np.exp(a * u)
        below = high - 1 + (1 - low) * e
        inner = (high - g(u)) * (1 - low) * a * e
        return np.asarray(inner / below)

    return g, slope


def _iterated(
    x: FloatArray,
    w: FloatArray,
    population: FloatArray,
    functions: tuple[Function, Function],
    *,
    bounded: bool,
) -> FloatArray:
    eta, scale = _solved(x, w, population, functions, bounded=bounded)
    return np.asarray(functions[0](x @ eta) * scale)


def _solved(
    x: FloatArray,
    w: FloatArray,
    population: FloatArray,
    functions: tuple[Function, Function],
    *,
    bounded: bool,
) -> tuple[FloatArray, float]:
    """Newton's method for the multipliers, halving steps that overflow; and a first scaling."""
    g_of, slope_of = functions
    total = w @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = population / total
    scale = float(ratios.mean()) if not bounded and ratios.min() > FAR else 1.0
    w = w * scale
    eta = np.zeros(x.shape[1])
    g = g_of(x @ eta)
    best = np.inf
    for _ in range(MAX_STEPS):
        u = x @ eta
        hessian = (x * (w * slope_of(u))[:, None]).T @ x
        step = np.linalg.pinv(hessian, rcond=1e-14) @ (population - (w * g) @ x)
        g, eta = _stepped(x, eta, step, g_of)
        worst = float((np.abs(population - (w * g) @ x) / (1 + np.abs(population))).max())
        if worst < TOLERANCE or (worst < ACCEPTED and worst >= best):
            return eta, scale
        best = worst
    raise CalibrationFailed(f"calibration does not converge in {MAX_STEPS} steps")


def _stepped(
    x: FloatArray, eta: FloatArray, step: FloatArray, g_of: Function
) -> tuple[FloatArray, FloatArray]:
    for _ in range(MAX_STEPS):
        with np.errstate(over="ignore", invalid="ignore"):
            g = g_of(x @ (eta + step))
        if np.isfinite(g).all():
            return g, eta + step
        step = step / 2
    raise CalibrationFailed("calibration overflows")
