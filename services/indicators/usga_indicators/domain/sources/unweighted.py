"""Means and counts of what was not drawn: every unit alike, no standard error, no interval."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, nan

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.column import Column
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import CodeArray
from usga_indicators.domain.definition.model import Definition, StatisticKind
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.tabulation import (
    Cell,
    CellEstimate,
    NotComputable,
    partitions,
    prepare,
)
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.estimates import MissingTally, tally
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.people_values import values_in
from usga_indicators.domain.tabulation.tasks import Task

BoolArray = NDArray[np.bool_]
#: The share of cells whose incidents ADM-07 adds up.
TOP = 0.05


def unweighted(
    definitions: Sequence[Definition],
    frame: Frame,
    area_of_stratum: Mapping[str, str],
    *,
    within: BoolArray | None = None,
    cells: Sequence[Partition] | None = None,
) -> list[CellEstimate]:
    """Every definition that the frame can answer, in its total and the cells that it asks for.

    `within` are the rows that count at all; `cells` those of people, unless told.
    """
    cells = partitions(frame, area_of_stratum) if cells is None else cells
    found: list[CellEstimate] = []
    for definition in sorted(definitions, key=lambda d: d.code):
        for item, one in definition.by_item():
            try:
                data = prepare(_weighed(one, frame), frame)
            except NotComputable:
                break
            rows = np.ones(len(frame), dtype=np.bool_) if within is None else within
            task = Task(one, item, data)
            values = {} if task.is_quantile else values_in(task, rows, cells)
            for partition in cells:
                if partition.breakdown in {None, *definition.disaggregations}:
                    found += [
                        replace(
                            _cell(
                                one,
                                data,
                                replace(cell, item=item),
                                partition.rows(place) & rows,
                            ),
                            values=values.get(cell),
                        )
                        for place, cell in enumerate(partition.cells)
                    ]
    return [each for each in found if each.estimate.n]


def _weighed(definition: Definition, frame: Frame) -> Definition:
    """Counted by what its units stand for, where the form tells it of any."""
    column = frame.columns.get(definition.weigh_by)
    if column is None or not column.known.any():
        return replace(definition, weigh_by="")
    return replace(definition, count_by=f"number(${{{definition.weigh_by}}})")


def _cell(definition: Definition, data: Prepared, cell: Cell, rows: BoolArray) -> CellEstimate:
    return CellEstimate(
        definition, cell, _estimate(definition, data, rows), tally(data, rows), data.partial
    )


def _estimate(definition: Definition, data: Prepared, rows: BoolArray) -> Estimate:
    """Sum over sum, or the sum alone; of parts the mean of their shares."""
    used = ~np.isnan(data.numerators) & rows[:, None]
    y = np.where(used, data.numerators, 0.0)
    x = np.where(used, data.denominators, 0.0)
    bases = used.sum(axis=0)
    if not bases.all() or not x.sum(axis=0).all():
        return plain(nan, 0, 0)
    positive = int((y != 0).sum(axis=0).min())
    if definition.statistic is StatisticKind.TOTAL:
        return plain(float(y.sum()), int(bases.min()), positive)
    shares = y.sum(axis=0) / x.sum(axis=0)
    if definition.statistic is StatisticKind.DIFFERENCE:
        value = float(shares[0] - shares[1])
    else:
        value = float(shares.mean())
    return plain(value, int(bases.min()), positive)


def plain(value: float, n: int, n_numerator: int) -> Estimate:
    """A value without any word on how far it may be off."""
    return Estimate(value, nan, nan, nan, nan, df=0, n=n, n_numerator=n_numerator, n_psu=0, cv=nan)


def concentration(
    definition: Definition,
    places: Column,
    chosen: BoolArray,
    cells: Sequence[Partition],
) -> list[CellEstimate]:
    """Share of incidents in the top 5 percent of the places that have any (Weisburd 2015).

    Each cell has top places of its own: those of its incidents. At least one place counts;
    nothing is said of a cell without incidents that have a place.
    """
    located = chosen & places.known
    found: list[CellEstimate] = []
    for partition in cells:
        if partition.breakdown in {None, *definition.disaggregations}:
            for place, cell in enumerate(partition.cells):
                codes = places.codes[located & partition.rows(place)]
                if len(codes):
                    estimate = _concentrated(codes)
                    found.append(
                        CellEstimate(definition, cell, estimate, MissingTally(), partial=False)
                    )
    return found


def _concentrated(codes: CodeArray) -> Estimate:
    counts = np.sort(np.bincount(codes))[::-1]
    counts = counts[counts > 0]
    top = int(counts[: ceil(TOP * len(counts))].sum())
    return plain(top / len(codes), len(codes), top)
