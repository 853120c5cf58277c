"""PSU totals of every indicator in every cell, moved by the interviews that came and went."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.codebook.column import IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.incremental.contributions import (
    Contribution,
    Widths,
    contribution_of,
    widths_of,
)
from usga_indicators.domain.incremental.exact import ExactSums
from usga_indicators.domain.incremental.places import Entries, Places, Psu, entries, psus_of
from usga_indicators.domain.tabulation.breakdowns import Cell, partitions
from usga_indicators.domain.tabulation.tasks import Task, tasks_of

#: Numbers that are worked on at once: bounds memory when many interviews come at a time.
_AT_ONCE = 4_000_000


class OtherIndicators(ValueError):
    """The interviews answer other indicators than those of the sums: count anew."""


@dataclass(frozen=True, slots=True)
class Outline:
    """An indicator without its interviews, and its columns among the sums."""

    task: Task
    by_psu: slice
    by_cell: slice


class SufficientStatistics:
    """Sums of interviews from which every linear estimate follows; quantiles do not.

    They hold under a fixed set of weights: an interview that leaves must weigh what it weighed
    when it came. Sums are exact, so any order of events that ends with the same interviews ends
    with the same bits.
    """

    def __init__(
        self, definitions: Sequence[Definition], area_of_stratum: Mapping[str, str]
    ) -> None:
        self.definitions, self.areas = tuple(definitions), dict(area_of_stratum)
        self.outlines: list[Outline] = []
        self.psus: Places[Psu] = Places()
        self.cells: Places[Cell] = Places()
        self.pairs: Places[tuple[int, int]] = Places()
        self.interviews_of_psu = np.zeros(0, dtype=np.int64)
        self.interviews_of_cell = np.zeros(0, dtype=np.int64)
        self.by_psu = ExactSums.zeros(0, 0)
        self.by_cell = ExactSums.zeros(0, 0)
        self.columns: dict[str, bool] = {}
        """Variables of the interviews, and whether each is a number: they name the breakdowns."""

    @property
    def interviews(self) -> int:
        """How many interviews the sums stand for, those without weight included."""
        return int(self.interviews_of_psu.sum())

    def add(self, frame: Frame) -> None:
        """Take interviews in. Raises OtherIndicators."""
        self._move(frame, 1.0)

    def take_away(self, frame: Frame) -> None:
        """Take interviews out, as they were when they came in. Raises OtherIndicators."""
        self._move(frame, -1.0)

    def add_sums(
        self,
        groups: Frame,
        tasks: Sequence[Task],
        sums: Mapping[tuple[str, str], Contribution],
        people: IntArray,
    ) -> None:
        """Take in sums that an engine made of groups of interviews, each of one PSU and one cell
        of every breakdown. Raises OtherIndicators.
        """
        self._open(tasks, groups)
        self._place(groups, people, 1.0, lambda task: sums[task.key])

    def _move(self, frame: Frame, sign: float) -> None:
        if len(frame) == 0:
            return
        tasks = {task.key: task for task in tasks_of(self.definitions, frame)}
        self._open(list(tasks.values()), frame)
        self._place(
            frame,
            np.ones(len(frame), dtype=np.int64),
            sign,
            lambda task: contribution_of(tasks[task.key], frame, weights_of(frame, task.weight)),
        )

    def _open(self, tasks: Sequence[Task], frame: Frame) -> None:
        """Give each indicator its columns, or see that these are the ones that have them."""
        columns = {name: c.numbers is not None for name, c in frame.columns.items()}
        if not self.outlines:
            self.outlines = _outlines(tasks)
            self.columns = columns
            self.by_psu = ExactSums.zeros(0, self._width().by_psu)
            self.by_cell = ExactSums.zeros(0, self._width().by_cell)
        known = [outline.task.key for outline in self.outlines]
        if [task.key for task in tasks] != known or columns != self.columns:
            raise OtherIndicators

    def _place(
        self,
        frame: Frame,
        people: IntArray,
        sign: float,
        contribution: Callable[[Task], Contribution],
    ) -> None:
        of_cell, of_pair = entries(
            frame,
            partitions(frame, self.areas),
            psus=self.psus,
            of_cell=self.cells,
            of_pair=self.pairs,
        )
        self._make_room()
        psus = np.array([self.psus.of(key) for key in psus_of(frame)], dtype=np.int64)
        moved = people * int(sign)
        np.add.at(self.interviews_of_psu, psus, moved)
        np.add.at(self.interviews_of_cell, of_cell.place, moved[of_cell.row])
        for some in _chunks(len(frame), self.outlines):
            self._place_some(
                some, [contribution(each.task) for each in some], (of_cell, of_pair), sign
            )

    def _place_some(
        self,
        outlines: Sequence[Outline],
        parts: Sequence[Contribution],
        where: tuple[Entries, Entries],
        sign: float,
    ) -> None:
        first, last = outlines[0], outlines[-1]
        for sums, columns, values, entry in (
            (
                self.by_cell,
                slice(first.by_cell.start, last.by_cell.stop),
                np.concatenate([p.by_cell for p in parts], axis=1),
                where[0],
            ),
            (
                self.by_psu,
                slice(first.by_psu.start, last.by_psu.stop),
                np.concatenate([p.by_psu for p in parts], axis=1),
                where[1],
            ),
        ):
            rows, group = entry.grouped()
            change = ExactSums.grouped(group, entry.row, values, len(rows))
            sums.columns(columns).move(rows, change, sign)

    def _width(self) -> Widths:
        last = self.outlines[-1] if self.outlines else None
        return Widths(last.by_psu.stop, last.by_cell.stop) if last else Widths(0, 0)

    def _make_room(self) -> None:
        self.by_psu = _with_room(self.by_psu, len(self.pairs))
        self.by_cell = _with_room(self.by_cell, len(self.cells))
        self.interviews_of_psu = _padded(self.interviews_of_psu, len(self.psus))
        self.interviews_of_cell = _padded(self.interviews_of_cell, len(self.cells))

    def people_in(self, cell: Cell) -> int:
        """How many interviews a cell has, those without weight included."""
        row = self.cells.known(cell)
        return 0 if row is None else int(self.interviews_of_cell[row])

    def pair_places(self) -> tuple[IntArray, IntArray]:
        """PSU and cell of each row of `by_psu`."""
        found = np.array(self.pairs.keys, dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]


def weights_of(frame: Frame, weight: Weight) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The weights of one kind."""
    return frame.w_household if weight is Weight.HOUSEHOLD else frame.w_person


