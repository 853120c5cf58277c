"""Many estimates at once: one pass from rows to weighted PSU totals, then small matrices.

The first stage only (ultimate cluster): what an 840-estimate release needs. Linearised residuals
are sums over rows, so the totals of y, x and their products per PSU x cell are all that the
estimate, its variance and its design effect need (Särndal et al. 1992, section 5.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from usga_indicators.domain.design.codes import BoolArray, FloatArray, IntArray, first_rows
from usga_indicators.domain.design.survey_design import LonelyPsu, SurveyDesign
from usga_indicators.domain.design.variance import stage_scale
from usga_indicators.domain.estimation.intervals import ProportionInterval
from usga_indicators.domain.estimation.single import counts, finished
from usga_indicators.domain.estimation.statistic import Estimate, Statistic


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One indicator as columns: numerator and denominator per row (NaN = missing)."""

    statistic: Statistic
    numerator: FloatArray
    denominator: FloatArray | None = None
    interval: ProportionInterval = ProportionInterval.LOGIT


@dataclass(frozen=True, slots=True, eq=False)
class Breakdown:
    """A partition of rows into cells: `cell` is 0 .. cells - 1, or -1 for rows in none."""

    cell: IntArray
    cells: int


#: Sums of a measure: w y, w x, rows; and for a cell also w y^2, w y x, w x^2, w, rows with y.
_WY, _WX, _N, _WYY, _WYX, _WXX, _W, _NY = range(8)
_OF_PSU = 3


@dataclass(frozen=True, slots=True, eq=False)
class CellMoments:
    """Sufficient statistics; the sums of disjoint sets of rows add up to those of their union."""

    by_psu: FloatArray  # PSU x cell x measure x (w y, w x, rows)
    by_cell: FloatArray  # cell x measure x all eight sums


def estimate_cells(
    design: SurveyDesign, measures: Sequence[Measure], breakdowns: Sequence[Breakdown]
) -> list[list[list[Estimate]]]:
    """Estimate every measure in every cell: result[breakdown][cell][measure].

    Equal to `estimate` with the cell as domain when the design has one stage, or
    `ultimate_cluster`; calibrated and several-stage designs are refused (use `estimate`).
    """
    return [
        estimates_of(design, measures, moments)
        for moments in cell_moments(design, measures, breakdowns)
    ]


def cell_moments(
    design: SurveyDesign, measures: Sequence[Measure], breakdowns: Sequence[Breakdown]
) -> list[CellMoments]:
    """Sum rows into PSU x cell, once for the finest cells and then for each breakdown."""
    stage = design.stages[0]
    several = len(design.stages) > 1 and design.stages[1].population is not None
    if design.adjustments or (several and not design.ultimate_cluster):
        raise ValueError("estimate_cells takes one-stage designs without calibration")
    keys = stage.cluster
    for breakdown in breakdowns:
        keys = keys * (breakdown.cells + 1) + (breakdown.cell + 1)
        keys = _compact(keys)
    groups = int(keys.max()) + 1
    first = first_rows(keys, groups)
    rows = len(keys)
    gather = sparse.csr_matrix((np.ones(rows), (keys, np.arange(rows))), shape=(groups, rows))
    finest = np.stack([_moments(gather, design.weights, m) for m in measures], axis=1)
    psu = stage.cluster[first]
    return [_of_breakdown(finest, psu, b.cell[first], stage.clusters, b.cells) for b in breakdowns]


def _compact(keys: IntArray) -> IntArray:
    """Renumber keys densely; a lookup table is cheaper than sorting while keys are few."""
    top = int(keys.max()) + 1
    if top > 4 * len(keys) + 1024:
        return np.unique(keys, return_inverse=True)[1].astype(np.int64)
    used = np.zeros(top, dtype=np.bool_)
    used[keys] = True
    return (np.cumsum(used) - 1)[keys]


def _moments(gather: sparse.csr_matrix, weights: FloatArray, measure: Measure) -> FloatArray:
    y = measure.numerator
    x = np.ones(len(y)) if measure.denominator is None else measure.denominator
    known = ~(np.isnan(y) | np.isnan(x)) & counts(measure.statistic, y, x)
    y, x, w = np.where(known, y, 0.0), np.where(known, x, 0.0), np.where(known, weights, 0.0)
    used = (w != 0).astype(np.float64)
    wy, wx = w * y, w * x
    columns = [wy, wx, used, wy * y, wy * x, wx * x, w, used * (y != 0)]
    return np.asarray(gather @ np.stack(columns, axis=1))


def _of_breakdown(
    finest: FloatArray, psu: IntArray, cell: IntArray, psus: int, cells: int
) -> CellMoments:
    """Add the finest groups up to PSU x cell, and to cells."""
    inside = np.flatnonzero(cell >= 0)
    by_psu = _added(
        finest[..., :_OF_PSU], psu[inside] * cells + cell[inside], inside, psus * cells
    )
    return CellMoments(
        by_psu=by_psu.reshape(psus, cells, *by_psu.shape[1:]),
        by_cell=_added(finest, cell[inside], inside, cells),
    )


