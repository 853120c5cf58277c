"""Whom a number counts, by cell: what readers know of people and can subtract (D-04)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.disclosure.thresholds import Thresholds
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.tasks import Task

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_S2, _S3 = 2, 3


@dataclass(frozen=True)
class Numbered:
    """One number of a definition: who is in its base, and what each of them adds.

    `adds` is 0 outside the base. Two values, whatever they are, are 1 for the larger and 0 for
    the smaller (`two`): 101 and 100 tell what 1 and 0 tell. `places` are its approved cells among
    those of `cells_of`, `people` counts its base in each, `adding` those who add something.
    """

    definition: Definition
    item: str
    base: BoolArray
    adds: FloatArray
    two: bool
    places: IntArray
    people: IntArray
    adding: IntArray

    @cached_property
    def rest(self) -> "Numbered":
        """The same number by those who have the smaller value; only of two values."""
        return replace(
            self,
            adds=np.where(self.base, 1.0 - self.adds, 0.0),
            adding=self.people - self.adding,
        )

    @cached_property
    def visible(self) -> BoolArray:
        """Cells that the rules of one cell alone may show: what is hidden tells nothing."""
        found = ~is_small(self.people, self.definition.sensitivity)
        if self.two:
            found &= ~are_few(self.adding, self.people, self.definition.sensitivity)
        return found


def is_small(people: IntArray, sensitivity: int) -> BoolArray:
    """D-01: bases that hide their cell."""
    limits = Thresholds()
    base = limits.base_hidden_s3 if sensitivity >= _S3 else limits.base_hidden
    return np.asarray(people < base)


def are_few(some: IntArray, people: IntArray, sensitivity: int) -> BoolArray:
    """D-01 and D-12: numerators, or what they leave of the base, that hide their cell."""
    rest, limit = people - some, Thresholds().count_hidden
    found = ((some >= 1) & (some < limit)) | ((rest >= 1) & (rest < limit))
    if sensitivity >= _S2:
        found |= (some == 0) | (rest == 0)
    return np.asarray(found)


def cells_of(parts: Sequence[Partition]) -> list[tuple[Cell, BoolArray]]:
    """Every cell of the approved breakdowns, with its interviews."""
    return [(cell, part.cell == place) for part in parts for place, cell in enumerate(part.cells)]


def numbers_of(task: Task, frame: Frame, parts: Sequence[Partition]) -> Iterator[Numbered]:
    """What readers are told of a task, by number."""
    wanted = np.array([task.is_wanted(part) for part in parts for _ in part.cells], dtype=np.bool_)
    for values in values_of(task, frame):
        base = ~np.isnan(values)
        adds, two = _normal(values, base)
        yield Numbered(
            definition=task.definition,
            item=task.item,
            base=base,
            adds=adds,
            two=two,
            places=np.flatnonzero(wanted),
            people=_count(base, parts)[wanted],
            adding=_count(adds != 0, parts)[wanted],
        )


def values_of(task: Task, frame: Frame) -> Iterator[FloatArray]:
    """What each interview adds, NaN outside the base; a ratio's denominator where it varies."""
    data, counts = task.data, _has_weight(task, frame)
    if data.values is not None and data.person is not None:
        summed = np.bincount(data.person, data.values, minlength=len(frame))
        there = np.bincount(data.person, minlength=len(frame)) > 0
        yield np.where(there & counts, summed, np.nan)
        return
    for part in range(data.numerators.shape[1]):
        yield np.where(counts, data.numerators[:, part], np.nan)
        below = np.where(counts, data.denominators[:, part], np.nan)
        known = below[~np.isnan(below)]
        if known.size and known.min() != known.max():
            yield below


def _has_weight(task: Task, frame: Frame) -> BoolArray:
    """Who enters the estimate; of people who were chosen, not drawn, everybody."""
    weight = frame.w_household if task.weight is Weight.HOUSEHOLD else frame.w_person
    drawn = weight > 0
    return np.asarray(drawn if drawn.any() else ~drawn)


def _normal(values: FloatArray, base: BoolArray) -> tuple[FloatArray, bool]:
    known = np.unique(values[base])
    if len(known) > 2:  # noqa: PLR2004 - two values are a share of either
        return np.where(base, values, 0.0), False
    high = known[-1] if len(known) and (len(known) == 2 or known[-1] != 0) else np.nan  # noqa: PLR2004
    return np.where(base & (values == high), 1.0, 0.0), True


def _count(rows: BoolArray, parts: Sequence[Partition]) -> IntArray:
    """How many of the rows are in each cell of `cells_of`."""
    found = [
        np.bincount(part.cell[rows & (part.cell >= 0)], minlength=len(part.cells))
        for part in parts
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
