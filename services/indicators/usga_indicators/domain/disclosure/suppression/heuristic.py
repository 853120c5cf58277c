"""A safe pattern for a system of any size: hide what the cheapest changes touch, then clean up."""

from collections.abc import Collection, Sequence

import numpy as np

from usga_indicators.domain.disclosure.suppression.flow import Flows
from usga_indicators.domain.disclosure.suppression.scenarios import Scenario
from usga_indicators.domain.disclosure.suppression.system import FloatArray, Unprotectable

#: Linear programmes that the clean-up may spend.
CLEANING = 2_000
#: Keeps a hidden cell from being free: the shortest of several free ways is taken.
_HIDDEN = 1e-4


def pattern_of(flows: Flows, asked: Sequence[Scenario], hidden: Collection[int]) -> frozenset[int]:
    """Cells to hide, `hidden` among them, so that every scenario stays possible.

    Largest amounts first, because what protects much protects little too. Raises Unprotectable.
    """
    closed = set(hidden)
    witness: dict[int, frozenset[int]] = {}
    for at in sorted(range(len(asked)), key=lambda i: (-abs(asked[i].amount), i)):
        witness[at] = _touched(flows, asked[at], _costs(flows, closed))
        closed |= witness[at]
    return _cleaned(flows, asked, closed, frozenset(hidden), witness)


def _costs(flows: Flows, closed: Collection[int]) -> FloatArray:
    costs = np.maximum(flows.system.costs, 0.0) + _HIDDEN
    costs[list(closed)] *= _HIDDEN
    return costs


def _touched(flows: Flows, scenario: Scenario, costs: FloatArray) -> frozenset[int]:
    moved = flows.cheapest(scenario, costs)
    if moved is None:
        raise Unprotectable(
            "no pattern protects this cell; hide a total too or ask for less",
            place=scenario.cell,
        )
    return flows.touched(moved)


def _cleaned(
    flows: Flows,
    asked: Sequence[Scenario],
    closed: set[int],
    kept: frozenset[int],
    witness: dict[int, frozenset[int]],
) -> frozenset[int]:
    """Show again, dearest first, what every scenario can do without."""
    spent = 0
    for cell in sorted(closed - kept, key=lambda c: (-flows.system.costs[c], c)):
        without = closed - {cell}
        barred = _barred(flows, without)
        again: dict[int, frozenset[int]] = {}
        for at in (i for i, needs in witness.items() if cell in needs):
            spent += 1
            moved = flows.cheapest(asked[at], barred)
            if moved is None or not flows.touched(moved) <= without:
                break
            again[at] = flows.touched(moved)
        else:
            closed = without
            witness.update(again)
        if spent >= CLEANING:
            break
    return frozenset(closed)


def _barred(flows: Flows, closed: set[int]) -> FloatArray:
    """Costs under which a change leaves `closed` only when it must."""
    costs = np.ones(len(flows.system))
    costs[list(closed)] = 1e-6
    return costs
