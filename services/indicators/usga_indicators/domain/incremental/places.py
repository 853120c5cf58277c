"""Where sums belong: a row for every PSU, for every cell, and for every cell of a PSU."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import scipy

from usga_indicators.domain.codebook.column import FloatArray, IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.incremental.exact import ExactSums
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition

#: A PSU by the names of its stratum and itself.
Psu = tuple[str, str]
Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Places(Generic[Key]):
    """Rows by key, given in the order of appearance and never taken back."""

    keys: list[Key] = field(default_factory=list)
    _row: dict[Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, key: Key) -> int:
        """The row of a key; a new one gets the next."""
        row = self._row.setdefault(key, len(self.keys))
        if row == len(self.keys):
            self.keys.append(key)
        return row

    def known(self, key: Key) -> int | None:
        """The row of a key, None for a new one."""
        return self._row.get(key)


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Interviews by place: interview `row[i]` counts in `place[i]`."""

    row: IntArray
    place: IntArray

    def gathering(self, rows: int) -> "Gathering":
        """How values of `rows` interviews are added up, worked out once for many of them."""
        places, group = np.unique(self.place, return_inverse=True)
        return Gathering(
            places,
            scipy.sparse.csr_matrix((np.ones(len(group)), (group, self.row)), (len(places), rows)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Gathering:
    """The different places, and a matrix that adds up what belongs to each."""

    places: IntArray
    matrix: "scipy.sparse.csr_matrix"

    def exact(self, values: FloatArray) -> ExactSums:
        """Sums that do not round."""
        return ExactSums.gathered(self.matrix, values)

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Sums of whole numbers, which do not round anyway."""
        return np.asarray(self.matrix @ counts)


def psu_rows(frame: Frame, psus: Places[Psu]) -> IntArray:
    """The row of each interview's PSU."""
    stratum, psu = frame.stratum.wide + 1, frame.psu.wide + 1  # 0 where there is none
    width = len(frame.psu.levels) + 1
    different, of_row = np.unique(stratum * width + psu, return_inverse=True)
    strata, names = ("", *frame.stratum.levels), ("", *frame.psu.levels)
    rows = [psus.of((strata[key // width], names[key % width])) for key in different.tolist()]
    return np.array(rows, dtype=np.int64)[of_row]


def entries(
    frame: Frame,
    cells: Sequence[Partition],
    *,
    psus: Places[Psu],
    of_cell: Places[Cell],
    of_pair: Places[tuple[int, int]],
) -> tuple[Entries, Entries]:
    """By cell, and by cell of a PSU: an interview counts once in each breakdown that has it."""
    rows: list[IntArray] = []
    places: list[IntArray] = []
    for partition in cells:
        inside = np.flatnonzero(partition.cell >= 0)
        numbers = {
            int(at): of_cell.of(partition.cells[at]) for at in np.unique(partition.cell[inside])
        }
        rows.append(inside)
        places.append(_looked_up(numbers, partition.cell[inside]))
    row, cell = np.concatenate(rows), np.concatenate(places)
    psu = psu_rows(frame, psus)[row]
    keys = psu * (len(of_cell) + 1) + cell
    different, first, group = np.unique(keys, return_index=True, return_inverse=True)
    pairs = np.array(
        [of_pair.of((int(psu[at]), int(cell[at]))) for at in first], dtype=np.int64
    ).reshape(len(different))
    return Entries(row, cell), Entries(row, pairs[group])


def _looked_up(numbers: dict[int, int], values: IntArray) -> IntArray:
    table = np.zeros(max(numbers, default=0) + 1, dtype=np.int64)
    for value, number in numbers.items():
        table[value] = number
    return table[values]
