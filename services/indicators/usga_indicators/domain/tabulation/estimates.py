"""Every definition in every cell: design-based estimates; shares are on 0 to 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import (
    Definition,
    StatisticKind,
    UnitMeasure,
    Weight,
)
from usga_indicators.domain.design import LonelyPsu, SinglePrimaryUnit, SurveyDesign
from usga_indicators.domain.estimation import Breakdown as Grouping
from usga_indicators.domain.estimation import Estimate, Measure, Statistic, estimate_cells
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition, partitions
from usga_indicators.domain.tabulation.contrasts import combined
from usga_indicators.domain.tabulation.measures import NONE, NotComputable, Prepared, prepare
from usga_indicators.domain.tabulation.quantile import median_like

_STATISTICS = {
    StatisticKind.PROPORTION: Statistic.PROPORTION,
    StatisticKind.MEAN: Statistic.MEAN,
    StatisticKind.TOTAL: Statistic.TOTAL,
    StatisticKind.RATIO: Statistic.RATIO,
    StatisticKind.RATE: Statistic.RATE,
}


@dataclass(frozen=True, slots=True)
class MissingTally:
    """Unweighted counts of interviews that are not in the base, by reason; implied ones are."""

    dk: int = 0
    ref: int = 0
    na: int = 0
    gate_failed: int = 0
    not_asked: int = 0
    implied: int = 0
    not_in_version: int = 0
    no_answer: int = 0


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """One unrounded, unprotected estimate: internal to a release.

    `lonely` says that its base has people of a stratum with one PSU, which tells of no variance:
    the part of the stratum is centred on the mean of all, a stand-in. `partial` and `broken` say
    how far versions of the form asked the same.
    """

    definition: Definition
    cell: Cell
    estimate: Estimate
    missing: MissingTally
    partial: bool
    lonely: bool = False
    broken: bool = False


def design_of(
    frame: Frame, weight: Weight, drawn: Mapping[str, int] | None = None
) -> SurveyDesign:
    """Stratified PSUs drawn as if with replacement: the ultimate-cluster design.

    `drawn` is the number of PSUs that the sample has in each stratum: those without an interview
    belong to the design with totals of zero. Raises SinglePrimaryUnit.

    First-stage population sizes are not used: without those of the later stages they would
    leave the variance inside PSUs out (Särndal et al. 1992, section 4.6).
    """
    weights = frame.w_household if weight is Weight.HOUSEHOLD else frame.w_person
    design = SurveyDesign.of(
        weights=weights,
        strata=frame.stratum.codes,
        ids=[frame.psu.codes],
        nest=True,
        lonely_psu=LonelyPsu.ADJUST,
    )
    if design.stages[0].clusters == 1:
        raise SinglePrimaryUnit("all interviews are of one primary sampling unit")
    return _with_empty_psus(design, frame, drawn or {})


def _with_empty_psus(design: SurveyDesign, frame: Frame, drawn: Mapping[str, int]) -> SurveyDesign:
    stage = design.stages[0]
    level = np.zeros(stage.strata, dtype=np.int64)
    level[stage.cluster_stratum[stage.cluster]] = frame.stratum.codes
    wanted = np.array([drawn.get(frame.stratum.levels[at], 0) for at in level], dtype=np.int64)
    empty = np.maximum(wanted - stage.sampled, 0)
    clusters = np.concatenate(
        [stage.cluster_stratum, np.repeat(np.arange(stage.strata), empty)]
    ).astype(np.int64)
    whole = replace(stage, cluster_stratum=clusters, sampled=stage.sampled + empty)
    return replace(design, stages=(whole,))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """One definition, or one category of it, worked out on the frame."""

    definition: Definition
    item: str
    data: Prepared

    @property
    def is_linear(self) -> bool:
        """Whether PSU totals of one numerator and one denominator are enough."""
        if self.definition.statistic is StatisticKind.QUANTILE:
            return False
        return not self.definition.parts or self.definition.minimum_valid > 0


def tabulate(
    definitions: Sequence[Definition],
    frame: Frame,
    area_of_stratum: Mapping[str, str],
    drawn: Mapping[str, int] | None = None,
) -> list[CellEstimate]:
    """Estimate the survey's definitions that the frame can answer, by codes and cells."""
    survey = sorted((d for d in definitions if d.is_of_survey), key=lambda d: d.code)
    tasks = [task for d in survey for task in _tasks(d, frame)]
    cells = partitions(frame, area_of_stratum)
    found: dict[tuple[str, Cell], CellEstimate] = {}
    for weight in (Weight.PERSON, Weight.HOUSEHOLD):
        chosen = [task for task in tasks if task.definition.weight is weight]
        if chosen:
            for estimate in _estimates(chosen, design_of(frame, weight, drawn), cells):
                found[estimate.definition.code, estimate.cell] = estimate
    return [
        found[key]
        for task in tasks
        for partition in cells
        for cell in partition.cells
        if (key := (task.definition.code, replace(cell, item=task.item))) in found
    ]


