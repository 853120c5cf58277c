"""Adjustment steps of a design: poststratify, rake, calibrate, trim, standardize."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.formula import formula_of, model_matrix
from usga_indicators.cli.cases.table import Table
from usga_indicators.domain.design import CalibrationFailed
from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation.sample import Design
from usga_indicators.domain.weighting.calibration import (
    Distance,
    calibrate,
    calibration_factors,
)
from usga_indicators.domain.weighting.post_stratification import (
    Margin,
    post_stratified,
    post_stratify,
    rake,
    rake_replicates,
    trimmed,
)

Json = dict[str, Any]


def adjusted(table: Table, design: Design, step: Json) -> tuple[Table, Design]:
    """Apply one step; `standardize` may drop rows from the table too."""
    match step.get("method"):
        case "poststratify":
            partial = bool(step.get("partial", False))
            margin = _margin(table, step, design.weights, partial=partial)
            return table, _post_stratified(design, margin, partial)
        case "rake":
            margins = [_margin(table, m, design.weights) for m in step["margins"]]
            return table, _raked(design, margins)
        case "calibrate":
            return table, _calibrated(table, design, step)
        case "trim":
            return table, _trimmed(design, step)
        case "standardize":
            return _standardized(table, design, step)
        case other:
            raise Unsupported(f"adjustment {other}")


def _post_stratified(design: Design, margin: Margin, partial: bool) -> Design:
    if isinstance(design, ReplicateDesign):
        return design.reweighted(lambda w: post_stratified(w, margin, partial=partial))
    return post_stratify(design, margin, partial=partial)


def _raked(design: Design, margins: list[Margin]) -> Design:
    if isinstance(design, ReplicateDesign):
        return rake_replicates(design, margins)
    return rake(design, margins)


def _cells(table: Table, names: Sequence[str]) -> tuple[IntArray, list[tuple[str, ...]]]:
    """A cell per row (-1 = missing), the first column varying fastest, and the cells' keys."""
    cell, size = np.zeros(table.size, dtype=np.int64), 1
    labels: list[list[str]] = []
    known = np.ones(table.size, dtype=np.bool_)
    for name in names:
        codes, levels = table[name].categories()
        labels.append([_text(level) for level in levels])
        known &= codes >= 0
        cell += size * np.maximum(codes, 0)
        size *= len(levels)
    cell[~known] = -1
    return cell, [k[::-1] for k in itertools.product(*reversed(labels))]


def _text(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)


def _cell(names: Sequence[str], key: Sequence[str]) -> str:
    return ", ".join(f"{n} = {v}" for n, v in zip(names, key, strict=True))


def _margin(table: Table, step: Json, weights: FloatArray, *, partial: bool = False) -> Margin:
    """The population by cell: every cell of the sample has one, and the other way round.

    With `partial`, cells that the sample does not have are left out.
    """
    names, population = _names(step["by"]), step["population"]
    cell, keys = _cells(table, names)
    sizes = {}
    for entry in population:
        frequency = [v for k, v in entry.items() if k not in names]
        if len(frequency) != 1:
            raise CaseError("a population entry needs its cell and one size")
        key = tuple(_text(entry[n]) for n in names)
        sizes[key] = float(frequency[0])
        if not (np.isfinite(sizes[key]) and sizes[key] >= 0):
            raise CalibrationFailed(
                f"the population of {_cell(names, key)} is no size: {sizes[key]}"
            )
    unknown = [key for key, size in sizes.items() if key not in set(keys) and size != 0]
    if unknown and not partial:
        raise CalibrationFailed(
            f"a cell of the population is not in the sample: {_cell(names, unknown[0])}"
        )
    inside = cell >= 0
    sample = np.bincount(cell[inside], weights=weights[inside], minlength=len(keys))
    for key, weight in zip(keys, sample, strict=True):
        if weight != 0 and sizes.get(key, 0.0) == 0:
            raise CalibrationFailed(
                f"a cell of the sample is not in the population: {_cell(names, key)}"
            )
    return Margin(cell, np.array([sizes.get(key, np.nan) for key in keys]))


def _calibrated(table: Table, design: Design, step: Json) -> Design:
    matrix = model_matrix(table, formula_of(_names(step["terms"])))
    x, names = matrix.columns, matrix.names
    given = step["population"]
    if missing := [name for name in names if name not in given]:
        raise CalibrationFailed(f"the population total of {missing[0]} is missing")
    stage = step.get("aggregate_stage")
    low, high = step.get("bounds") or (-np.inf, np.inf)
    bounds = (_bound(low, -np.inf), _bound(high, np.inf))
    distance = Distance(step.get("calfun") or "linear")
    totals = np.array([float(given[name]) for name in names])
    if isinstance(design, ReplicateDesign):
        if stage is not None:
            raise Unsupported("calibrating replicate weights by cluster")
        return design.reweighted(
            lambda w: w * calibration_factors(w, x, totals, distance=distance, bounds=bounds)
        )
    within = None if stage is None else design.stages[int(stage) - 1].cluster
    return calibrate(design, x, totals, distance=distance, bounds=bounds, equal_within=within)


def _bound(value: Any, default: float) -> float:
    return default if value is None else float(value)


def _trimmed(design: Design, step: Json) -> Design:
    """Trim the weights; of replicates each by itself, where what was dropped stays dropped."""

    def cut(weights: FloatArray) -> FloatArray:
        return trimmed(
            weights,
            upper=_bound(step.get("upper"), np.inf),
            lower=_bound(step.get("lower"), -np.inf),
            strict=bool(step.get("strict", False)),
        )

    if isinstance(design, ReplicateDesign):
        return design.reweighted(lambda weights: _where_some(weights, cut))
    return design.with_weights(cut(design.weights))


def _where_some(weights: FloatArray, change: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Change the weights above zero."""
    result, some = weights.copy(), weights > 0
    result[some] = change(weights[some])
    return result


def _standardized(table: Table, design: Design, step: Json) -> tuple[Table, Design]:
    """Direct standardisation: the same shares of `by` within every cell of `over`."""
    known = np.ones(table.size, dtype=np.bool_)
    for name in _names(step.get("excluding_missing")):
        known &= table[name].known
    if not known.all():
        table, design = table.take(known), design.take(known)
    by, over = _names(step["by"]), _names(step.get("over"))
    outer_cell, outer_keys = _cells(table, over)
    cell, keys = _cells(table, [*by, *over])
    shares = np.asarray(step["population"], dtype=np.float64)
    if len(keys) != len(shares) * len(outer_keys):
        raise CaseError("standardize needs one population size per level")
    if (cell < 0).any():
        raise CalibrationFailed("a row has no value of the standardising variables")
    free = np.bincount(outer_cell, weights=design.weights, minlength=len(outer_keys))
    targets = np.outer(free, shares / shares.sum()).ravel()
    return table, _post_stratified(design, Margin(cell, targets), partial=True)


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(v) for v in value]