def _added(values: FloatArray, target: IntArray, source: IntArray, size: int) -> FloatArray:
    gather = sparse.csr_matrix((np.ones(len(target)), (target, source)), shape=(size, len(values)))
    flat = np.ascontiguousarray(values).reshape(len(values), -1)
    return np.asarray(gather @ flat).reshape(size, *values.shape[1:])


def estimates_of(
    design: SurveyDesign, measures: Sequence[Measure], moments: CellMoments
) -> list[list[Estimate]]:
    """Finish the estimates of one breakdown from its PSU x cell sums: result[cell][measure]."""
    sums, totals = moments.by_psu, moments.by_cell
    is_total = np.array([m.statistic is Statistic.TOTAL for m in measures])
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(is_total, totals[..., _WY], totals[..., _WY] / totals[..., _WX])
        slope = np.where(is_total, 0.0, value)
        size = np.where(is_total, 1.0, totals[..., _WX])
        u = (sums[..., _WY] - slope * sums[..., _WX]) / size
    present = sums[..., _N] > 0
    variances = _variances(design, u, present)
    simple = _simple_variances(totals, slope, size)
    psus = present.sum(axis=0)
    df = psus - _strata(design, present)
    return [
        [
            finished(
                measure.statistic,
                value=float(value[c, k]),
                se=float(np.sqrt(variances[c, k])),
                simple=float(simple[c, k]),
                df=int(df[c, k]),
                n=int(totals[c, k, _N]),
                n_numerator=int(totals[c, k, _NY]),
                n_psu=int(psus[c, k]),
                interval=measure.interval,
            )
            for k, measure in enumerate(measures)
        ]
        for c in range(sums.shape[1])
    ]


def _strata(design: SurveyDesign, present: BoolArray) -> IntArray:
    """Number of strata with a present PSU, per cell and measure."""
    stratum = design.stages[0].cluster_stratum
    counted = np.zeros((design.stages[0].strata, *present.shape[1:]), dtype=np.bool_)
    np.logical_or.at(counted, stratum, present)
    return np.asarray(counted.sum(axis=0))


def _simple_variances(totals: FloatArray, slope: FloatArray, size: FloatArray) -> FloatArray:
    """N^2 S^2/n of the linearised residual, from sums of squares and products."""
    n, weight = totals[..., _N], totals[..., _W]
    with np.errstate(invalid="ignore", divide="ignore"):
        square = (
            totals[..., _WYY] - 2 * slope * totals[..., _WYX] + slope**2 * totals[..., _WXX]
        ) / weight
        centre = (totals[..., _WY] - slope * totals[..., _WX]) / weight
        spread = (square - centre**2) / size**2 * n / (n - 1)
        return np.asarray(weight**2 * spread / n)


def _variances(design: SurveyDesign, u: FloatArray, present: BoolArray) -> FloatArray:
    """First-stage variance of PSU sums `u` (PSU x cell x measure)."""
    stage = design.stages[0]
    order = np.argsort(stage.cluster_stratum, kind="stable")
    starts = np.searchsorted(stage.cluster_stratum[order], np.arange(stage.strata))
    stratum_sums = np.add.reduceat(u[order], starts, axis=0)
    means = stratum_sums / stage.sampled[:, None, None]
    deviations = u - means[stage.cluster_stratum]
    if not _needs_rule(design):
        factor = stage_scale(design, stage, design.all_rows, depth=0).factor
        return np.asarray(np.einsum("pcm,pcm,p->cm", deviations, deviations, factor))
    return _with_lonely_rule(design, u, deviations, present)


def _needs_rule(design: SurveyDesign) -> bool:
    """Whether the variance depends on which PSUs the domain reaches."""
    lonely = bool((design.stages[0].sampled == 1).any())
    rules = {LonelyPsu.ADJUST, LonelyPsu.AVERAGE}
    return design.lonely_psu in rules and (lonely or design.adjust_domain_lonely)


def _with_lonely_rule(
    design: SurveyDesign, u: FloatArray, deviations: FloatArray, present: BoolArray
) -> FloatArray:
    """The slow way: the lonely-PSU rule is worked out for each cell and measure."""
    stage = design.stages[0]
    result = np.empty(u.shape[1:])
    for c, k in np.ndindex(*result.shape):
        scale = stage_scale(design, stage, present[:, c, k][stage.cluster], depth=0)
        d = deviations[:, c, k]
        overall = u[:, c, k].sum() / max(scale.stage_mean_divisor[0], 1)
        d = np.where(scale.centre_on_all, u[:, c, k] - overall, d)
        result[c, k] = float((d * d) @ scale.factor)
    return result
