"""An attacker of a published table: a linear programme written apart from the product's."""

from collections.abc import Collection, Sequence
from math import inf

import numpy as np
from scipy import optimize

Place = tuple[int, int]


def interval(
    table: Sequence[Sequence[float]],
    hidden: Collection[Place],
    cell: Place,
    known: Collection[Place] = (),
) -> tuple[float, float]:
    """What of a hidden cell can be told from the rest, totals in the last row and column."""
    height, width = len(table), len(table[0])
    unknown = [place for place in sorted(hidden) if place not in known]
    if cell not in unknown:
        return table[cell[0]][cell[1]], table[cell[0]][cell[1]]
    lines = [[(r, c) for c in range(width)] for r in range(height)]
    lines += [[(r, c) for r in range(height)] for c in range(width)]
    matrix, right = [], []
    for line in lines:
        signs = {place: -1.0 if place == line[-1] else 1.0 for place in line}
        row = [signs.get(place, 0.0) for place in unknown]
        if any(row):
            matrix.append(row)
            told = (place for place in line if place not in unknown)
            right.append(-sum(signs[p] * table[p[0]][p[1]] for p in told))
    wanted = np.array([float(place == cell) for place in unknown])
    least = optimize.linprog(wanted, A_eq=matrix or None, b_eq=right or None)
    most = optimize.linprog(-wanted, A_eq=matrix or None, b_eq=right or None)
    return float(least.fun), inf if most.status == 3 else -float(most.fun)
