"""Every definition in every cell: design-based estimates; shares are on 0 to 1."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import (
    Definition,
    Weight,
)
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.disclosure import Values
from usga_indicators.domain.estimation import Breakdown as Grouping
from usga_indicators.domain.estimation import Estimate, Measure, estimate_cells
from usga_indicators.domain.tabulation.analysis import Analysis, design_under
from usga_indicators.domain.tabulation.breakdowns import TOTAL, Cell, Partition, partitions
from usga_indicators.domain.tabulation.contrasts import combined
from usga_indicators.domain.tabulation.margins import Margins
from usga_indicators.domain.tabulation.measures import NONE, Prepared
from usga_indicators.domain.tabulation.people_values import (
    item_of,
    values_in,
    values_of_quantile,
)
from usga_indicators.domain.tabulation.quantile import quantiles_of
from usga_indicators.domain.tabulation.spread import (
    ReplicateRule,
    Spread,
    errors_of,
    is_plain,
    respread,
    spreads_of,
)
from usga_indicators.domain.tabulation.tasks import Task, tasks_of


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
    spread: Spread | None = field(default=None, compare=False, repr=False)
    """What its error is made of, where PSU sums do not tell."""
    values: Values | None = field(default=None, compare=False, repr=False)
    """How the numbers of its people are spread, where counts do not say all that it tells."""


def design_of(
    frame: Frame,
    weight: Weight,
    drawn: Mapping[str, int] | None = None,
    analysis: Analysis | None = None,
) -> SurveyDesign:
    """Stratified PSUs drawn as if with replacement, unless the analysis says otherwise.

    `drawn` is the number of PSUs that the sample has in each stratum: those without an interview
    belong to the design with totals of zero. Raises a `DesignError`, such as SinglePrimaryUnit.

    Without an analysis population sizes are not used: those of the first stage alone leave the
    variance inside PSUs out (Särndal et al. 1992, section 4.6).
    """
    return design_under(analysis or Analysis(), frame, weight, drawn or {})


def tabulate(
    definitions: Sequence[Definition],
    frame: Frame,
    area_of_stratum: Mapping[str, str],
    drawn: Mapping[str, int] | None = None,
    analysis: Analysis | None = None,
) -> list[CellEstimate]:
    """Estimate the survey's definitions that the frame can answer, by codes and cells."""
    how = analysis or Analysis()
    tasks = tasks_of(definitions, frame)
    cells = partitions(frame, area_of_stratum)
    found: dict[tuple[str, Cell], CellEstimate] = {}
    for weight in (Weight.PERSON, Weight.HOUSEHOLD):
        chosen = [task for task in tasks if task.weight is weight]
        if chosen:
            design = design_of(frame, weight, drawn, how)
            for estimate in _estimates(chosen, design, cells, how.replicates.get(weight)):
                found[estimate.definition.code, estimate.cell] = estimate
    return [
        found[key]
        for task in tasks
        for partition in cells
        for cell in partition.cells
        if (key := (task.definition.code, replace(cell, item=task.item))) in found
    ]


def _estimates(
    chosen: list[Task],
    design: SurveyDesign,
    cells: list[Partition],
    replicates: ReplicateDesign | None = None,
) -> list[CellEstimate]:
    plain = replace(design, adjustments=(), stages=design.stages[:1])
    found = [
        *_with_values(
            [
                *_linear([task for task in chosen if task.is_linear], plain, cells),
                *_combined(
                    [t for t in chosen if not (t.is_linear or t.is_quantile)], plain, cells
                ),
            ],
            chosen,
            design.weights != 0,
            cells,
        ),
        *_quantiles([task for task in chosen if task.is_quantile], design, cells, replicates),
    ]
    if is_plain(design, replicates):
        return found
    return _respread(found, chosen, design, cells, replicates)


def _with_values(
    found: Sequence[CellEstimate],
    chosen: Sequence[Task],
    used: NDArray[np.bool_],
    cells: Sequence[Partition],
) -> Iterator[CellEstimate]:
    """Estimates with how the numbers of their people are spread, one indicator at a time."""
    tasks = {task.key: task for task in chosen}
    known: dict[tuple[str, str], dict[Cell, Values]] = {}
    for each in found:
        key = each.definition.code, each.cell.item
        if key not in known:
            known[key] = values_in(tasks[key], used, cells)
        values = known[key].get(item_of(each.cell))
        yield each if values is None else replace(each, values=values)


def _linear(
    tasks: list[Task], design: SurveyDesign, cells: list[Partition]
) -> Iterator[CellEstimate]:
    """What is a ratio of two sums, all cells of a breakdown at once."""
    if not tasks:
        return
    measures = [
        Measure(task.statistic, task.data.numerators[:, 0], task.data.denominators[:, 0])
        for task in tasks
    ]
    groupings = [Grouping(c.cell, len(c.cells)) for c in cells]
    results = estimate_cells(design, measures, groupings)
    for partition, by_cell in zip(cells, results, strict=True):
        for at, task in enumerate(tasks):
            if task.is_wanted(partition):
                yield from _cells(task, design, partition, [each[at] for each in by_cell])


def _combined(
    tasks: list[Task], design: SurveyDesign, cells: list[Partition]
) -> Iterator[CellEstimate]:
    """Composites and differences of several shares."""
    for task in tasks:
        for partition in cells:
            if task.is_wanted(partition):
                found = [
                    combined(
                        task.data,
                        design,
                        partition.rows(place),
                        task.coefficients,
                        share=task.is_share,
                    )
                    for place in range(len(partition.cells))
                ]
                yield from _cells(task, design, partition, found)


