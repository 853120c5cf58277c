"""Complementary suppression of a system: exact up to a stated size, safe beyond (rule D-03)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from usga_indicators.domain.disclosure.suppression.audit import (
    Interval,
    intervals,
    reaches,
    too_fine,
    unprotected,
)
from usga_indicators.domain.disclosure.suppression.exact import Effort, cheapest_pattern
from usga_indicators.domain.disclosure.suppression.flow import Flows
from usga_indicators.domain.disclosure.suppression.heuristic import pattern_of
from usga_indicators.domain.disclosure.suppression.scenarios import scenarios
from usga_indicators.domain.disclosure.suppression.system import (
    LARGEST_REMEMBERED,
    REMEMBERED,
    AdditiveSystem,
    Asked,
    Need,
    Unprotectable,
)

#: Where sums are no network, another cell may move this many times as far as the protected one.
REACH = 8.0
_WHOLE = 1e-6


class Method(StrEnum):
    """How a pattern was found."""

    NONE = "none"  # nothing to protect
    EXACT = "exact"  # no cheaper pattern exists
    SEARCHED = "searched"  # the search ended at its limit; `bound` says how far it can be off
    HEURISTIC = "heuristic"  # too large to search


@dataclass(frozen=True, slots=True)
class Suppression:
    """A pattern with its proof: what an attacker can say of each hidden cell.

    `cost` is the sum over hidden cells; no pattern costs less than `bound`.
    """

    hidden: frozenset[int]
    method: Method
    cost: float
    bound: float
    audit: tuple[Interval, ...]


def suppress(
    system: AdditiveSystem,
    needs: Sequence[Need],
    *,
    singletons: Collection[int] = (),
    effort: Effort | None = None,
    whole_audit: bool = True,
) -> Suppression:
    """The cells to hide so that no cell of `needs` is recoverable within its interval.

    `singletons` are cells with one contributor, who may be the attacker. Without `whole_audit` the
    intervals are only as wide as protection needs. Raises Unprotectable.
    """
    primary = frozenset(need.cell for need in needs)
    for cell in sorted(primary & system.shown):
        raise Unprotectable("this cell is to be hidden and to stay published", place=cell)
    if not primary:
        return Suppression(frozenset(), Method.NONE, 0.0, 0.0, ())
    search = _pattern if len(system) <= LARGEST_REMEMBERED else _pattern.__wrapped__
    alone = tuple(sorted(singletons))
    found = search(system.asked(), tuple(needs), alone, effort or Effort())
    if whole_audit:
        audit = intervals(system, found.hidden)
    else:
        audit = list(found.audit) or reaches(system, found.hidden, needs)
    doubtful = _doubtful(system, audit, needs)
    for cell in _told(system, found.hidden, doubtful) or (
        unprotected(system, found.hidden, needs, singletons) if singletons else []
    ):
        raise Unprotectable("the audit can tell this cell too well", place=cell)
    return replace(found, audit=tuple(audit))


@lru_cache(maxsize=REMEMBERED)
def _pattern(
    asked_of: Asked, needs: tuple[Need, ...], singletons: tuple[int, ...], effort: Effort
) -> Suppression:
    """Search among the needs that the unsafe cells do not meet for one another already."""
    system = asked_of.system
    primary = frozenset(need.cell for need in needs)
    audit = [] if singletons else reaches(system, primary, needs)
    waiting = (
        primary if singletons else set(_told(system, primary, _doubtful(system, audit, needs)))
    )
    asked = scenarios(system, [n for n in needs if n.cell in waiting], singletons)
    if not asked:
        cost = _cost(system, primary)
        return Suppression(primary, Method.EXACT, cost, cost, tuple(audit))
    flows = Flows.of(system, 1.0 if system.is_network() else REACH)
    hidden = pattern_of(flows, asked, primary)
    method, bound = Method.HEURISTIC, _cost(system, primary)
    if len(system) * len(asked) <= effort.size:
        known = _cost(system, hidden)
        solved = cheapest_pattern(flows, asked, primary, known_cost=known, effort=effort)
        bound = max(bound, solved.bound)
        if solved.hidden is not None and _cost(system, solved.hidden) <= known + _WHOLE:
            hidden = pattern_of(flows, asked, solved.hidden)  # the solver's rounding, mended
        exact = _cost(system, hidden) <= bound * (1.0 + _WHOLE) + _WHOLE
        method = Method.EXACT if exact else Method.SEARCHED
    return Suppression(hidden, method, _cost(system, hidden), bound, ())


def _open(system: AdditiveSystem, audit: Sequence[Interval], needs: Sequence[Need]) -> list[int]:
    """Cells that the audit shows to be told too well."""
    told = {each.cell: each for each in audit}
    return [
        need.cell
        for need in needs
        if not told[need.cell].protects(need, float(system.values[need.cell]))
    ]


def _doubtful(
    system: AdditiveSystem, audit: Sequence[Interval], needs: Sequence[Need]
) -> list[Need]:
    """Needs that the audit does not show to be met, or is too coarse for."""
    open_cells = set(_open(system, audit, needs))
    return [n for n in needs if n.cell in open_cells or too_fine(system, n)]


def _told(system: AdditiveSystem, hidden: frozenset[int], doubtful: Sequence[Need]) -> list[int]:
    """Of cells that the audit doubts, those that cannot move as they need.

    Intervals are as exact as the largest hidden value allows; moves are in units of the need.
    """
    fixed = replace(system, shown=frozenset(range(len(system))) - hidden)
    flows = Flows.of(fixed, 1.0 if system.is_network() else REACH)
    return [
        need.cell
        for need in doubtful
        if any(flows.cheapest(s, system.costs) is None for s in scenarios(system, [need]))
    ]


def _cost(system: AdditiveSystem, hidden: Collection[int]) -> float:
    return float(system.costs[list(hidden)].sum())
