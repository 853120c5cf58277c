"""Shipped indicators of which one is part of another: what is between them (D-01, D-04).

Whoever was trafficked in the last year was in the last three: the difference of both counts is
the people of the two years before. Shipped definitions are known to everybody, so this is looked
for in the interviews themselves: where all who have the one have the other too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.counted import (
    Numbered,
    are_few,
    cells_of,
    numbers_of,
)
from usga_indicators.domain.tabulation.subtraction import FEW, Place
from usga_indicators.domain.tabulation.tasks import tasks_of

IntArray = NDArray[np.int64]


def nested(
    definitions: Sequence[Definition], frame: Frame, parts: Sequence[Partition]
) -> frozenset[Place]:
    """Cells of one of two, where the people between both are too few to be shown.

    In the whole sample everybody with the one has the other; that ten people have it at least
    keeps chance out. Where the base of the other holds that of the one, alike for whoever is in
    both, the people between both are a group of their own: no definition was made to choose
    them, so it is their number that counts. What is no key figure
    gives way, or else the later code. Parts of a mean or difference are not told one by one.
    """
    numbers = [
        number
        for task in tasks_of([d for d in definitions if not d.parts], frame)
        for number in numbers_of(task, frame, parts)
        if number.two and np.count_nonzero(number.adds) >= FEW
    ]
    cells = [cell for cell, _ in cells_of(parts)]
    found: set[Place] = set()
    for small, large, agree in _inside(numbers):
        gives_way = max(small, large, key=_rank)
        for place in _told(small, large, agree=agree):
            found.add((gives_way.definition.code, replace(cells[place], item=gives_way.item)))
    return frozenset(found)


def _inside(numbers: Sequence[Numbered]) -> Iterator[tuple[Numbered, Numbered, bool]]:
    """Pairs of which the one is part of the other, and whether their bases agree."""
    if not numbers:
        return
    having = np.array([number.adds for number in numbers], dtype=np.float32)
    asked = np.array([number.base for number in numbers], dtype=np.float32)
    have, are = having.sum(axis=1)[:, None], asked.sum(axis=1)[:, None]
    part = having @ having.T == have
    agree = (asked @ asked.T == are) & (asked @ having.T == have)
    for at, beside in np.argwhere(part).tolist():
        small, large = numbers[at], numbers[beside]
        if _are_of_one_kind(small.definition, large.definition):
            yield small, large, bool(agree[at, beside])


def _are_of_one_kind(one: Definition, other: Definition) -> bool:
    same_form = one.instrument == other.instrument and one.unit == other.unit
    return one.code != other.code and same_form


def _rank(number: Numbered) -> tuple[bool, str]:
    return number.definition.key_figure is None, number.definition.code


def _told(small: Numbered, large: Numbered, *, agree: bool) -> Iterator[int]:
    """Cells in which both may be seen, and the people between both may not."""
    places, mine, theirs = np.intersect1d(
        small.places, large.places, assume_unique=True, return_indices=True
    )
    seen = small.visible[mine] & large.visible[theirs]
    more = large.people[theirs] - small.people[mine]
    having = large.adding[theirs] - small.adding[mine]
    tells = (having >= 1) & (having < FEW)
    if agree:
        sensitivity = max(small.definition.sensitivity, large.definition.sensitivity)
        group = (more < FEW) | are_few(having, more, sensitivity)
        tells |= (more > 0) & group
    for at in np.flatnonzero(seen & tells):
        yield int(places[at])
