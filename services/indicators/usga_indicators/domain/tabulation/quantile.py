"""Quantiles of people, or of rows of a repeat: those of an interview share its PSU and weight.

Woodruff (1952): the interval of the share of values at or below the quantile, read back. That
share is a ratio of two sums of interviews, so its error is that of any ratio: with the margins'
correction of a calibrated design, its later stages, or its replicates.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.definition.model import StatisticKind, UnitMeasure
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.estimation.quantiles import woodruff
from usga_indicators.domain.estimation.statistic import EMPTY, NAN
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.margins import Margins
from usga_indicators.domain.tabulation.spread import ReplicateRule, errors_of, spreads_of
from usga_indicators.domain.tabulation.tasks import Task

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def quantiles_of(
    task: Task,
    design: SurveyDesign,
    partition: Partition,
    *,
    replicates: ReplicateDesign | None = None,
    margins: Margins | None = None,
) -> Iterator[Estimate]:
    """The quantile of a definition in every cell of a breakdown; n counts interviews, not rows.

    `margins` are those of the design (`Margins.of`), which work all cells out at once. The
    largest value has no interval: nobody is above it, and the share below it does not vary.
    """
    values, person = task.data.values, task.data.person
    assert values is not None
    assert person is not None
    used = design.weights[person] != 0
    values, person = values[used], person[used]
    place = partition.cell[person]
    weights = design.weights[person]
    order = task.definition.quantile
    read = [
        woodruff(values[at], weights[at], order)
        for at in (np.flatnonzero(place == cell) for cell in range(len(partition.cells)))
    ]
    quantile = np.array([each.value for each in read] + [NAN])  # place -1 takes the last
    below = _share_below(task, person, values <= quantile[place], design.size)
    spreads = list(spreads_of(below, design, partition, replicates=replicates, margins=margins))
    rule = None if replicates is None else ReplicateRule.of(replicates)
    based = below.data.denominators[:, 0] > 0
    for cell, (each, se) in enumerate(zip(read, errors_of(spreads, design, rule), strict=True)):
        rows = based & partition.rows(cell)
        n = int(rows.sum())
        if not n:
            yield EMPTY
            continue
        df = design.degrees_of_freedom(rows)
        yield each.with_error(se, df).estimate(df=df, n=n, n_psu=design.psus(rows))


def _share_below(task: Task, person: IntArray, below: NDArray[np.bool_], size: int) -> Task:
    """The share of values at or below the quantile, as a ratio of sums of interviews."""
    values = np.bincount(person, minlength=size).astype(np.float64)
    counted = np.asarray(np.bincount(person, weights=below, minlength=size), dtype=np.float64)
    data = replace(
        task.data,
        numerators=counted[:, None],
        denominators=values[:, None],
        values=None,
        person=None,
    )
    definition = replace(
        task.definition, statistic=StatisticKind.RATIO, unit_measure=UnitMeasure.NUMBER
    )
    return replace(task, definition=definition, data=data)
