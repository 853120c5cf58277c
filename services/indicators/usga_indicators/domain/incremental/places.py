"""Where sums belong: a row for every PSU, for every cell, and for every cell of a PSU."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from usga_indicators.domain.codebook.column import IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
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

    def grouped(self) -> tuple[IntArray, IntArray]:
        """The different places, and for each entry its number among them."""
        places, group = np.unique(self.place, return_inverse=True)
        return places, group


def psus_of(frame: Frame) -> list[Psu]:
    """The PSU of each interview."""
    return list(zip(_texts(frame.stratum), _texts(frame.psu), strict=True))


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
    psu = np.array([psus.of(key) for key in psus_of(frame)], dtype=np.int64)[row]
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


def _texts(column: RawText) -> list[str]:
    """The texts of the rows, empty where there is none."""
    levels = [*column.levels, ""]
    return [levels[code] for code in column.codes.tolist()]
