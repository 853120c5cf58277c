"""What readers can say of hidden cells where one sum, or areas over strata, are all there is.

In a tree of sums hidden parts give and take within a pool: the strata of an area that is shown,
or all those of hidden areas together (what a hidden area is, its strata decide). Within a pool
each is from zero to what the pool holds; a hidden area has that of its strata to lose, and that of
the rest of the pool to gain. This is the solution of the linear programmes, in closed form.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from usga_indicators.domain.disclosure.suppression import Interval, Need
from usga_indicators.domain.publication.people import Layer, People
from usga_indicators.domain.publication.systems import SumOf


@dataclass(frozen=True, slots=True)
class Told:
    """What readers can say of one count of a hidden cell; `upper` may be infinite."""

    place: int
    layer: Layer
    lower: float
    upper: float
    protected: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """Parts of the total, and for those that areas join their area."""

    total: int | None
    parts: tuple[int, ...]
    area_of: dict[int, int]

    @classmethod
    def of(cls, members: Sequence[SumOf]) -> "Tree | None":
        """None where sums cross: categories of cells."""
        if any(each.categories for each in members):
            return None
        if len(members) == 1:
            return cls(members[0].total, members[0].parts, {})
        parts = {part for each in members for part in each.parts}
        joined = [each for each in members if each.total in parts]
        area_of = {part: each.total for each in joined for part in each.parts if each.total}
        totals = {each.total for each in members} - {each.total for each in joined}
        areas = set(area_of.values())
        if len(totals) != 1 or len(area_of) != sum(len(each.parts) for each in joined):
            return None
        inside = {each.total: each.parts for each in joined}
        leaves = parts - areas
        if any(
            {leaf for part in each.parts for leaf in inside.get(part, (part,))} != leaves
            for each in members
            if each not in joined
        ):  # one sum of the total has parts that another has not
            return None
        return cls(totals.pop(), tuple(sorted(leaves)), area_of)

    def told(self, people: People, closed: Collection[int]) -> Iterator[Told]:
        """Every hidden part and area, in every layer and of the base."""
        hidden = [part for part in self.parts if part in closed]
        pools: dict[int | None, list[int]] = {}
        for part in hidden:
            pools.setdefault(self._pool(part, closed), []).append(part)
        areas = sorted({area for area in self.area_of.values() if area in closed})
        free = self.total is None or self.total in closed
        for layer in dict.fromkeys((*people.layers, Layer.BASE)):
            for pool, inside in pools.items():
                for part in inside:
                    rest = [other for other in inside if other != part]
                    boundless = free and pool is None
                    yield self._of(people, layer, part, own=[part], rest=rest, boundless=boundless)
            for area in areas:
                own = [part for part in hidden if self.area_of.get(part) == area]
                rest = [part for part in pools.get(None, []) if part not in own]
                yield self._of(people, layer, area, own=own, rest=rest, boundless=free)

    def _pool(self, part: int, closed: Collection[int]) -> int | None:
        """The shown area that fixes the sum of its parts; None for the pool of the total."""
        area = self.area_of.get(part)
        return None if area is None or area in closed else area

    def _of(
        self,
        people: People,
        layer: Layer,
        place: int,
        *,
        own: list[int],
        rest: list[int],
        boundless: bool,
    ) -> Told:
        values = people.values[layer]
        value, loses = float(values[place]), float(values[own].sum())
        moves = bool(own) and (bool(rest) or boundless)
        lower = value - loses if moves else value
        upper = value + (float(values[rest].sum()) if moves else 0.0)
        told = Interval(place, lower, inf if moves and boundless else upper)
        safe = moves and told.protects(Need(place, people.short(place, layer), 0.0), value)
        return Told(place, layer, told.lower, told.upper, safe)
