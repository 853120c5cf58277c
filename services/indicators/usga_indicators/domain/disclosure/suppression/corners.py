"""What a small system leaves open, exactly and at once: all its corners.

Cells that stand in the same sums are alike to an attacker, who can tell only what they are
together: several of a kind can each be nothing or all of it. Over the kinds that are left, the
least and the largest value of each lie at corners of the polytope: solutions in which no more
kinds than sums are above zero (Bertsimas and Tsitsiklis 1997, section 2.3).
"""

from itertools import combinations
from math import comb, inf

import numpy as np

from usga_indicators.domain.disclosure.suppression.system import (
    AdditiveSystem,
    BoolArray,
    FloatArray,
)

#: Sums and corners up to which a system is small; beyond, linear programmes are quicker.
MOST_SUMS = 10
MOST_CORNERS = 500
#: Determinants of whole numbers are zero or at least one.
_SINGULAR = 0.5
_ROUNDING = 1e-9


def ranges(system: AdditiveSystem, unknown: list[int]) -> tuple[FloatArray, FloatArray] | None:
    """The least and the largest value of each of `unknown`, in order; None where not small.

    The largest is infinite where nothing bounds it.
    """
    rows = _sums_of(system, unknown)
    if len(rows) > MOST_SUMS:
        return None
    over = np.reshape(rows, (len(rows), len(unknown)))
    kinds, kind_of, members = np.unique(over, axis=1, return_inverse=True, return_counts=True)
    kind_of = kind_of.ravel()
    sums = _independent(kinds)
    if comb(kinds.shape[1], min(len(sums) + 1, kinds.shape[1] // 2)) > MOST_CORNERS:
        return None
    corners = _corners(sums, sums @ np.bincount(kind_of, system.values[unknown]))
    least, most = corners.min(axis=0), corners.max(axis=0)
    most[_endless(sums)] = inf
    least[members > 1] = 0.0
    return np.maximum(least, 0.0)[kind_of], most[kind_of]


def _sums_of(system: AdditiveSystem, unknown: list[int]) -> list[FloatArray]:
    """The sums that any of `unknown` is in, over these alone."""
    place = {cell: at for at, cell in enumerate(unknown)}
    rows = []
    for each in system.sums:
        row = np.zeros(len(unknown))
        for cell in each.parts:
            if cell in place:
                row[place[cell]] += 1.0
        if each.total in place:
            row[place[each.total]] -= 1.0
        if row.any():
            rows.append(row)
    return rows


def _independent(rows: FloatArray) -> FloatArray:
    """Rows of which none follows from those before it."""
    kept = rows[:0]
    for row in rows:
        longer = np.vstack([kept, row])
        if np.linalg.matrix_rank(longer) == len(longer):
            kept = longer
    return kept


def _corners(sums: FloatArray, right: FloatArray) -> FloatArray:
    """All basic solutions of `sums @ y = right` that are not negative, one a row."""
    chosen = np.array(list(combinations(range(sums.shape[1]), len(sums))), dtype=np.intp)
    bases = sums[:, chosen].transpose(1, 0, 2)
    regular = np.abs(np.linalg.det(bases)) > _SINGULAR
    wanted = np.broadcast_to(right[:, np.newaxis], (int(regular.sum()), len(sums), 1))
    solved = np.linalg.solve(bases[regular], wanted)[:, :, 0]
    possible = (solved >= -_ROUNDING * max(1.0, np.abs(right).max(initial=0.0))).all(axis=1)
    found = np.zeros((int(possible.sum()), sums.shape[1]))
    np.put_along_axis(found, chosen[regular][possible], solved[possible], axis=1)
    return found


def _endless(sums: FloatArray) -> BoolArray:
    """Kinds that may grow without end: those of a way that changes no sum."""
    ways = _independent(np.vstack([sums, np.ones(sums.shape[1])]))
    if len(ways) == len(sums):  # all together are known
        return np.zeros(sums.shape[1], dtype=np.bool_)
    growth = _corners(ways, np.eye(len(ways))[-1]).max(axis=0, initial=0.0)
    return np.asarray(growth > _ROUNDING)
