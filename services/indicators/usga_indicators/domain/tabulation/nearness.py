"""Definitions of an assessment's own beside others: whom would two of them tell apart (D-04).

A city writes its own definitions, so two of them can count the same answers of nearly the same
people: their difference is then the answer of the few. Areas, sex and age are chosen by approved
breakdowns; this is the guard for all that expressions can say beyond.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.tasks import Task, tasks_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

APART = 10
"""Fewer people than this are told by the difference of two numbers."""


def near_others(
    definitions: Sequence[Definition],
    others: Sequence[Definition],
    frame: Frame,
    parts: Sequence[Partition],
) -> frozenset[tuple[str, Cell]]:
    """Cells of `definitions` that 1 to 9 people alone set apart from another definition's.

    Each is compared with `others`, which readers have, and with those before it in the sequence,
    where they ask the same questions. What counts the same people in a cell tells nothing new.
    """
    found: set[tuple[str, Cell]] = set()
    for at, own in enumerate(definitions):
        before = [each for each in (*others, *definitions[:at]) if _may_be_near(own, each)]
        theirs = tasks_of(before, frame)
        for mine in tasks_of([own], frame):
            numbers = list(_numbers(mine, frame))
            for other in theirs:
                for reading in _readings(numbers, list(_numbers(other, frame))):
                    found |= {(own.code, cell) for cell in _few(mine, reading, parts)}
    return frozenset(found)


def _may_be_near(own: Definition, other: Definition) -> bool:
    """Whether both are made of the same answers of the same form; no version beside itself."""
    if (own.code, own.version) == (other.code, other.version):
        return False
    same_form = own.instrument == other.instrument and own.unit == other.unit
    return same_form and not set(variables_of(own)).isdisjoint(variables_of(other))


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """Whom two numbers set apart, and who has not what most have.

    Where hardly anybody is unlike the others the cell itself is hidden, and tells nothing.
    """

    apart: BoolArray
    unlike_most: BoolArray


def _readings(mine: Sequence[FloatArray], other: Sequence[FloatArray]) -> Iterator[_Reading]:
    """How each number of the one may be read beside each of the other."""
    for own in mine:
        for their in other:
            yield from _read(own, their)


def _numbers(task: Task, frame: Frame) -> Iterator[FloatArray]:
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


def _read(own: FloatArray, other: FloatArray) -> Iterator[_Reading]:
    """Whom the one counts and the other does not, or who has another value.

    Values need not be equal: 101 for yes and 100 for no tell what 1 and 0 tell. So each value is
    also matched with the one that most people have beside it, in both directions, for one may
    tell more than the other: where all but a few follow, these few are told.
    """
    outside, elsewhere = np.isnan(own), np.isnan(other)
    both = ~(outside | elsewhere)
    here, there = own[both], other[both]
    unlike = _unlike_most(here), _unlike_most(there)
    for apart, varies in (
        (here != there, unlike[0] | unlike[1]),
        (_strays(here, there), unlike[1]),
        (_strays(there, here), unlike[0]),
    ):
        differs, varied = outside != elsewhere, np.zeros(len(own), dtype=np.bool_)
        differs[both], varied[both] = apart, varies
        yield _Reading(differs, varied)


def _unlike_most(values: FloatArray) -> BoolArray:
    if not values.size:
        return np.zeros(0, dtype=np.bool_)
    _, of_row, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(of_row != np.argmax(count))


def _strays(values: FloatArray, beside: FloatArray) -> BoolArray:
    """Who has another value beside theirs than most who have the same value."""
    if not values.size:
        return np.zeros(0, dtype=np.bool_)
    _, value = np.unique(values, return_inverse=True)
    _, match = np.unique(beside, return_inverse=True)
    pair = value.astype(np.int64) * (int(match.max()) + 1) + match
    pairs, of_row, count = np.unique(pair, return_inverse=True, return_counts=True)
    first = pairs // (int(match.max()) + 1)
    order = np.lexsort((-count, first))
    leads = np.ones(len(order), dtype=np.bool_)
    leads[1:] = first[order][1:] != first[order][:-1]
    is_most = np.zeros(len(pairs), dtype=np.bool_)
    is_most[order[leads]] = True
    return np.asarray(~is_most[of_row])


def _few(mine: Task, reading: _Reading, parts: Sequence[Partition]) -> Iterator[Cell]:
    """The approved cells in which some are set apart, and fewer than `APART`."""
    for partition in parts:
        if not mine.is_wanted(partition):
            continue
        apart, unlike = (
            np.bincount(placed[placed >= 0], minlength=len(partition.cells))
            for placed in (partition.cell[reading.apart], partition.cell[reading.unlike_most])
        )
        for place in np.flatnonzero((apart > 0) & (apart < APART) & (unlike >= APART)):
            yield replace(partition.cells[place], item=mine.item)
