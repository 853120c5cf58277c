"""Solve the published system as an attacker would (rule D-03).

For each hidden cell the least and the largest value over all tables that agree with what is
published, add up, and are not negative: two linear programmes (Fischetti and Salazar 2001,
"Solving the cell suppression problem on tabular data with linear constraints", section 2).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy import optimize

from usga_indicators.domain.disclosure.suppression.system import AdditiveSystem, FloatArray, Need

_UNBOUNDED = 3


@dataclass(frozen=True, slots=True)
class Interval:
    """What an attacker can say of a hidden cell; `upper` may be infinite."""

    cell: int
    lower: float
    upper: float

    def protects(self, need: Need, value: float) -> bool:
        """Whether it reaches as far as the need says."""
        slack = 1e-6 + 1e-9 * abs(value)
        below = min(need.below, value)
        return self.upper >= value + need.above - slack and self.lower <= value - below + slack


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
    unknown = sorted(set(hidden) - set(known))
    wanted = sorted(set(unknown) if cells is None else set(cells).intersection(unknown))
    place = {cell: at for at, cell in enumerate(unknown)}
    matrix = system.equations()[:, unknown]
    used = np.flatnonzero(np.diff(matrix.tocsr().indptr))
    matrix = matrix.tocsr()[used]
    right = matrix @ system.values[unknown]
    scale = max(1.0, float(np.abs(system.values[unknown]).max(initial=0.0)))
    found = []
    for cell in wanted:
        direction = np.zeros(len(unknown))
        direction[place[cell]] = 1.0
        low = _least(direction, matrix, right / scale)
        high = _least(-direction, matrix, right / scale)
        found.append(Interval(cell, max(0.0, low * scale), -high * scale))
    return found


def _least(direction: FloatArray, matrix: object, right: FloatArray) -> float:
    solved = optimize.linprog(
        direction, A_eq=matrix if len(right) else None, b_eq=right if len(right) else None
    )
    if solved.status == _UNBOUNDED:
        return -inf
    if solved.status != 0:  # pragma: no cover - the true table is always a solution
        raise ArithmeticError(f"the audit's linear programme ended with {solved.message}")
    return float(solved.fun)


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
