"""The sums that readers can form: breakdowns, areas and groups over strata, categories."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from usga_indicators.domain.tabulation.breakdowns import TOTAL, Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate
from usga_indicators.domain.tabulation.groups import group_of


@dataclass(frozen=True, slots=True)
class SumOf:
    """One sum over cells of an indicator, by place in the list of its cells.

    `total` is None where no cell holds it but readers know it: all categories together.
    """

    total: int | None
    parts: tuple[int, ...]
    categories: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """What strata make up, as readers know it: areas, and groups such as kinds of settlement.

    A stratum has an area or a group here where it is wholly part of it, and the area or group is
    made up of such strata alone.
    """

    area_of: Mapping[str, str] = field(default_factory=dict)
    group_of: Mapping[str, str] = field(default_factory=dict)

    def over(self, stratum: Cell) -> list[Cell]:
        """The cells that a stratum is a part of, beside the total."""
        area, group = self.area_of.get(stratum.stratum), self.group_of.get(stratum.stratum)
        return [
            *([] if area is None else [Cell(ref_area=area, item=stratum.item)]),
            *([] if group is None else [Cell(subgroup=group, item=stratum.item)]),
        ]


def sums_of(
    cells: Sequence[CellEstimate], counted: Collection[int], joined: Joined
) -> list[SumOf]:
    """Every sum of two levels, over `counted` cells: nobody can be in the others."""
    return sums_among({cells[at].cell: at for at in sorted(counted)}, joined)


def sums_among(place: Mapping[Cell, int], joined: Joined) -> list[SumOf]:
    """The same over cells that stand at some place."""
    return [
        *_breakdowns(place, joined.area_of),
        *_over_strata(place, joined),
        *_categories(place),
    ]


def components(sums: Sequence[SumOf]) -> list[list[SumOf]]:
    """Sums that hang together by a part of one of them; totals of everything join nothing."""
    parts = {part for each in sums for part in each.parts}
    groups: list[tuple[set[int], list[SumOf]]] = []
    for each in sums:
        touched = set(each.parts)
        if each.total is not None and each.total in parts:
            touched.add(each.total)
        joined = [group for group in groups if not touched.isdisjoint(group[0])]
        merged = touched.union(*(group[0] for group in joined))
        members = [one for group in joined for one in group[1]]
        groups = [group for group in groups if group not in joined]
        groups.append((merged, [*members, each]))
    return [members for _, members in groups]


def dimension(cell: Cell) -> str:
    """What a cell breaks the total down by, "" for the total."""
    if cell.stratum != TOTAL:
        return "stratum"
    if cell.subgroup != TOTAL:
        return group_of(cell.subgroup)
    return next((n for n in ("ref_area", "sex", "age") if getattr(cell, n) != TOTAL), "")


def _breakdowns(place: Mapping[Cell, int], area_of_stratum: Mapping[str, str]) -> list[SumOf]:
    """Where the total is no cell, readers do not know what the parts add up to."""
    parts: dict[tuple[str, str], list[int]] = {}
    for cell, at in place.items():
        name = dimension(cell)
        if name and Cell(item=cell.item) in place:
            parts.setdefault((cell.item, name), []).append(at)
    for item, name in parts:
        if name == "ref_area":
            parts[item, name] += _unjoined(place, area_of_stratum, item)
    return [SumOf(place[Cell(item=item)], tuple(found)) for (item, _), found in parts.items()]


def _unjoined(
    place: Mapping[Cell, int], area_of_stratum: Mapping[str, str], item: str
) -> list[int]:
    """Strata that no area cell joins: with the areas they make up the total."""
    areas = {c.ref_area for c in place if c.item == item and dimension(c) == "ref_area"}
    if not areas <= set(area_of_stratum.values()):  # who joins what is not known
        return []
    return [
        at
        for cell, at in place.items()
        if cell.item == item
        and cell.stratum != TOTAL
        and area_of_stratum.get(cell.stratum) not in areas
    ]


def _over_strata(place: Mapping[Cell, int], joined: Joined) -> list[SumOf]:
    """Areas and groups that join strata are their sum."""
    strata: dict[Cell, list[int]] = {}
    for cell, at in place.items():
        if cell.stratum != TOTAL:
            for whole in joined.over(cell):
                strata.setdefault(whole, []).append(at)
    return [SumOf(place[whole], tuple(found)) for whole, found in strata.items() if whole in place]


def _categories(place: Mapping[Cell, int]) -> list[SumOf]:
    """Readers know the base of a cell, and take its categories to make it up."""
    items: dict[Cell, list[int]] = {}
    for cell, at in place.items():
        if cell.item != TOTAL:
            items.setdefault(replace(cell, item=TOTAL), []).append(at)
    return [SumOf(None, tuple(found), categories=True) for found in items.values()]
