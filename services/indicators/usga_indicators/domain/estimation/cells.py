"""Many estimates at once: one pass from rows to weighted PSU totals, then small matrices.

The first stage only (ultimate cluster): what an 840-estimate release needs. Linearised residuals
are sums over rows, so the totals of y, x and their products per PSU x cell are all that the
estimate, its variance and its design effect need (Särndal et al. 1992, section 5.5).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.design.codes import (
    BoolArray,
    FloatArray,
    IntArray,
    compact,
    first_rows,
)
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
        for moments in _moments_of(design, measures, breakdowns)
    ]


def cell_moments(
    design: SurveyDesign, measures: Sequence[Measure], breakdowns: Sequence[Breakdown]
) -> list[CellMoments]:
    """Sum rows into PSU x cell, once for the finest cells and then for each breakdown."""
    return list(_moments_of(design, measures, breakdowns))


def _moments_of(
    design: SurveyDesign, measures: Sequence[Measure], breakdowns: Sequence[Breakdown]
) -> Iterator[CellMoments]:
    """The moments of one breakdown after the other, so that only one is held."""
    stage = design.stages[0]
    several = len(design.stages) > 1 and design.stages[1].population is not None
    if design.domain_keeps_all_rows or (several and not design.ultimate_cluster):
        raise ValueError("estimate_cells takes one-stage designs without calibration")
    keys = stage.cluster
    for breakdown in breakdowns:
        keys = compact(keys * (breakdown.cells + 1) + (breakdown.cell + 1))
    groups = int(keys.max()) + 1
    first = first_rows(keys, groups)
    sums = _Sums(keys, groups, design.weights)
    finest = np.stack([sums.of(measure) for measure in measures], axis=1)
    psu = stage.cluster[first]
    for b in breakdowns:
        yield _of_breakdown(finest, psu, b.cell[first], stage.clusters, b.cells)


class _Sums:
    """Sums over the rows of a group; those of complete measures without denominator are shared."""

    def __init__(self, keys: IntArray, groups: int, weights: FloatArray) -> None:
        self._keys, self._groups, self._weights = keys, groups, weights
        self._used = (weights != 0).astype(np.float64)
        self._weight, self._count = self._sum(weights), self._sum(self._used)

    def _sum(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(self._keys, weights=values, minlength=self._groups))

    def of(self, measure: Measure) -> FloatArray:
        """All eight sums of a measure per group."""
        y, x = measure.numerator, measure.denominator
        if x is None and not np.isnan(y).any():
            return self._of_complete(y)
        x = np.ones(len(y)) if x is None else x
        known = ~(np.isnan(y) | np.isnan(x)) & counts(measure.statistic, y, x)
        y, x, w = (np.where(known, v, 0.0) for v in (y, x, self._weights))
        used = self._used * known
        wy, wx = w * y, w * x
        columns = [wy, wx, used, wy * y, wy * x, wx * x, w, used * (y != 0)]
        return np.stack([self._sum(c) for c in columns], axis=1)

    def _of_complete(self, y: FloatArray) -> FloatArray:
        wy = self._weights * y
        total = self._sum(wy)
        counted = y != 0
        binary = bool((y[counted] == 1).all())
        squares = total if binary else self._sum(wy * y)
        numerator = self._sum(self._used * counted)
        w, n = self._weight, self._count
        return np.stack([total, w, n, squares, total, w, w, numerator], axis=1)


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
    gather = scipy.sparse.csr_matrix(
        (np.ones(len(target)), (target, source)), shape=(size, len(values))
    )
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
    variances = first_stage_variances(design, u, present)
    simple = _simple_variances(totals, slope, size)
    psus = present.sum(axis=0)
    df = psus - present_strata(design, present)
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


def present_strata(design: SurveyDesign, present: BoolArray) -> IntArray:
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


def first_stage_variances(design: SurveyDesign, u: FloatArray, present: BoolArray) -> FloatArray:
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
