"""The numbers of the people behind each cell, where counts do not say all that a cell tells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.definition.conditions import needs_values
from usga_indicators.domain.definition.model import StatisticKind
from usga_indicators.domain.design.codes import (
    BoolArray,
    FloatArray,
    IntArray,
    compact,
    first_rows,
)
from usga_indicators.domain.disclosure import Counted, Values, of_quantile, values_of
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.estimation.single import counts
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.tasks import Task

#: Whole numbers up to this are their own code.
_LARGEST = 4_096
#: Counts of one dense table of cells x values.
_DENSE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Interviews `row` that count, and the number of their pair among `y` and `x`."""

    row: IntArray
    code: IntArray
    y: FloatArray
    x: FloatArray


def pairs_of(task: Task, used: BoolArray) -> Pairs | None:
    """Numerator and denominator of each interview; None where counts say all, or nothing can.

    Of a difference the difference itself: how many people differ from the rest in it.
    """
    if task.is_quantile or not needs_values(task.definition):
        return None
    y, x = task.data.numerators, task.data.denominators
    if task.is_linear:
        y, x = y[:, 0], x[:, 0]
        known = used & ~(np.isnan(y) | np.isnan(x)) & counts(task.statistic, y, x)
    elif task.definition.statistic is StatisticKind.DIFFERENCE:
        y = y @ task.coefficients
        x = np.ones(len(y))
        known = used & ~np.isnan(y)
    else:
        return None
    row = np.flatnonzero(known)
    return paired(row, y[row], x[row])


def paired(row: IntArray, y: FloatArray, x: FloatArray) -> Pairs:
    """Give equal pairs one number."""
    if not len(row):
        return Pairs(row, row, y, x)
    with np.errstate(all="ignore"):
        of_y, of_x = _codes(y), _codes(x)
    code = compact(of_y * (int(of_x.max()) + 1) + of_x)
    first = first_rows(code, int(code.max()) + 1)
    return Pairs(row, code, y[first], x[first])


def _codes(values: FloatArray) -> IntArray:
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= _LARGEST:
        whole = values.astype(np.int64)
        if (whole == values).all():
            return whole
    _, codes = np.unique(values, return_inverse=True)
    return np.asarray(codes, dtype=np.int64)


def values_in(task: Task, used: BoolArray, cells: Sequence[Partition]) -> dict[Cell, Values]:
    """How values are spread in every cell; `cells` begin with that of everybody."""
    pairs = pairs_of(task, used)
    if pairs is None or not len(pairs.row):
        return {}
    size = len(pairs.y)
    groups = [cell for partition in cells for cell in partition.cells]
    found: list[Counted] = []
    start = 0
    for partition in cells:
        place = partition.cell[pairs.row]
        inside = place >= 0
        key = (place[inside] + start) * size + pairs.code[inside]
        start += len(partition.cells)
        keys, people = _counted(key, start * size)
        found.append(Counted(keys // size, pairs.y[keys % size], pairs.x[keys % size], people))
    made = values_of(
        Counted(
            np.concatenate([each.group for each in found]),
            np.concatenate([each.y for each in found]),
            np.concatenate([each.x for each in found]),
            np.concatenate([each.count for each in found]),
        ),
        len(groups),
        np.zeros(len(groups), dtype=np.int64),
    )
    return {cell: each for cell, each in zip(groups, made, strict=True) if each is not None}


def _counted(keys: IntArray, top: int) -> tuple[IntArray, IntArray]:
    """The different keys, and how often each is there."""
    if top > _DENSE:
        different, count = np.unique(keys, return_counts=True)
        return different, count
    table = np.bincount(keys, minlength=top)
    different = np.flatnonzero(table)
    return different, table[different]


def values_of_quantile(
    task: Task, used: BoolArray, partition: Partition, estimates: Iterable[Estimate]
) -> list[Values | None]:
    """Who is on which side of a quantile and of its interval, cell by cell of a breakdown."""
    values, person = task.data.values, task.data.person
    assert values is not None
    assert person is not None
    counting = used[person]
    values, person = values[counting], person[counting]
    place = partition.cell[person]
    found: list[Values | None] = []
    for cell, each in enumerate(estimates):
        here = place == cell
        at, low, high = each.value, each.ci_low, each.ci_high
        known = bool(here.any())
        found.append(
            of_quantile(person[here], values[here], at=at, low=low, high=high) if known else None
        )
    return found


def item_of(cell: Cell) -> Cell:
    """The cell without its category."""
    return cell if cell.item == Cell().item else replace(cell, item=Cell().item)