def _quantiles(
    tasks: list[Task],
    design: SurveyDesign,
    cells: list[Partition],
    replicates: ReplicateDesign | None,
) -> Iterator[CellEstimate]:
    """Quantiles with the errors of the design as it is, calibrated or with replicates."""
    margins = Margins.of(design) if tasks else None
    for task in tasks:
        for partition in cells:
            if task.is_wanted(partition):
                found = list(
                    quantiles_of(task, design, partition, replicates=replicates, margins=margins)
                )
                values = values_of_quantile(task, design.weights != 0, partition, found)
                told = _cells(task, design, partition, found)
                for each, own in zip(told, values, strict=True):
                    yield replace(each, values=own)


def spread_anew(
    found: Sequence[CellEstimate],
    definitions: Sequence[Definition],
    frame: Frame,
    cells: list[Partition],
    *,
    drawn: Mapping[str, int] | None,
    analysis: Analysis,
) -> list[CellEstimate]:
    """Estimates of a plain design with the errors that an analysis gives them.

    Interviews are looked at for one definition at a time. Raises a DesignError.
    """
    result = list(found)
    places: dict[str, list[int]] = {}
    for at, each in enumerate(found):
        places.setdefault(each.definition.code, []).append(at)
    for weight in (Weight.PERSON, Weight.HOUSEHOLD):
        mine = [d for d in definitions if d.weight is weight and d.code in places]
        if not mine:
            continue
        design = design_of(frame, weight, drawn, analysis)
        replicates = analysis.replicates.get(weight)
        if is_plain(design, replicates):
            continue
        for definition in mine:
            own = places[definition.code]
            tasks = tasks_of([definition], frame)
            before = [result[at] for at in own]
            after = _respread(before, tasks, design, cells, replicates)
            for at, each in zip(own, after, strict=True):
                result[at] = each
    return result


def _respread(
    found: list[CellEstimate],
    chosen: list[Task],
    design: SurveyDesign,
    cells: list[Partition],
    replicates: ReplicateDesign | None,
) -> list[CellEstimate]:
    """The same values with the errors of a calibrated or two-stage design, or of replicates.

    A quantile has its own already.
    """
    tasks = {task.key: task for task in chosen}
    places = {cell: (p, at) for p in cells for at, cell in enumerate(p.cells)}
    rule = None if replicates is None else ReplicateRule.of(replicates)
    margins = Margins.of(design)
    done: dict[tuple[str, str, int], list[tuple[Spread, float]]] = {}
    result: list[CellEstimate] = []
    for each in found:
        task = tasks[each.definition.code, each.cell.item]
        if task.is_quantile or not each.estimate.n:
            result.append(each)
            continue
        partition, at = places[replace(each.cell, item=TOTAL)]
        key = (*task.key, id(partition))
        if key not in done:
            spreads = list(
                spreads_of(task, design, partition, replicates=replicates, margins=margins)
            )
            done[key] = list(zip(spreads, errors_of(spreads, design, rule), strict=True))
        spread, se = done[key][at]
        estimate = respread(task, each.estimate, se)
        result.append(replace(each, estimate=estimate, spread=spread))
    return result


def _cells(
    task: Task, design: SurveyDesign, partition: Partition, estimates: Sequence[Estimate]
) -> Iterator[CellEstimate]:
    """The estimates of a breakdown with what is told beside them."""
    tallies = tallies_of(task.data, partition, design.weights != 0)
    for place, (estimate, tally) in enumerate(zip(estimates, tallies, strict=True)):
        yield CellEstimate(
            task.definition,
            replace(partition.cells[place], item=task.item),
            estimate,
            tally,
            task.data.partial,
            _is_lonely(task.data, design, partition, place),
        )


def _is_lonely(data: Prepared, design: SurveyDesign, partition: Partition, place: int) -> bool:
    """Whether the base has rows of a stratum with one PSU."""
    stage = design.stages[0]
    alone = stage.sampled == 1
    if not alone.any():
        return False
    rows = partition.rows(place) & (design.weights != 0)
    based = rows & ~np.isnan(data.numerators).all(axis=1)
    return bool(alone[stage.cluster_stratum[stage.cluster[based]]].any())


def tally(data: Prepared, rows: NDArray[np.bool_]) -> MissingTally:
    """Who of these rows is missing, by reason."""
    one = Partition(None, (Cell(),), np.where(rows, 0, -1))
    return tallies_of(data, one, rows)[0]


def tallies_of(
    data: Prepared, partition: Partition, used: NDArray[np.bool_]
) -> list[MissingTally]:
    """Who is missing of each cell, by reason."""
    count = len(partition.cells)
    inside = used & (partition.cell >= 0)
    missing = np.flatnonzero(inside & (data.missing != NONE))
    keys = partition.cell[missing] * len(Kind) + data.missing[missing]
    by_kind = np.bincount(keys, minlength=count * len(Kind)).reshape(count, len(Kind))
    implied = np.bincount(partition.cell[inside & data.implied], minlength=count)
    return [
        MissingTally(
            dk=row[Kind.DK],
            ref=row[Kind.REF],
            na=row[Kind.NA],
            gate_failed=row[Kind.GATE_FAILED],
            not_asked=row[Kind.NOT_ASKED],
            implied=more,
            not_in_version=row[Kind.NOT_IN_VERSION],
            no_answer=row[Kind.NO_ANSWER],
        )
        for row, more in zip(by_kind.tolist(), implied.tolist(), strict=True)
    ]
