"""Solve the published system as an attacker would (rule D-03).

For each hidden cell the least and the largest value over all tables that agree with what is
published, add up, and are not negative: two linear programmes (Fischetti and Salazar 2001,
"Solving the cell suppression problem on tabular data with linear constraints", section 2).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

import numpy as np
import scipy

from usga_indicators.domain.disclosure.suppression.corners import ranges
from usga_indicators.domain.disclosure.suppression.system import (
    LARGEST_REMEMBERED,
    REMEMBERED,
    AdditiveSystem,
    Asked,
    FloatArray,
    Need,
)

_UNBOUNDED = 3
#: Needs smaller than this share of the largest value are judged by moves in their own unit.
FINEST = 1e-8
_FEW = 4  # so few cells get linear programmes of their own at once
_HALF = 0.5
_FAR = 2.0
_WORTH = 0.1


@dataclass(frozen=True, slots=True)
class Interval:
    """What an attacker can say of a hidden cell; `upper` may be infinite."""

    cell: int
    lower: float
    upper: float

    def protects(self, need: Need, value: float) -> bool:
        """Whether it reaches as far as the need says."""
        below = min(need.below, value)
        return self.upper >= value + need.above - _slack(
            need.above
        ) and self.lower <= value - below + _slack(below)


def _slack(amount: float) -> float:
    """The solver's rounding; never as much as the need."""
    return min(1e-6 + 1e-9 * amount, amount / 2.0)


def too_fine(system: AdditiveSystem, need: Need) -> bool:
    """Whether rounding of the largest value could pass for what a cell needs."""
    amounts = [a for a in (need.above, min(need.below, float(system.values[need.cell]))) if a]
    largest = float(system.values.max(initial=0.0))
    return bool(amounts) and min(amounts) < FINEST * largest


def intervals(
    system: AdditiveSystem,
    hidden: Collection[int],
    *,
    cells: Collection[int] | None = None,
    known: Collection[int] = (),
) -> list[Interval]:
    """The interval of each hidden cell (or of `cells` among them), in order.

    `known` are hidden cells that this attacker knows, as the only contributor to them.
    """
    attack = _Attack.on(system, set(hidden) - set(known))
    wanted = set(attack.unknown) if cells is None else set(cells).intersection(attack.unknown)
    found = []
    for cell in sorted(wanted):
        lowest, highest = attack.push({cell: -1.0}), attack.push({cell: 1.0})
        lower = 0.0 if lowest is None else max(0.0, float(lowest[attack.place[cell]]))
        upper = inf if highest is None else float(highest[attack.place[cell]])
        found.append(Interval(cell, lower, upper))
    return found


def reaches(
    system: AdditiveSystem, hidden: Collection[int], needs: Sequence[Need]
) -> list[Interval]:
    """Intervals at least this wide, of all hidden cells; exact where a need is not met.

    Each table that an attacker cannot exclude tells of all cells at once: cells that earlier
    tables prove protected get none of their own. Small systems are solved by their corners.
    """
    answer = _answered if len(system) <= LARGEST_REMEMBERED else _answered.__wrapped__
    return list(answer(system.asked(costs=False), tuple(sorted(hidden)), tuple(needs)))


@lru_cache(maxsize=REMEMBERED)
def _answered(
    asked: Asked, hidden: tuple[int, ...], needs: tuple[Need, ...]
) -> tuple[Interval, ...]:
    system, unknown = asked.system, list(hidden)
    exact = ranges(system, unknown)
    if exact is not None:
        return _told(unknown, *exact)
    attack = _Attack.on(system, unknown)
    seen = _Seen(attack, system.values[unknown].copy(), system.values[unknown].copy())
    for need in _at_random(attack, seen, list(needs)):
        for direction in (1.0, -1.0):
            if seen.meets(need, system):
                break
            table = attack.push({need.cell: direction})
            if table is None:
                seen.high[attack.place[need.cell]] = inf
            else:
                seen.add(table)
    return _told(unknown, seen.low, seen.high)


