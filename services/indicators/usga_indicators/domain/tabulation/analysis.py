"""How a sample is analysed: the design's rules, calibrated weights, replicate weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.design import (
    Adjustment,
    InvalidPopulationSize,
    LonelyPrimaryUnit,
    LonelyPsu,
    SinglePrimaryUnit,
    SurveyDesign,
)
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.design.stages import Stage
from usga_indicators.domain.estimation import (
    Breakdown,
    Estimate,
    Measure,
    ProportionInterval,
    Statistic,
    estimate,
    estimate_cells,
)
from usga_indicators.domain.estimation.single import counts, finished
from usga_indicators.domain.estimation.statistic import PER
from usga_indicators.domain.tabulation.measures import Prepared

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Fpc(StrEnum):
    """Which finite population corrections count."""

    NONE = "none"
    FIRST_STAGE = "first_stage"
    """1 - n/N of PSUs, and nothing within PSUs: for samples that take PSUs whole."""
    TWO_STAGE = "two_stage"
    """1 - n/N of PSUs, and the variance within PSUs as of a draw with replacement."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a release says of its design; the default is that of releases without a word of it.

    `population` is the number of PSUs by stratum; a stratum without one has no correction.
    `adjustments` are calibration steps, `replicates` replicate weights, by weight.
    """

    lonely_psu: LonelyPsu = LonelyPsu.ADJUST
    adjust_domain_lonely: bool = False
    fpc: Fpc = Fpc.NONE
    nested: bool = True
    population: Mapping[str, float] = field(default_factory=dict)
    adjustments: Mapping[Weight, tuple[Adjustment, ...]] = field(default_factory=dict)
    replicates: Mapping[Weight, ReplicateDesign] = field(default_factory=dict)


def design_under(
    analysis: Analysis, frame: Frame, weight: Weight, drawn: Mapping[str, int]
) -> SurveyDesign:
    """The design of the interviews; `drawn` PSUs without an interview belong to it.

    Raises a `DesignError` that names the stratum: SinglePrimaryUnit, LonelyPrimaryUnit (rule
    `fail`), InvalidPopulationSize, ClusterCrossesStrata (PSUs that are not nested).
    """
    weights = frame.w_household if weight is Weight.HOUSEHOLD else frame.w_person
    ids = [frame.psu.codes]
    if analysis.fpc is Fpc.TWO_STAGE:
        ids.append(np.arange(len(frame), dtype=np.int64))
    design = SurveyDesign.of(
        weights=weights,
        strata=frame.stratum.codes,
        ids=ids,
        nest=analysis.nested,
        lonely_psu=analysis.lonely_psu,
        adjust_domain_lonely=analysis.adjust_domain_lonely,
        ultimate_cluster=analysis.fpc is not Fpc.TWO_STAGE,
    )
    if design.stages[0].clusters == 1:
        raise SinglePrimaryUnit("all interviews are of one primary sampling unit")
    stage, names = _with_empty_psus(design.stages[0], frame, drawn)
    lonely = [names[at] for at in np.flatnonzero(stage.sampled == 1)]
    if lonely and analysis.lonely_psu is LonelyPsu.FAIL:
        raise LonelyPrimaryUnit(f"strata with one PSU: {', '.join(sorted(lonely))}")
    stage = _with_population(stage, names, analysis)
    later = design.stages[1:]
    if later:
        later = (replace(later[0], population=np.full(later[0].clusters, np.inf)),)
    own = analysis.adjustments.get(weight, ())
    return replace(design, stages=(stage, *later), adjustments=own)


def _with_empty_psus(
    stage: Stage, frame: Frame, drawn: Mapping[str, int]
) -> tuple[Stage, list[str]]:
    level = np.zeros(stage.strata, dtype=np.int64)
    level[stage.cluster_stratum[stage.cluster]] = frame.stratum.codes
    names = [frame.stratum.levels[at] for at in level]
    wanted = np.array([drawn.get(name, 0) for name in names], dtype=np.int64)
    empty = np.maximum(wanted - stage.sampled, 0)
    clusters = np.concatenate(
        [stage.cluster_stratum, np.repeat(np.arange(stage.strata), empty)]
    ).astype(np.int64)
    return replace(stage, cluster_stratum=clusters, sampled=stage.sampled + empty), names


def _with_population(stage: Stage, names: Sequence[str], analysis: Analysis) -> Stage:
    if analysis.fpc is Fpc.NONE:
        return stage
    sizes = np.array([analysis.population.get(name, np.inf) for name in names])
    for name, size, sampled in zip(names, sizes.tolist(), stage.sampled.tolist(), strict=True):
        if not size >= sampled:
            raise InvalidPopulationSize(
                f"stratum {name} has {size:g} PSUs in its population, and {sampled} were drawn"
            )
    return replace(stage, population=sizes[stage.cluster_stratum])


def cell_estimates(
    design: SurveyDesign,
    measures: Sequence[Measure],
    groupings: Sequence[Breakdown],
    replicates: ReplicateDesign | None = None,
) -> list[list[list[Estimate]]]:
    """As `estimate_cells`, for calibrated and two-stage designs and replicate weights too."""
    several = len(design.stages) > 1
    if replicates is not None:
        plain = replace(design, adjustments=(), stages=design.stages[:1])
        found = estimate_cells(plain, measures, groupings)
        return [
            _with_replicates(replicates, measures, grouping, cells)
            for grouping, cells in zip(groupings, found, strict=True)
        ]
    if not (design.adjustments or several):
        return estimate_cells(design, measures, groupings)
    return [
        [
            [
                estimate(
                    design,
                    measure.statistic,
                    numerator=measure.numerator,
                    denominator=measure.denominator,
                    domain=np.asarray(grouping.cell == place),
                    interval=measure.interval,
                )
                for measure in measures
            ]
            for place in range(grouping.cells)
        ]
        for grouping in groupings
    ]


def _with_replicates(
    replicates: ReplicateDesign,
    measures: Sequence[Measure],
    grouping: Breakdown,
    found: list[list[Estimate]],
) -> list[list[Estimate]]:
    """The same estimates with the error that the replicates say."""
    inside = np.flatnonzero(grouping.cell >= 0)
    place = grouping.cell[inside]
    gather = sparse.csr_matrix(
        (np.ones(len(inside)), (place, inside)), shape=(grouping.cells, len(grouping.cell))
    )
    result = [list(cells) for cells in found]
    for k, measure in enumerate(measures):
        values = _replicated(replicates, measure, gather)
        for c, own in enumerate(values):
            before = found[c][k]
            if before.n:
                se = _error(replicates, own[1:], own[0])
                result[c][k] = with_error(before, measure.statistic, measure.interval, se)
    return result


def _replicated(
    replicates: ReplicateDesign, measure: Measure, gather: sparse.csr_matrix
) -> FloatArray:
    """The statistic by cell: of the weights, then of each replicate."""
    y, x = measure.numerator, measure.denominator
    x = np.ones(len(y)) if x is None else x
    known = ~(np.isnan(y) | np.isnan(x)) & counts(measure.statistic, y, x)
    y, x = np.where(known, y, 0.0), np.where(known, x, 0.0)
    top = _summed(replicates, gather, y)
    if measure.statistic is Statistic.TOTAL:
        return top
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(top / _summed(replicates, gather, x))


def _summed(
    replicates: ReplicateDesign, gather: sparse.csr_matrix, values: FloatArray
) -> FloatArray:
    whole = gather @ (replicates.weights * values)
    of_replicates = gather.multiply(values[None, :]).tocsr() @ replicates.replicates
    return np.concatenate([np.asarray(whole)[:, None], np.asarray(of_replicates)], axis=1)


def _error(replicates: ReplicateDesign, thetas: FloatArray, whole: float) -> float:
    """Root of scale x sum rscale (theta - centre)^2; replicates without a value are left out."""
    defined = np.isfinite(thetas)
    if not defined.any():
        return float("nan")
    thetas, rscales = thetas[defined], replicates.rscales[defined]
    centre = whole if replicates.mse else float(thetas[rscales > 0].mean())
    return float(np.sqrt(replicates.scale * (rscales @ (thetas - centre) ** 2)))


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


def replicated_combination(
    replicates: ReplicateDesign, data: Prepared, rows: BoolArray, coefficients: FloatArray
) -> float:
    """The error of a sum of coefficient x share, each share on its own base."""
    known = ~np.isnan(data.numerators) & rows[:, None]
    y, x = np.where(known, data.numerators, 0.0), np.where(known, data.denominators, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = float((replicates.weights @ y) / (replicates.weights @ x) @ coefficients)
        thetas = (replicates.replicates.T @ y) / (replicates.replicates.T @ x) @ coefficients
    return _error(replicates, thetas, whole)
