"""What the difference of two shown numbers tells, whatever cells they stand in (D-01, D-04).

A filter can imitate a cell of a breakdown, add somebody to it or leave somebody out, so each cell
of the one is set beside each cell of the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.disclosure.thresholds import Thresholds
from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.counted import Numbered, are_few, is_small

BoolArray = NDArray[np.bool_]
Place = tuple[str, Cell]
"""The code of an indicator, and a cell of it."""
Cells = Sequence[tuple[Cell, BoolArray]]
"""Of `cells_of`: cells with their interviews."""

FEW = Thresholds().count_hidden
"""Fewer people than this are told by the difference of two numbers."""


@dataclass(slots=True)
class Subtracted:
    """Own cells that would tell, and pairs of an own cell and one that counts the same people."""

    told: set[Place] = field(default_factory=set)
    alike: set[tuple[Place, Place]] = field(default_factory=set)


def subtracted(mine: Numbered, other: Numbered, cells: Cells) -> Subtracted:
    """Set each cell of an own number beside each of another's.

    Told is a cell whose contributions differ from the other's for 1 to 9 people: who adds
    nothing is no company, whether asked or not. And where the one counts the people of the other
    and more, alike where they meet, the difference is a number of those more. They are judged
    like a cell: their base, numerator and complement. Cells that are hidden by themselves tell
    nothing.
    """
    found = Subtracted()
    for own in _sides(mine):
        for their in _sides(other):
            for here, there in _pairs(_close(own, their), own, their):
                apart = own.adds * cells[here][1] != their.adds * cells[there][1]
                if 1 <= np.count_nonzero(apart) < FEW:
                    found.told.add(_place(own, cells[here][0]))
    for their in _sides(other):
        for here, there in _pairs(_would_tell(mine, their), mine, their):
            inside, outside = mine.base & cells[here][1], their.base & cells[there][1]
            if not _agree(mine, inside, their, outside):
                continue
            place = _place(mine, cells[here][0])
            if np.count_nonzero(inside) == np.count_nonzero(outside):
                found.alike.add((place, _place(their, cells[there][0])))
            else:
                found.told.add(place)
    return found


def _sides(number: Numbered) -> Iterator[Numbered]:
    """Of two values who has either: yes tells what no tells."""
    yield number
    if number.two:
        yield number.rest


def _pairs(matrix: BoolArray, mine: Numbered, other: Numbered) -> Iterator[tuple[int, int]]:
    """Their places among all cells."""
    for at, beside in np.argwhere(matrix).tolist():
        yield int(mine.places[at]), int(other.places[beside])


def _close(mine: Numbered, other: Numbered) -> BoolArray:
    """Cells in which about as many people add something: fewer than ten could differ."""
    gap = np.abs(mine.adding[:, None] - other.adding[None, :])
    enough = (mine.adding >= FEW)[:, None] & (other.adding >= FEW)[None, :]
    return np.asarray((gap < FEW) & enough & _both_visible(mine, other))


def _would_tell(mine: Numbered, other: Numbered) -> BoolArray:
    """Cells of which the difference is nobody, or a group that may not be shown."""
    more = other.people[None, :] - mine.people[:, None]
    group = np.abs(more)
    sensitivity = max(mine.definition.sensitivity, other.definition.sensitivity)
    tells, possible = is_small(group, sensitivity), np.ones_like(group, dtype=np.bool_)
    if mine.two and other.two:
        adding = np.sign(more) * (other.adding[None, :] - mine.adding[:, None])
        same = (group == 0) & (mine.adding[:, None] == other.adding[None, :])
        possible = same | ((group > 0) & (adding >= 0) & (adding <= group))
        tells |= are_few(adding, group, sensitivity)
    return np.asarray(tells & possible & _both_visible(mine, other))


def _both_visible(mine: Numbered, other: Numbered) -> BoolArray:
    return np.asarray(mine.visible[:, None] & other.visible[None, :])


def _agree(mine: Numbered, inside: BoolArray, other: Numbered, outside: BoolArray) -> bool:
    """Whether one base holds the other, and everybody of both adds the same to both."""
    both = inside & outside
    whole = min(np.count_nonzero(inside), np.count_nonzero(outside))
    if np.count_nonzero(both) != whole:
        return False
    return bool(np.array_equal(mine.adds[both], other.adds[both]))


def _place(number: Numbered, cell: Cell) -> Place:
    return number.definition.code, replace(cell, item=number.item)