def _told(cells: Sequence[int], low: FloatArray, high: FloatArray) -> tuple[Interval, ...]:
    return tuple(
        Interval(cell, float(least), float(most))
        for cell, least, most in zip(cells, low, high, strict=True)
    )


def _at_random(attack: "_Attack", seen: "_Seen", waiting: list[Need]) -> list[Need]:
    """Push all open cells at once, each up or down by lot, as long as that proves a tenth of them.

    The lots are the same every time.
    """
    lots = np.random.default_rng(0)
    while len(waiting) > _FEW:
        before = len(waiting)
        up = lots.random(before) < _HALF
        for way in (up, ~up):
            table = attack.push(
                {n.cell: 1.0 if u else -1.0 for n, u in zip(waiting, way, strict=True)},
                limit=_FAR,
            )
            if table is not None:
                seen.add(table)
        waiting = [need for need in waiting if not seen.meets(need, attack.system)]
        if len(waiting) > before * (1.0 - _WORTH):
            break
    return waiting


@dataclass(slots=True, eq=False)
class _Seen:
    """The least and largest value of each hidden cell over the tables found so far."""

    attack: "_Attack"
    low: FloatArray
    high: FloatArray

    def add(self, table: FloatArray) -> None:
        """Take a table in."""
        self.low = np.minimum(self.low, np.maximum(table, 0.0))
        self.high = np.maximum(self.high, table)

    def meets(self, need: Need, system: AdditiveSystem) -> bool:
        """Whether the tables so far prove a cell protected."""
        at, value = self.attack.place[need.cell], float(system.values[need.cell])
        return Interval(need.cell, float(self.low[at]), float(self.high[at])).protects(need, value)


@dataclass(frozen=True, slots=True, eq=False)
class _Attack:
    """The published system, solved for its hidden cells in units of the largest of them."""

    system: AdditiveSystem
    unknown: list[int]
    place: dict[int, int]
    matrix: "scipy.sparse.csr_array"
    right: FloatArray
    scale: float

    @classmethod
    def on(cls, system: AdditiveSystem, hidden: Collection[int]) -> "_Attack":
        unknown = sorted(hidden)
        matrix = scipy.sparse.csr_array(system.equations()[:, unknown])
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        values = system.values[unknown]
        scale = max(1.0, float(np.abs(values).max(initial=0.0)))
        place = {cell: at for at, cell in enumerate(unknown)}
        return cls(system, unknown, place, matrix, matrix @ values / scale, scale)

    def push(
        self, directions: Mapping[int, float], limit: float | None = None
    ) -> FloatArray | None:
        """The table that goes furthest in some directions; None where it may go without end.

        `limit` bounds every cell, in units of the largest.
        """
        goal = np.zeros(len(self.unknown))
        for cell, direction in directions.items():
            goal[self.place[cell]] = -direction
        any_sum = len(self.right) > 0
        solved = scipy.optimize.linprog(
            goal,
            A_eq=self.matrix if any_sum else None,
            b_eq=self.right if any_sum else None,
            bounds=(0.0, limit),
        )
        if solved.status == _UNBOUNDED:
            return None
        if solved.status != 0:  # pragma: no cover - the true table is always a solution
            raise ArithmeticError(f"the audit's linear programme ended with {solved.message}")
        return np.asarray(solved.x * self.scale)


def unprotected(
    system: AdditiveSystem,
    hidden: Collection[int],
    needs: Sequence[Need],
    singletons: Collection[int] = (),
) -> list[int]:
    """Cells of `needs` that an attacker, also one of `singletons`, can tell too well."""
    wanted = {need.cell: need for need in needs}
    bad = set(wanted) - set(hidden)
    for known in [(), *((s,) for s in sorted(singletons) if s in set(hidden))]:
        found = intervals(system, hidden, cells=set(wanted) - set(known), known=known)
        bad.update(
            each.cell
            for each in found
            if not each.protects(wanted[each.cell], float(system.values[each.cell]))
        )
    return sorted(bad)
