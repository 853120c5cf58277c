"""Many interviews at once: summed by PSU and finest cell first, exactly, then placed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.codebook.column import BoolArray, FloatArray, IntArray, Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.design.codes import compact, first_rows
from usga_indicators.domain.incremental.contributions import (
    REASONS,
    TALLIES,
    Contribution,
    contribution_of,
    lacks_component,
)
from usga_indicators.domain.incremental.exact import ExactSums, upper_parts
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.tasks import Task

#: Fewer interviews, or groups of fewer, are placed one by one.
_LEAST, _LEAST_OF_GROUP = 5_000, 8


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The sums of an indicator by group: the nearest floats, and what they lack."""

    high: Contribution
    low: Contribution | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Interviews of one PSU that share every cell, as one."""

    of_row: IntArray
    frame: Frame
    cells: list[Partition]
    people: IntArray

    @classmethod
    def of(cls, frame: Frame, cells: Sequence[Partition]) -> "Groups | None":
        """The groups; None where grouping would not pay."""
        if len(frame) < _LEAST:
            return None
        stratum, psu = frame.stratum.codes + 1, frame.psu.codes + 1
        keys = compact(stratum * (int(psu.max()) + 1) + psu)
        for partition in cells:
            keys = compact(keys * (len(partition.cells) + 1) + (partition.cell + 1))
        count = int(keys.max()) + 1
        if count * _LEAST_OF_GROUP > len(frame):
            return None
        first = first_rows(keys, count)
        small = replace(
            frame,
            size=count,
            stratum=RawText(frame.stratum.codes[first], frame.stratum.levels),
            psu=RawText(frame.psu.codes[first], frame.psu.levels),
            columns={},
            repeats={},
        )
        inside = [replace(p, cell=p.cell[first]) for p in cells]
        return cls(keys, small, inside, np.bincount(keys, minlength=count))


class GroupedSums:
    """Adds up under one set of weights; what complete indicators share is added up once."""

    def __init__(self, groups: Groups, weights: FloatArray) -> None:
        self._group, self._count = groups.of_row, groups.frame.size
        self._weights, self._used = weights, weights != 0
        self._upper = upper_parts(weights[:, None], len(weights))[:, 0]
        self._lower = weights - self._upper
        self._whole = self._sums(self._used)

    def of(self, task: Task, frame: Frame) -> Grouped:
        """The sums of an indicator."""
        share = self._share(task) if task.is_linear else None
        if share is None:
            return self._of_columns(contribution_of(task, frame, self._weights))
        unknown, yes = share
        wy, ny = self._sums(yes)
        w, n = self._whole
        if unknown is not None:
            lost, fewer = self._sums(unknown)
            w, n = w.plus(lost, -1.0), n - fewer
        counted = self._tallies(task, frame)
        high = _laid_out(wy.high[:, 0], w.high[:, 0], n, ny, counted)
        none = np.zeros(self._count)
        low = _laid_out(wy.low[:, 0], w.low[:, 0], none, none, np.zeros_like(counted))
        return Grouped(high, low)

    def _share(self, task: Task) -> tuple[BoolArray | None, BoolArray] | None:
        """Who is outside the base and who is in the numerator, where x is 1 and y is 0 or 1.

        None for what is no such share; nobody is outside where the first is None.
        """
        y, x = task.data.numerators[:, 0], task.data.denominators[:, 0]
        yes, unknown = y == 1, np.isnan(y)
        if not ((x == 1) | unknown).all() or not (yes | (y == 0) | unknown).all():
            return None
        return self._used & unknown if unknown.any() else None, self._used & yes

    def _of_columns(self, columns: Contribution) -> Grouped:
        rows = np.arange(len(self._group))
        by_psu = ExactSums.grouped(self._group, rows, columns.by_psu, self._count)
        by_cell = ExactSums.grouped(self._group, rows, columns.by_cell, self._count)
        return Grouped(
            Contribution(by_psu.high, by_cell.high), Contribution(by_psu.low, by_cell.low)
        )

    def _sums(self, rows: BoolArray) -> tuple[ExactSums, FloatArray]:
        """Sums of the weights of some interviews, and how many they are.

        Weights are split on a grid, so that parts add up without rounding.
        """
        at = np.flatnonzero(rows)
        group = self._group[at]
        upper, lower = (
            np.bincount(group, part[at], self._count)[:, None].astype(np.float64)
            for part in (self._upper, self._lower)
        )
        return ExactSums.of_two(upper, lower), self._counted(group)

    def _counted(self, group: IntArray) -> FloatArray:
        return np.bincount(group, minlength=self._count).astype(np.float64)

    def _people(self, rows: BoolArray) -> FloatArray:
        at = np.flatnonzero(rows)
        return self._counted(self._group[at]) if len(at) else np.zeros(self._count)

    def _tallies(self, task: Task, frame: Frame) -> FloatArray:
        """Who is missing by reason, whose value is implied, who lacks a component."""
        missing = np.flatnonzero(self._used & (task.data.missing >= 0))
        keys = self._group[missing] * len(Kind) + task.data.missing[missing]
        by_kind = np.bincount(keys, minlength=self._count * len(Kind)).reshape(self._count, -1)
        columns: dict[str, FloatArray] = {
            name: by_kind[:, kind].astype(np.float64) for name, kind in REASONS.items()
        }
        columns["implied"] = self._people(self._used & task.data.implied)
        lacking = self._people(lacks_component(task.definition, frame))
        return np.stack([*(columns[name] for name in TALLIES), lacking], axis=1)


def _laid_out(
    wy: FloatArray, w: FloatArray, n: FloatArray, ny: FloatArray, counted: FloatArray
) -> Contribution:
    """In the order of an indicator's columns: of a share x is 1, and y is its own square."""
    by_cell = np.stack([wy, w, n, wy, wy, w, w, ny], axis=1)
    return Contribution(
        np.stack([wy, w, n, n], axis=1), np.concatenate([by_cell, counted], axis=1)
    )


def joined(parts: Sequence[Contribution | None]) -> Contribution | None:
    """The columns of several indicators side by side; None where any has none."""
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return Contribution(
        np.concatenate([part.by_psu for part in found], axis=1),
        np.concatenate([part.by_cell for part in found], axis=1),
    )