def _outlines(tasks: Sequence[Task]) -> list[Outline]:
    found: list[Outline] = []
    psu = cell = 0
    for task in tasks:
        width = widths_of(task)
        data = task.data
        nobody = replace(
            data,
            numerators=data.numerators[:0],
            denominators=data.denominators[:0],
            missing=data.missing[:0],
            implied=data.implied[:0],
            values=None,
            person=None,
        )
        found.append(
            Outline(
                replace(task, data=nobody),
                slice(psu, psu + width.by_psu),
                slice(cell, cell + width.by_cell),
            )
        )
        psu, cell = psu + width.by_psu, cell + width.by_cell
    return found


def _chunks(rows: int, outlines: Sequence[Outline]) -> Iterator[Sequence[Outline]]:
    """As many indicators at once as memory allows."""
    start = 0
    for at, outline in enumerate(outlines):
        first = outlines[start]
        if at > start and rows * (outline.by_cell.stop - first.by_cell.start) > _AT_ONCE:
            yield outlines[start:at]
            start = at
    if outlines:
        yield outlines[start:]


def _with_room(sums: ExactSums, rows: int) -> ExactSums:
    """Grown by half at least, so that new cells cost little."""
    have = len(sums.high)
    return sums if have >= rows else sums.grown(max(rows, have + have // 2))


def _padded(counts: IntArray, size: int) -> IntArray:
    return np.pad(counts, (0, max(0, size - len(counts))))
