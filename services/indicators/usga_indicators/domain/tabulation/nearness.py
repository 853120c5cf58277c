"""Definitions of an assessment's own beside others: whom would two of them tell apart (D-04).

A city writes its own definitions, so two of them can count the same answers of nearly the same
people: their difference is then the answer of the few. Areas, sex and age are chosen by approved
breakdowns; this is the guard for all that expressions can say beyond.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.counted import Numbered, cells_of, numbers_of, values_of
from usga_indicators.domain.tabulation.subtraction import FEW, Place, subtracted
from usga_indicators.domain.tabulation.tasks import Task, tasks_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Near:
    """What own definitions would tell beside others, by code and cell."""

    told: frozenset[tuple[str, Cell]] = frozenset()
    """Cells that few people set apart, or that tell a group which may not be shown."""
    alike: frozenset[tuple[tuple[str, Cell], tuple[str, Cell]]] = frozenset()
    """An own cell and another that counts the same people: what the one hides the other tells."""

    def __or__(self, other: "Near") -> "Near":
        return Near(self.told | other.told, self.alike | other.alike)

    def with_hidden(self, hidden: Container[tuple[str, Cell]]) -> frozenset[tuple[str, Cell]]:
        """Own cells that count the people of a hidden one."""
        return frozenset(own for own, other in self.alike if other in hidden)


def near_others(
    definitions: Sequence[Definition],
    others: Sequence[Definition],
    frame: Frame,
    parts: Sequence[Partition],
) -> Near:
    """Cells of `definitions` that tell of few people, or of a hidden group, beside another's.

    Each is compared with `others`, which readers have, and with those before it in the sequence,
    where they are of the same form: in other units too, and of other questions, of which one may
    be calculated from the other. What counts the same people tells nothing new, but must be
    hidden with it.
    """
    cells = cells_of(parts)
    told: set[Place] = set()
    alike: set[tuple[Place, Place]] = set()
    beside = [each for other in others for each in _readable(other, frame, parts)]
    for own in definitions:
        here = _readable(own, frame, parts)
        for at, mine in enumerate(here):
            for other in (*beside, *here[:at]):
                if not _may_be_beside(mine.task, other.task):
                    continue
                if not _names(own).isdisjoint(_names(other.task.definition)):
                    for reading in _readings(mine.values, other.values):
                        told |= {(own.code, cell) for cell in _few(mine.task, reading, parts)}
                for number, their in product(mine.numbers, other.numbers):
                    found = subtracted(number, their, cells)
                    told |= found.told
                    alike |= found.alike
        beside += here
    return Near(frozenset(told), frozenset(alike))


@dataclass(frozen=True, slots=True, eq=False)
class _Readable:
    """What of a task readers are told: by interview, and by cell."""

    task: Task
    values: list[FloatArray]
    numbers: list[Numbered]


def _readable(definition: Definition, frame: Frame, parts: Sequence[Partition]) -> list[_Readable]:
    return [
        _Readable(task, list(values_of(task, frame)), list(numbers_of(task, frame, parts)))
        for task in tasks_of([definition], frame)
    ]


def _names(definition: Definition) -> frozenset[str]:
    return frozenset(variables_of(definition))


def _may_be_beside(mine: Task, other: Task) -> bool:
    """Whether both are of the same form; no version of a category is beside itself."""
    own, their = mine.definition, other.definition
    is_itself = (*mine.key, own.version) == (*other.key, their.version)
    return own.instrument == their.instrument and not is_itself


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
    """The approved cells in which some are set apart, and fewer than `FEW`."""
    for partition in parts:
        if not mine.is_wanted(partition):
            continue
        apart, unlike = (
            np.bincount(placed[placed >= 0], minlength=len(partition.cells))
            for placed in (partition.cell[reading.apart], partition.cell[reading.unlike_most])
        )
        for place in np.flatnonzero((apart > 0) & (apart < FEW) & (unlike >= FEW)):
            yield replace(partition.cells[place], item=mine.item)
