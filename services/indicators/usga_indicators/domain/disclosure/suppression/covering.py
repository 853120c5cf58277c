"""The cheapest company for hidden parts of one sum: a covering problem, solved exactly.

Where a cell is a part of one sum only, an attacker knows of the hidden parts what they are
together: the total minus the others. A hidden part can then be anything from zero to that, so
protecting it needs hidden company whose values make up what it is short of.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.disclosure.suppression.exact import Effort
from usga_indicators.domain.disclosure.suppression.system import FloatArray


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Hidden parts other than `part` must have at least `amount` together, in one layer."""

    part: int
    layer: int
    amount: float


def cheapest_company(
    layers: Sequence[FloatArray],
    hidden: Collection[int],
    shortfalls: Sequence[Shortfall],
    costs: FloatArray,
    *,
    least: int = 2,
    effort: Effort,
) -> frozenset[int] | None:
    """Parts to hide beside `hidden`, so that at least `least` are; None when all do not suffice.

    `layers` are the values of the same parts in several ways (numerators, bases).
    """
    kept = sorted(hidden)
    free = [part for part in range(len(costs)) if part not in hidden]
    missing = [
        (each.layer, each.amount - _others(layers[each.layer], kept, each.part))
        for each in shortfalls
    ]
    needed = [(layer, amount) for layer, amount in missing if amount > 0]
    company = least - len(kept)
    if not needed and company <= 0:
        return frozenset()
    rows = [*(layers[layer][free] for layer, _ in needed), np.ones(len(free))]
    amounts = np.array([*(amount for _, amount in needed), float(company)])
    if not free or any(row.sum() < a for row, a in zip(rows, amounts, strict=True)):
        return None
    solved = scipy.optimize.milp(
        costs[free],
        constraints=scipy.optimize.LinearConstraint(np.array(rows), lb=amounts),
        integrality=np.ones(len(free)),
        bounds=scipy.optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0.0, **effort.options()},
    )
    if solved.x is None:  # the search was cut short: all is safe
        return frozenset(free)
    return frozenset(part for part, x in zip(free, solved.x, strict=True) if x > 0.5)  # noqa: PLR2004


def _others(values: FloatArray, hidden: Sequence[int], part: int) -> float:
    return float(sum(values[each] for each in hidden if each != part))
