"""What an error is made of beyond PSU sums of a plain design: residuals, replicates, stages.

Kept with a release, so that its errors recompute when the interviews are gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.design.stages import Stage
from usga_indicators.domain.design.variance import centred, row_to_cluster, stage_scale
from usga_indicators.domain.estimation import Estimate, ProportionInterval, Statistic
from usga_indicators.domain.estimation.cells import first_stage_variances
from usga_indicators.domain.estimation.single import counts, finished
from usga_indicators.domain.estimation.statistic import PER
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.margins import Margins
from usga_indicators.domain.tabulation.tasks import Task

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


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


def is_plain(design: SurveyDesign, replicates: ReplicateDesign | None) -> bool:
    """Whether PSU sums of the variables alone give the errors."""
    return replicates is None and not design.adjustments and len(design.stages) == 1


def spreads_of(
    task: Task,
    design: SurveyDesign,
    partition: Partition,
    *,
    replicates: ReplicateDesign | None,
    margins: Margins | None,
) -> Iterator[Spread]:
    """What the errors of the cells of a breakdown are made of; no quantile has one.

    With `margins` (`Margins.of` the design) all cells are worked out at once.
    """
    if margins is not None and replicates is None:
        yield from _by_margins(task, design, partition, margins)
        return
    for place in range(len(partition.cells)):
        yield _spread_of(task, design, replicates, partition.rows(place))


def _by_margins(
    task: Task, design: SurveyDesign, partition: Partition, margins: Margins
) -> Iterator[Spread]:
    y, x, coefficients = _parts(task, design.weights != 0)
    count = len(partition.cells)
    parts = range(y.shape[1])
    of_y, of_x = (
        [margins.sums(v[:, at] * design.weights, partition.cell, count) for at in parts]
        for v in (y, x)
    )
    zs: list[FloatArray] = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for which in (0, 1):
            if _is_total(task):
                zs.append(of_y[0][which])
                continue
            z = np.zeros_like(of_y[0][which])
            for at in parts:
                top, size = of_y[at][0].sum(axis=0), of_x[at][0].sum(axis=0)
                slope = top / size
                z += coefficients[at] * (of_y[at][which] - slope * of_x[at][which]) / size
            zs.append(z)
    for totals in margins.residuals(*zs).T:
        yield Spread(totals, margins.present)


def _spread_of(
    task: Task, design: SurveyDesign, replicates: ReplicateDesign | None, rows: BoolArray
) -> Spread:
    y, x, coefficients = _parts(task, rows & (design.weights != 0))
    inside = np.asarray((x != 0).any(axis=1) | (y != 0).any(axis=1))
    if replicates is not None:
        whole, each = replicates.weights[inside], replicates.replicates[inside]
        y, x = y[inside], x[inside]
        thetas = [_of_weights(task, w, y, x, coefficients) for w in (whole[:, None], each)]
        return Spread(replicates=np.concatenate(thetas))
    z = _influence(task, design.weights, y, x, coefficients) * design.weights
    return _of_stages(design, z[:, None], inside)


def error_of(spread: Spread, design: SurveyDesign, rule: ReplicateRule | None) -> float:
    """The standard error."""
    return errors_of([spread], design, rule)[0]


def errors_of(
    spreads: Sequence[Spread], design: SurveyDesign, rule: ReplicateRule | None
) -> list[float]:
    """The standard errors of some cells of a design."""
    if rule is not None and all(each.replicates is not None for each in spreads):
        return [rule.error(each.replicates) for each in spreads if each.replicates is not None]
    totals = np.stack([_known(each.totals) for each in spreads], axis=1)
    present = np.stack([_known(each.present) for each in spreads], axis=1)
    first = first_stage_variances(design, totals[:, :, None], present[:, :, None])[:, 0]
    return [float(np.sqrt(v + s.within)) for v, s in zip(first, spreads, strict=True)]


def _known(values: Any) -> Any:
    assert values is not None
    return values


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
