"""PSU totals of every indicator in every cell, moved by the interviews that came and went."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from usga_indicators.domain.codebook.column import FloatArray, IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.incremental.contributions import (
    Contribution,
    Widths,
    contribution_of,
    widths_of,
)
from usga_indicators.domain.incremental.exact import ExactSums
from usga_indicators.domain.incremental.groups import (
    Grouped,
    GroupedShare,
    GroupedSums,
    Groups,
    joined,
    laid_out,
)
from usga_indicators.domain.incremental.ledger import Ledger
from usga_indicators.domain.incremental.places import (
    Gathering,
    Places,
    Psu,
    entries,
    psu_rows,
)
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition, partitions
from usga_indicators.domain.tabulation.measures import NotComputable, prepare
from usga_indicators.domain.tabulation.people_values import pairs_of
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
        self,
        definitions: Sequence[Definition],
        area_of_stratum: Mapping[str, str],
        *,
        partitions_of: Callable[[Frame, Mapping[str, str]], Sequence[Partition]] = partitions,
    ) -> None:
        self.definitions, self.areas = tuple(definitions), dict(area_of_stratum)
        self._partitions_of = partitions_of
        self.outlines: list[Outline] = []
        self.psus: Places[Psu] = Places()
        self.cells: Places[Cell] = Places()
        self.pairs: Places[tuple[int, int]] = Places()
        self.interviews_of_psu = np.zeros(0, dtype=np.int64)
        self.interviews_of_cell = np.zeros(0, dtype=np.int64)
        self.by_psu = ExactSums.zeros(0, 0)
        self.by_cell = ExactSums.zeros(0, 0)
        self.ledger = Ledger()
        self.columns: dict[str, bool] = {}
        """Variables of the interviews, and whether each is a number: they name the breakdowns."""

    @property
    def interviews(self) -> int:
        """How many interviews the sums stand for, those without weight included."""
        return int(self.interviews_of_psu.sum())

    def partitions(self, frame: Frame) -> list[Partition]:
        """The cells of interviews."""
        return list(self._partitions_of(frame, self.areas))

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
        """Take in sums that an engine made of groups of interviews. Raises OtherIndicators.

        A group is of one PSU, and of one cell of every breakdown.
        """
        self._open(tasks, groups)
        self.ledger.whole = False  # of groups there are sums alone
        self._place(
            (groups, self.partitions(groups), people), 1.0, lambda task: Grouped(sums[task.key])
        )

    def join(self, other: "SufficientStatistics") -> None:
        """Take in what other sums stand for. Raises OtherIndicators."""
        if not other.outlines:
            return
        if not self.outlines:
            self._open_for(other.outlines, other.columns)
        mine = [outline.task.key for outline in self.outlines]
        if [o.task.key for o in other.outlines] != mine or other.columns != self.columns:
            raise OtherIndicators
        psus = np.array([self.psus.of(key) for key in other.psus.keys], dtype=np.int64)
        cells = np.array([self.cells.of(key) for key in other.cells.keys], dtype=np.int64)
        pairs = np.array(
            [self.pairs.of((int(psus[p]), int(cells[c]))) for p, c in other.pairs.keys],
            dtype=np.int64,
        )
        self._make_room()
        self.interviews_of_psu[psus] += other.interviews_of_psu[: len(psus)]
        self.interviews_of_cell[cells] += other.interviews_of_cell[: len(cells)]
        self.by_psu.move(pairs, other.by_psu.take(np.arange(len(pairs))), 1.0)
        self.by_cell.move(cells, other.by_cell.take(np.arange(len(cells))), 1.0)
        self.ledger.join(other.ledger, cells)

    def _move(self, frame: Frame, sign: float) -> None:
        if len(frame) == 0:
            return
        self._open(None, frame)
        cells = self.partitions(frame)
        groups = Groups.of(frame, cells)
        if groups is None:
            one = np.ones(len(frame), dtype=np.int64)
            self._place(
                (frame, cells, one),
                sign,
                lambda task: _each(_on(task, frame), frame),
            )
            return
        sums = {
            weight: GroupedSums(groups, weights_of(frame, weight))
            for weight in {outline.task.weight for outline in self.outlines}
        }
        self._place(
            (groups.frame, groups.cells, groups.people),
            sign,
            lambda task: _summed(sums[task.weight], task, frame),
        )

    def _open(self, tasks: Sequence[Task] | None, frame: Frame) -> None:
        """Give each indicator its columns, or see that these are the ones that have them.

        Without `tasks` they are what the interviews can answer.
        """
        columns = {name: c.numbers is not None for name, c in frame.columns.items()}
        if not self.outlines:
            found = tasks_of(self.definitions, frame.part(0, 1)) if tasks is None else tasks
            self._open_for(_outlines(found), columns)
        known = [outline.task.key for outline in self.outlines]
        others = tasks is not None and [task.key for task in tasks] != known
        if others or columns != self.columns:
            raise OtherIndicators

    def _open_for(self, outlines: Sequence[Outline], columns: Mapping[str, bool]) -> None:
        self.outlines, self.columns = list(outlines), dict(columns)
        self.by_psu = ExactSums.zeros(0, self._width().by_psu)
        self.by_cell = ExactSums.zeros(0, self._width().by_cell)

    def _place(
        self,
        who: tuple[Frame, Sequence[Partition], IntArray],
        sign: float,
        sums_of: Callable[[Task], Grouped | GroupedShare],
    ) -> None:
        """Move the sums by groups of people: where they belong, their cells, how many they are."""
        frame, cells, people = who
        of_cell, of_pair = entries(
            frame, cells, psus=self.psus, of_cell=self.cells, of_pair=self.pairs
        )
        self._make_room()
        psus = psu_rows(frame, self.psus)
        moved = people * int(sign)
        np.add.at(self.interviews_of_psu, psus, moved)
        np.add.at(self.interviews_of_cell, of_cell.place, moved[of_cell.row])
        where = of_cell.gathering(len(frame)), of_pair.gathering(len(frame))
        numbers = {outline.task.key: at for at, outline in enumerate(self.outlines)}
        for some in _chunks(len(frame), self.outlines):
            parts = [(each, sums_of(each.task)) for each in some]
            for each, sums in parts:
                if isinstance(sums, Grouped) and sums.pairs is not None:
                    number = numbers[each.task.key]
                    self.ledger.move(number, sums.pairs, sums.of_row, where[0], sign)
            for is_share, run in groupby(parts, lambda p: isinstance(p[1], GroupedShare)):
                outlines, found = zip(*run, strict=True)
                placed = _shares(found, where) if is_share else _others(found, where)
                self._put(outlines, where, placed, sign)

    def _put(
        self,
        outlines: Sequence[Outline],
        where: tuple[Gathering, Gathering],
        sums: tuple[ExactSums, ExactSums],
        sign: float,
    ) -> None:
        """Move the columns of neighbours by sums by cell and by PSU."""
        first, last = outlines[0], outlines[-1]
        of_cell = self.by_cell.columns(slice(first.by_cell.start, last.by_cell.stop))
        of_psu = self.by_psu.columns(slice(first.by_psu.start, last.by_psu.stop))
        of_cell.move(where[0].places, sums[0], sign)
        of_psu.move(where[1].places, sums[1], sign)

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


def _shares(
    found: Sequence[GroupedShare], where: tuple[Gathering, Gathering]
) -> tuple[ExactSums, ExactSums]:
    """Sums of shares by cell and by PSU; those that are the same are added up once."""
    high = np.concatenate([each.weights.high for each in found], axis=1)
    low = np.concatenate([each.weights.low for each in found], axis=1)
    counts = np.concatenate([each.counts for each in found], axis=1)
    cell, psu = ((at.exact(high).plus(at.exact(low)), at.of_counts(counts)) for at in where)
    return laid_out(*cell, by_cell=True), laid_out(*psu, by_cell=False)


def _others(
    found: Sequence[Grouped], where: tuple[Gathering, Gathering]
) -> tuple[ExactSums, ExactSums]:
    of_cell, of_psu = where
    high, low = joined([p.high for p in found]), joined([p.low for p in found])
    assert high is not None
    cell, psu = of_cell.exact(high.by_cell), of_psu.exact(high.by_psu)
    if low is not None:
        cell, psu = cell.plus(of_cell.exact(low.by_cell)), psu.plus(of_psu.exact(low.by_psu))
    return cell, psu


def _each(task: Task, frame: Frame) -> Grouped:
    """An indicator of interviews that are placed one by one."""
    weights = weights_of(frame, task.weight)
    return Grouped(contribution_of(task, frame, weights), pairs=pairs_of(task, weights != 0))


def _on(task: Task, frame: Frame) -> Task:
    """An indicator worked out on these interviews when its turn comes, to hold one at a time."""
    try:
        return replace(task, data=prepare(task.definition, frame))
    except NotComputable as lacking:
        raise OtherIndicators from lacking


def _summed(sums: GroupedSums, task: Task, frame: Frame) -> Grouped | GroupedShare:
    try:
        return sums.of(task, frame)
    except NotComputable as lacking:
        raise OtherIndicators from lacking


def weights_of(frame: Frame, weight: Weight) -> FloatArray:
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
