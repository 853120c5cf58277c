"""The published system: cells, and the sums that an attacker knows to hold between them.

One two-way table, one with a hierarchy of areas, or several tables that share cells: all are cells
and equations `sum of parts - total = 0`, so one method protects them together.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Sums may miss their total by this share of it: values that were rounded are no system.
ADDITIVITY = 1e-9
#: Answers kept of each kind; a release of all indicators beside two others has some 250 systems.
REMEMBERED = 256
#: Systems of more cells are answered anew, which bounds the memory.
LARGEST_REMEMBERED = 2_000


class SuppressionError(ValueError):
    """A system that cannot be protected as asked; `place` names the sum or cell."""

    code = "suppression-invalid"

    def __init__(self, message: str, *, place: int) -> None:
        super().__init__(message)
        self.place = place


class NotAdditive(SuppressionError):
    """Parts do not add up to their total: what is published would not be what is protected."""

    code = "not-additive"


class Unprotectable(SuppressionError):
    """No pattern protects this cell: too little else may be hidden."""

    code = "unprotectable"


@dataclass(frozen=True, slots=True)
class Need:
    """A cell that must not be published, and how far an attacker's interval must reach.

    At least to `value + above`, and down to `value - below` (to zero where that is negative).
    """

    cell: int
    above: float
    below: float


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` is the sum of `parts`; all are places of cells."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveSystem:
    """Cells that are not negative, the sums between them, and what hiding each costs.

    Cells in `shown` stay published. Raises NotAdditive.
    """

    values: FloatArray
    sums: tuple[Sum, ...]
    costs: FloatArray
    shown: frozenset[int]

    def __post_init__(self) -> None:
        scale = max(1.0, float(np.abs(self.values).max(initial=0.0)))
        for place, each in enumerate(self.sums):
            parts, total = self.values[list(each.parts)].sum(), self.values[each.total]
            if not abs(parts - total) <= ADDITIVITY * scale:
                raise NotAdditive(f"parts add up to {parts:g}, not to {total:g}", place=place)

    def __len__(self) -> int:
        return len(self.values)

    def asked(self, *, costs: bool = True) -> "Asked":
        """The system by its content; without `costs` as readers have it, whatever hiding costs."""
        priced = (self.costs.tobytes(), self.shown) if costs else ()
        return Asked((self.values.tobytes(), self.sums, priced), self)

    def equations(self) -> "scipy.sparse.csr_array":
        """One row per sum: +1 for its parts, -1 for its total."""
        rows, columns, signs = [], [], []
        for row, each in enumerate(self.sums):
            for cell, sign in [*((p, 1.0) for p in each.parts), (each.total, -1.0)]:
                rows.append(row)
                columns.append(cell)
                signs.append(sign)
        shape = (len(self.sums), len(self.values))
        return scipy.sparse.csr_array((signs, (rows, columns)), shape=shape)

    def is_network(self) -> bool:
        """Whether the sums are those of one two-way table (a bipartite network), or simpler.

        In a network a change of one cell need never be larger elsewhere than in the cell itself
        (its matrix is totally unimodular). Decided by colouring: every cell in at most two sums,
        and the sums two-coloured so that a shared cell adds in one and subtracts in the other.
        """
        where: dict[int, list[tuple[int, int]]] = {}
        for row, each in enumerate(self.sums):
            for cell, sign in [*((p, 1) for p in each.parts), (each.total, -1)]:
                where.setdefault(cell, []).append((row, sign))
        links: dict[int, list[tuple[int, int]]] = {}
        for found in where.values():
            if len(found) > 2:  # noqa: PLR2004 - rows and columns
                return False
            if len(found) == 2:  # noqa: PLR2004
                (one, s), (other, t) = found
                links.setdefault(one, []).append((other, -s * t))
                links.setdefault(other, []).append((one, -s * t))
        return _colours(links)


@dataclass(frozen=True, slots=True)
class Asked:
    """A system that equals every other of the same content, so that answers can be remembered.

    A release is attacked when its cells are chosen, stored and published, and computed anew when
    it is verified: the questions are the same ones.
    """

    content: tuple[Hashable, ...]
    system: AdditiveSystem = field(compare=False)


def _colours(links: dict[int, list[tuple[int, int]]]) -> bool:
    colour: dict[int, int] = {}
    for start in links:
        if start in colour:
            continue
        colour[start], waiting = 1, [start]
        while waiting:
            row = waiting.pop()
            for other, sign in links[row]:
                wanted = colour[row] * sign
                if other not in colour:
                    colour[other] = wanted
                    waiting.append(other)
                elif colour[other] != wanted:
                    return False
    return True


def two_way(
    table: Sequence[Sequence[float]], costs: Sequence[Sequence[float]] | None = None
) -> AdditiveSystem:
    """A table with totals in its last row and column; cells row by row, the grand total shown.

    Without `costs` every cell costs one. Raises NotAdditive.
    """
    values = np.asarray(table, dtype=np.float64)
    rows, columns = values.shape
    place = np.arange(values.size).reshape(rows, columns)
    lines: Iterable[NDArray[np.int64]] = [*place, *place.T]
    return AdditiveSystem(
        values=values.ravel(),
        sums=tuple(Sum(int(line[-1]), tuple(int(c) for c in line[:-1])) for line in lines),
        costs=np.ones(values.size) if costs is None else np.asarray(costs, np.float64).ravel(),
        shown=frozenset({values.size - 1}),
    )
