"""What an attacker must be unable to exclude: one moved cell each, and who knows a cell."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from usga_indicators.domain.disclosure.suppression.system import AdditiveSystem, Need

#: Smaller moves are rounding.
NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True)
class Scenario:
    """Some consistent table has `cell` at `amount` above (or below) its value.

    Cells in `known` keep their values: their only contributor is the attacker.
    """

    cell: int
    amount: float
    known: frozenset[int]


def scenarios(
    system: AdditiveSystem, needs: Sequence[Need], singletons: Collection[int] = ()
) -> list[Scenario]:
    """Up and down for every need; with singletons, once per contributor who knows one.

    A singleton cell has one contributor, who knows it exactly and may subtract it: the others'
    protection must hold against each of them. The singleton itself is protected against the rest.
    """
    found = []
    for need in needs:
        others = [frozenset({s}) for s in sorted(singletons) if s != need.cell]
        below = min(need.below, float(system.values[need.cell]))
        found += [
            Scenario(need.cell, amount, known)
            for amount in (need.above, -below)
            if abs(amount) > NEGLIGIBLE
            for known in others or [frozenset()]
        ]
    return found
