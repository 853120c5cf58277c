"""What an error is made of beyond PSU sums of a plain design: residuals, replicates, stages.

Kept with a release, so that its errors recompute when the interviews are gone.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.codes import compact, first_rows, joint_codes
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.design.stages import Stage
from usga_indicators.domain.design.variance import centred, row_to_cluster, stage_scale
from usga_indicators.domain.estimation import Estimate, ProportionInterval, Statistic
from usga_indicators.domain.estimation.cells import first_stage_variances
from usga_indicators.domain.estimation.single import counts, finished
from usga_indicators.domain.estimation.statistic import PER
from usga_indicators.domain.tabulation.tasks import Task
from usga_indicators.domain.weighting.residuals import RAKING_CYCLES, Raked

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Either `totals` by PSU of the residual with what later stages add, or `replicates`.

    `present` are the PSUs that count in the domain; `replicates` are the estimate and then the
    estimate of each replicate.
    """

    totals: FloatArray | None = None
    present: BoolArray | None = None
    within: float = 0.0
    replicates: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class ReplicateRule:
    """How replicates become a variance: scale x sum rscale (theta - centre)^2."""

    scale: float
    rscales: FloatArray
    mse: bool

    @classmethod
    def of(cls, replicates: ReplicateDesign) -> "ReplicateRule":
        """Of replicate weights."""
        return cls(replicates.scale, replicates.rscales, replicates.mse)

    def error(self, thetas: FloatArray) -> float:
        """Replicates without a value (they drop the whole domain) are left out."""
        whole, each = float(thetas[0]), thetas[1:]
        defined = np.isfinite(each)
        if not defined.any():
            return float("nan")
        each, rscales = each[defined], self.rscales[defined]
        centre = whole if self.mse else float(each[rscales > 0].mean())
        return float(np.sqrt(self.scale * (rscales @ (each - centre) ** 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What all cells of a design share, worked out once.

    `raked` holds rows of one PSU and one cell of every margin together: raking takes residuals of
    their sums (`Raked` of one set of weights).
    """

    replicates: ReplicateDesign | None = None
    raked: "_Margins | None" = None

    @classmethod
    def of(cls, design: SurveyDesign, replicates: ReplicateDesign | None) -> "Sums":
        """Of a design that is not plain."""
        if replicates is not None:
            return cls(replicates=replicates)
        match design.adjustments:
            case (Raked() as step,) if len(design.stages) == 1 and step.one_weight:
                return cls(raked=_Margins.of(design, step))
            case _:
                return cls()


@dataclass(frozen=True, slots=True, eq=False)
class _Margins:
    """Rows by PSU and the cell of each margin: as `Raked.residuals`, on sums."""

    group: IntArray
    psu: IntArray
    cells: tuple[IntArray, ...]
    counts: FloatArray
    weights: FloatArray
    of_row: FloatArray

    @classmethod
    def of(cls, design: SurveyDesign, step: Raked) -> "_Margins":
        of_row = step.margins[0][1]
        group = joint_codes([design.stages[0].cluster, *(cell for cell, _ in step.margins)])
        group = compact(group)
        size = int(group.max()) + 1
        first = first_rows(group, size)
        return cls(
            group=group,
            psu=design.stages[0].cluster[first],
            cells=tuple(cell[first] for cell, _ in step.margins),
            counts=np.bincount(group, minlength=size).astype(np.float64),
            weights=_added(group, of_row, size),
            of_row=np.where(of_row == 0, 1.0, of_row),
        )

    def totals(self, z: FloatArray, psus: int) -> FloatArray:
        """PSU totals of the residuals of z: unweighted margin means of z/w, ten cycles."""
        size = len(self.psu)
        sums = _added(self.group, z, size)
        shares = _added(self.group, z / self.of_row, size)
        for _ in range(RAKING_CYCLES):
            for cell in self.cells:
                counts = np.bincount(cell, weights=self.counts)
                means = np.bincount(cell, weights=shares) / np.where(counts > 0, counts, 1.0)
                sums = sums - means[cell] * self.weights
                shares = shares - means[cell] * self.counts
        return _added(self.psu, sums, psus)


def _added(group: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(group, weights=values, minlength=size), dtype=np.float64)


def is_plain(design: SurveyDesign, replicates: ReplicateDesign | None) -> bool:
    """Whether PSU sums of the variables alone give the errors."""
    return replicates is None and not design.adjustments and len(design.stages) == 1


def spread_of(task: Task, design: SurveyDesign, sums: Sums, rows: BoolArray) -> Spread:
    """What the error of one cell is made of; no quantile has one."""
    y, x, coefficients = _parts(task, rows & (design.weights != 0))
    inside = np.asarray((x != 0).any(axis=1) | (y != 0).any(axis=1))
    if sums.replicates is not None:
        whole, each = sums.replicates.weights[inside], sums.replicates.replicates[inside]
        y, x = y[inside], x[inside]
        thetas = [_of_weights(task, w, y, x, coefficients) for w in (whole[:, None], each)]
        return Spread(replicates=np.concatenate(thetas))
    z = _influence(task, design.weights, y, x, coefficients) * design.weights
    if sums.raked is not None:
        psus = design.stages[0].clusters
        present = np.zeros(psus, dtype=np.bool_)
        present[sums.raked.psu] = True
        return Spread(sums.raked.totals(z, psus), present)
    return _of_stages(design, z[:, None], inside)


def error_of(spread: Spread, design: SurveyDesign, rule: ReplicateRule | None) -> float:
    """The standard error."""
    if spread.replicates is not None:
        assert rule is not None
        return rule.error(spread.replicates)
    assert spread.totals is not None
    assert spread.present is not None
    first = first_stage_variances(
        design, spread.totals[:, None, None], spread.present[:, None, None]
    )
    return float(np.sqrt(first[0, 0] + spread.within))


def _parts(task: Task, rows: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Numerators and denominators, zero outside the base, and the coefficient of each part."""
    y, x = task.data.numerators, task.data.denominators
    if task.is_linear:
        y, x = y[:, :1], x[:, :1]
        known = ~(np.isnan(y) | np.isnan(x)) & counts(task.statistic, y, x)
        coefficients = np.ones(1)
    else:
        known, coefficients = ~np.isnan(y), task.coefficients
    known = known & rows[:, None]
    return np.where(known, y, 0.0), np.where(known, x, 0.0), coefficients


def _is_total(task: Task) -> bool:
    return task.is_linear and task.statistic is Statistic.TOTAL


def _influence(
    task: Task, weights: FloatArray, y: FloatArray, x: FloatArray, coefficients: FloatArray
) -> FloatArray:
    """Linearised value of each row (Woodruff 1971)."""
    if _is_total(task):
        return np.asarray(y[:, 0])
    sizes = weights @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (weights @ y) / sizes
        return np.asarray(((y - shares * x) / sizes) @ coefficients)


def _of_weights(
    task: Task, weights: FloatArray, y: FloatArray, x: FloatArray, coefficients: FloatArray
) -> FloatArray:
    """The statistic of each column of weights."""
    top = weights.T @ y
    if _is_total(task):
        return np.asarray(top[:, 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((top / (weights.T @ x)) @ coefficients)


def _of_stages(design: SurveyDesign, z: FloatArray, inside: BoolArray) -> Spread:
    for adjustment in design.adjustments:
        z = adjustment.residuals(z)
    rows = design.all_rows if design.domain_keeps_all_rows else inside
    first = design.stages[0]
    present = np.zeros(first.clusters, dtype=np.bool_)
    present[first.cluster[rows]] = True
    totals = np.asarray(row_to_cluster(first) @ z)[:, 0]
    within = _within(design, z, rows) if len(design.stages) > 1 else 0.0
    return Spread(totals, present, within)


def _within(design: SurveyDesign, z: FloatArray, rows: BoolArray) -> float:
    """What the second stage adds: the sampling fraction of each PSU times the variance in it."""
    first, second = design.stages[0], design.stages[1]
    scale = stage_scale(design, _alone_adds_nothing(second), rows, depth=1)
    sums = np.asarray(row_to_cluster(second) @ z)
    deviations = centred(second, scale, sums)[:, 0]
    share = first.sampling_fraction()[second.stratum_parent[second.cluster_stratum]]
    return float((scale.factor * share) @ deviations**2)


def _alone_adds_nothing(stage: Stage) -> Stage:
    """A PSU with one interview counts as taken whole: its variance inside is not known."""
    single = stage.sampled[stage.cluster_stratum] == 1
    assert stage.population is not None
    return replace(stage, population=np.where(single, 1.0, stage.population))


def with_error(
    before: Estimate, statistic: Statistic, interval: ProportionInterval, se: float
) -> Estimate:
    """The estimate with another error: interval, design effect and CV follow."""
    factor = PER if statistic is Statistic.RATE else 1.0
    own = before.se / factor
    simple = own**2 / before.deff if before.deff > 0 else 0.0
    return finished(
        statistic,
        value=before.value / factor,
        se=se,
        simple=simple,
        df=before.df,
        n=before.n,
        n_numerator=before.n_numerator,
        n_psu=before.n_psu,
        interval=interval,
    )


def respread(task: Task, before: Estimate, se: float) -> Estimate:
    """The estimate of a task with the error that its spread gives."""
    statistic = task.statistic if task.is_linear else _of_combination(task)
    return with_error(before, statistic, ProportionInterval.LOGIT, se)


def _of_combination(task: Task) -> Statistic:
    return Statistic.PROPORTION if task.is_share else Statistic.MEAN
