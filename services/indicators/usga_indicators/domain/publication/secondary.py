"""Complementary suppression of one indicator: no hidden cell can be worked out (rule D-03).

Protected are counts of people: base, numerator and complement. A cell that is too small must be
possible up to the threshold that it misses; one that is hidden for another reason must not be
known exactly. Where a cell is a part of one sum, the cheapest company is a covering problem; where
sums share parts (areas over strata, categories by stratum) it is the general method, layer by
layer: what protects one layer stays hidden for the next.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.disclosure.suppression import (
    AdditiveSystem,
    Effort,
    Interval,
    Need,
    Shortfall,
    Sum,
    Unprotectable,
    cheapest_company,
    reaches,
    suppress,
)
from usga_indicators.domain.publication.hierarchy import Told, Tree
from usga_indicators.domain.publication.people import Layer, People
from usga_indicators.domain.publication.systems import SumOf, components

#: Nodes of a search, not seconds: the same pattern on every machine.
EFFORT = Effort(nodes=100, size=2_000)
Places = frozenset[int]


def company(
    people: People,
    sums: Sequence[SumOf],
    hidden: Collection[int],
    known: Collection[int] = (),
) -> Places:
    """Places to hide beside `hidden`; those that readers know anyway protect nothing."""
    told = frozenset(known)
    closed = set(hidden)
    closed |= _whole_bases(people, sums, closed, told)
    for members in components(sums):
        here = {place for each in members for place in (*each.parts, each.total)}
        if closed.isdisjoint(here):
            continue
        if len(members) == 1:
            closed |= _of_one(people, members[0], closed, told)
        elif not _all_protected(people, members, closed):
            closed |= _of_several(people, members, closed, told)
    return frozenset(closed - set(hidden))


def audit(people: People, sums: Sequence[SumOf], hidden: Collection[int]) -> list[Told]:
    """What readers can say of every hidden part: solved anew, not taken from the search."""
    closed = set(hidden)
    found: list[Told] = []
    for members in components(sums):
        tree = Tree.of(members)
        if tree is not None:
            found += tree.told(people, closed)
            continue
        for layer in people.layers:
            system = _System.of(people, layer, members, closed, totals_stay=False)
            needs = system.needs(people, closed, layer)
            if needs:
                told = reaches(system.additive, [need.cell for need in needs], needs)
                found += system.told(told, needs, layer)
    return found


def _all_protected(people: People, members: Sequence[SumOf], closed: set[int]) -> bool:
    tree = Tree.of(members)
    if tree is None or (tree.total in closed and not closed.intersection(tree.parts)):
        return False
    return all(told.protected for told in tree.told(people, closed))


def _whole_bases(
    people: People, sums: Sequence[SumOf], closed: set[int], known: Places
) -> set[int]:
    """Where all categories of a cell are hidden for its base, other cells hide all of theirs."""
    if not people.by_category:
        return set()
    first = {cats.parts[0]: cats.parts for cats in sums if cats.categories}
    more: set[int] = set()
    for each in sums:
        if each.categories or not set(each.parts) <= set(first):
            continue
        whole = {at for at, p in enumerate(each.parts) if closed.issuperset(first[p])}
        base = people.values[Layer.BASE][list(each.parts)]
        short = [
            Shortfall(at, 0, people.short(each.parts[at], Layer.BASE))
            for at in whole
            if people.short(each.parts[at], Layer.BASE) > 0
        ]
        if short:
            found = cheapest_company([base], whole, short, base + 1.0, effort=EFFORT)
            chosen = range(len(each.parts)) if found is None else found
            more.update(p for at in chosen for p in first[each.parts[at]])
    return more - known


def _of_one(people: People, each: SumOf, closed: set[int], known: Places) -> set[int]:
    """Company within one sum; with all parts hidden and still too few, the total too."""
    parts = [part for part in each.parts if part not in known]
    inside = {at for at, place in enumerate(parts) if place in closed}
    total_hidden = each.total is not None and each.total in closed
    layers = [*people.layers, Layer.BASE]
    short = [
        Shortfall(at, number, people.short(parts[at], layer))
        for at in inside
        for number, layer in enumerate(layers)
        if not total_hidden  # readers do not know what the parts add up to
    ]
    found = cheapest_company(
        [people.values[layer][parts] for layer in layers],
        inside,
        short,
        people.costs[parts],
        least=1 if total_hidden else 2,
        effort=EFFORT,
    )
    if found is not None:
        return {parts[at] for at in found}
    return {*parts, *(() if each.total is None else (each.total,))} - known


def _of_several(people: People, members: list[SumOf], closed: set[int], known: Places) -> set[int]:
    """Company over sums that share parts; totals are hidden when nothing else helps."""
    everything = {p for each in members for p in (*each.parts, each.total) if p is not None}
    everything -= known
    found = set(closed)
    for layer in people.layers:
        for totals_stay in (True, False):
            system = _System.of(
                people, layer, members, found, totals_stay=totals_stay, known=known
            )
            needs = system.needs(people, found, layer)
            try:
                pattern = suppress(system.additive, needs, effort=EFFORT, whole_audit=False)
            except Unprotectable:
                continue
            found |= {system.places[cell] for cell in pattern.hidden}
            break
        else:
            found |= everything
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """Sums of a component in one layer; cells behind `places` are constants that readers know."""

    additive: AdditiveSystem
    places: tuple[int, ...]

    @classmethod
    def of(
        cls,
        people: People,
        layer: Layer,
        members: Sequence[SumOf],
        closed: Collection[int],
        *,
        totals_stay: bool,
        known: Places = frozenset(),
    ) -> "_System":
        kept = [each for each in members if _holds(each, layer, closed)]
        places = sorted({p for e in kept for p in (*e.parts, e.total) if p is not None})
        cell = {place: at for at, place in enumerate(places)}
        values = [float(people.values[layer][place]) for place in places]
        costs = [float(people.costs[place]) for place in places]
        parts_of_any = {cell[p] for each in kept for p in each.parts}
        tops = set(range(len(places))) - parts_of_any
        dear = sum(costs) + 1.0
        costs = [dear if at in tops else cost for at, cost in enumerate(costs)]
        shown = {at for at in tops if totals_stay and places[at] not in closed}
        shown |= {at for at, place in enumerate(places) if place in known}
        sums = []
        for each in kept:
            parts = tuple(cell[p] for p in each.parts)
            whole = sum(values[at] for at in parts)
            if each.total is None:
                total = _constant(values, costs, shown, whole)
            else:
                total = cell[each.total]
                rest = values[total] - whole
                if rest:  # people whose group is not known
                    parts = (*parts, _constant(values, costs, shown, rest))
            sums.append(Sum(total, parts))
        additive = AdditiveSystem(np.array(values), tuple(sums), np.array(costs), frozenset(shown))
        return cls(additive, tuple(places))

    def needs(self, people: People, closed: Collection[int], layer: Layer) -> list[Need]:
        """What hidden cells need in this layer."""
        found = []
        for cell, place in enumerate(self.places):
            if place in closed:
                above, below = people.need(place, layer)
                found.append(Need(cell, above, min(below, float(self.additive.values[cell]))))
        return found

    def told(
        self, intervals: Sequence[Interval], needs: Sequence[Need], layer: Layer
    ) -> Iterator[Told]:
        """Intervals by place."""
        wanted = {need.cell: need for need in needs}
        for each in intervals:
            value = float(self.additive.values[each.cell])
            protected = each.protects(wanted[each.cell], value)
            yield Told(self.places[each.cell], layer, each.lower, each.upper, protected)


def _constant(values: list[float], costs: list[float], shown: set[int], value: float) -> int:
    values.append(value)
    costs.append(0.0)
    shown.add(len(values) - 1)
    return len(values) - 1


def _holds(each: SumOf, layer: Layer, closed: Collection[int]) -> bool:
    """Categories make up their base in numerators only, and only a base that readers know."""
    if not each.categories:
        return True
    return layer is Layer.NUMERATOR and not set(each.parts) <= set(closed)
