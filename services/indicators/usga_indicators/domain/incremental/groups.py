"""Many interviews at once: summed by PSU and finest cell first, exactly, then placed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.codebook.column import FloatArray, IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition.conditions import needs_values
from usga_indicators.domain.design.codes import compact, first_rows
from usga_indicators.domain.incremental.contributions import (
    COUNTED,
    REASONS,
    TALLIES,
    Contribution,
    contribution_of,
    lacks_component,
)
from usga_indicators.domain.incremental.exact import ExactSums, upper_parts
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.measures import prepare_each
from usga_indicators.domain.tabulation.patterns import Patterns
from usga_indicators.domain.tabulation.people_values import Pairs, pairs_of
from usga_indicators.domain.tabulation.tasks import Task

#: Fewer interviews, or groups of fewer, are placed one by one.
_LEAST, _LEAST_OF_GROUP = 5_000, 8
#: Sums of a share: w y, w, rows, rows with y, and who is missing. Its x is 1, y its own square.
_OF_WEIGHT, _COUNTS = 2, 2 + COUNTED
_BY_PSU = [0, 1, 2, 2]
_BY_CELL = [0, 1, 2, 0, 0, 1, 1, *range(3, _OF_WEIGHT + _COUNTS)]


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The sums of an indicator by group: the nearest floats, and what they lack."""

    high: Contribution
    low: Contribution | None = None
    pairs: Pairs | None = None
    """Numbers of interviews, where counts do not say all that a cell tells."""
    of_row: IntArray | None = None
    """The group of each interview, where they were grouped."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupedShare:
    """The same of a share, whose sums are w y, w and counts: each once."""

    weights: ExactSums
    counts: FloatArray


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
        stratum, psu = frame.stratum.wide + 1, frame.psu.wide + 1
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
    """Adds up under one set of weights: of shares by what interviews answer, before any logic."""

    def __init__(self, groups: Groups, weights: FloatArray) -> None:
        self._group, self._count, self._weights = groups.of_row, groups.frame.size, weights
        used = weights != 0
        self._used = None if used.all() else np.flatnonzero(used)
        self._upper = upper_parts(weights[:, None], len(weights))[:, 0]
        self._lower = weights - self._upper

    def of(self, task: Task, frame: Frame) -> Grouped | GroupedShare:
        """The sums of an indicator. Raises NotComputable."""
        alike = Patterns.of(task.definition, frame)
        if alike is None:
            return self._of_rows(replace(task, data=prepare_each(task.definition, frame)), frame)
        small = replace(task, data=prepare_each(task.definition, alike.frame))
        if needs_values(task.definition) or not _is_share(small):
            return self._of_rows(replace(task, data=small.data.take(alike.of_row)), frame)
        return self._of_share(small, alike)

    def _of_share(self, task: Task, alike: Patterns) -> GroupedShare:
        """Sums by group and pattern, and then of the patterns that count."""
        data, count = task.data, len(alike.frame)
        key = self._group * count + alike.of_row
        everybody = lacks_component(task.definition, alike.frame)
        lacking = self._added(key, count) if self._used is not None and everybody.any() else None
        upper, lower = self._upper, self._lower
        if self._used is not None:
            key, upper, lower = key[self._used], upper[self._used], lower[self._used]
        y = data.numerators[:, 0]
        known, yes = ~np.isnan(y), y == 1
        of_weight = np.stack([yes, known], axis=1).astype(np.float64)
        reasons = {name: data.missing == kind for name, kind in REASONS.items()}
        reasons["implied"] = data.implied
        told = [known, yes, *(reasons[name] for name in TALLIES), everybody]
        people = self._added(key, count)
        counts = people @ np.stack(told, axis=1).astype(np.float64)
        if lacking is not None:
            counts[:, -1] = lacking @ everybody
        return GroupedShare(
            ExactSums.of_two(
                self._added(key, count, upper) @ of_weight,
                self._added(key, count, lower) @ of_weight,
            ),
            counts,
        )

    def _added(self, key: IntArray, count: int, values: FloatArray | None = None) -> FloatArray:
        """Sums by group and pattern: how many, without values."""
        found = np.bincount(key, values, self._count * count)
        return found.astype(np.float64, copy=False).reshape(self._count, count)

    def _of_rows(self, task: Task, frame: Frame) -> Grouped:
        columns = contribution_of(task, frame, self._weights)
        rows = np.arange(len(self._group))
        by_psu = ExactSums.grouped(self._group, rows, columns.by_psu, self._count)
        by_cell = ExactSums.grouped(self._group, rows, columns.by_cell, self._count)
        return Grouped(
            Contribution(by_psu.high, by_cell.high),
            Contribution(by_psu.low, by_cell.low),
            pairs_of(task, self._weights != 0),
            self._group,
        )


def _is_share(task: Task) -> bool:
    """Whether x is 1 and y is 0 or 1: then many sums are the same."""
    if not task.is_linear:
        return False
    y, x = task.data.numerators[:, 0], task.data.denominators[:, 0]
    unknown = np.isnan(y)
    return bool(((x == 1) | unknown).all() and ((y == 1) | (y == 0) | unknown).all())


def laid_out(weights: ExactSums, counts: FloatArray, *, by_cell: bool) -> ExactSums:
    """Sums of shares side by side in the order of their columns: by cell, or by PSU."""
    rows = len(counts)
    order = _BY_CELL if by_cell else _BY_PSU
    counted = counts.reshape(rows, -1, _COUNTS)
    shares = counted.shape[1]
    high, low = np.zeros((2, rows, shares, len(order)))
    upper, lower = (part.reshape(rows, shares, -1) for part in (weights.high, weights.low))
    for at, place in enumerate(order):
        if place < _OF_WEIGHT:
            high[..., at], low[..., at] = upper[..., place], lower[..., place]
        else:
            high[..., at] = counted[..., place - _OF_WEIGHT]
    return ExactSums(high.reshape(rows, -1), low.reshape(rows, -1))


def joined(parts: Sequence[Contribution | None]) -> Contribution | None:
    """The columns of several indicators side by side; None where any has none."""
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return Contribution(
        np.concatenate([part.by_psu for part in found], axis=1),
        np.concatenate([part.by_cell for part in found], axis=1),
    )