def _tasks(definition: Definition, frame: Frame) -> list[_Task]:
    try:
        return [_Task(one, item, prepare(one, frame)) for item, one in definition.by_item()]
    except NotComputable:
        return []


def _wanted(definition: Definition, partition: Partition) -> bool:
    return partition.breakdown is None or partition.breakdown in _with_areas(definition)


def _with_areas(definition: Definition) -> set[str]:
    """Whoever may see strata may see areas that join them."""
    wanted = {str(b) for b in definition.disaggregations}
    return wanted | ({"ref_area"} if "stratum" in wanted else set())


def _estimates(
    chosen: list[_Task], design: SurveyDesign, cells: list[Partition]
) -> list[CellEstimate]:
    linear = [task for task in chosen if task.is_linear]
    found: list[CellEstimate] = []
    if linear:
        measures = [
            Measure(
                _statistic(task.definition),
                task.data.numerators[:, 0],
                task.data.denominators[:, 0],
            )
            for task in linear
        ]
        groupings = [Grouping(c.cell, len(c.cells)) for c in cells]
        results = estimate_cells(design, measures, groupings)
        for partition, by_cell in zip(cells, results, strict=True):
            for place, by_measure in enumerate(by_cell):
                for task, estimate in zip(linear, by_measure, strict=True):
                    if _wanted(task.definition, partition):
                        found.append(_cell(task, design, partition, place, estimate))
    for task in chosen:
        for partition in cells if not task.is_linear else ():
            if _wanted(task.definition, partition):
                for place in range(len(partition.cells)):
                    estimate = _special(task, design, partition.rows(place))
                    found.append(_cell(task, design, partition, place, estimate))
    return found


def _statistic(definition: Definition) -> Statistic:
    """Every percentage is a share, those of incidents too: its interval stays within 0 to 100."""
    if definition.unit_measure is UnitMeasure.PERCENT:
        return Statistic.PROPORTION
    return _STATISTICS[definition.statistic]


def _special(task: _Task, design: SurveyDesign, rows: NDArray[np.bool_]) -> Estimate:
    definition, data = task.definition, task.data
    if definition.statistic is StatisticKind.QUANTILE:
        return median_like(data, design, rows, definition.quantile)
    count = data.numerators.shape[1]
    if definition.statistic is StatisticKind.DIFFERENCE:
        return combined(data, design, rows, np.array([1.0, -1.0]), share=False)
    return combined(data, design, rows, np.full(count, 1.0 / count), share=True)


def _cell(
    task: _Task, design: SurveyDesign, partition: Partition, place: int, estimate: Estimate
) -> CellEstimate:
    rows = partition.rows(place) & (design.weights != 0)
    return CellEstimate(
        task.definition,
        replace(partition.cells[place], item=task.item),
        estimate,
        tally(task.data, rows),
        task.data.partial,
        _is_lonely(task.data, design, rows),
    )


def _is_lonely(data: Prepared, design: SurveyDesign, rows: NDArray[np.bool_]) -> bool:
    """Whether the base has rows of a stratum with one PSU."""
    stage = design.stages[0]
    alone = stage.sampled == 1
    if not alone.any():
        return False
    based = rows & ~np.isnan(data.numerators).all(axis=1)
    return bool(alone[stage.cluster_stratum[stage.cluster[based]]].any())


def tally(data: Prepared, rows: NDArray[np.bool_]) -> MissingTally:
    """Who of these rows is missing, by reason."""
    missing = data.missing[rows]
    by_kind = np.bincount(missing[missing != NONE], minlength=len(Kind))
    return MissingTally(
        dk=int(by_kind[Kind.DK]),
        ref=int(by_kind[Kind.REF]),
        na=int(by_kind[Kind.NA]),
        gate_failed=int(by_kind[Kind.GATE_FAILED]),
        not_asked=int(by_kind[Kind.NOT_ASKED]),
        implied=int(data.implied[rows].sum()),
        not_in_version=int(by_kind[Kind.NOT_IN_VERSION]),
        no_answer=int(by_kind[Kind.NO_ANSWER]),
    )
