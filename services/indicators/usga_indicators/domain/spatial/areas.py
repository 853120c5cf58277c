"""Which areas of a release have a value to look for a pattern in, and which have none, and why.

Published cells go in alone: whatever is computed from them, readers could compute themselves.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import TOTAL, ObsStatus


@dataclass(frozen=True, slots=True)
class Place:
    """An area of the map that was frozen with the release."""

    code: str
    title: Mapping[str, str]
    kind: str
    parent: str | None
    outline: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """An area with a published value."""

    place: Place
    cell: Observation
    value: float

    @property
    def code(self) -> str:
        return self.place.code


@dataclass(frozen=True, slots=True)
class Choice:
    """Areas of one level by what the release says of them, each by code.

    `limits` have only a limit (nobody or everybody in the sample), `missing` no value or no cell,
    `off_map` a cell but no outline.
    """

    shown: tuple[Shown, ...]
    hidden: tuple[str, ...]
    limits: tuple[str, ...]
    missing: tuple[str, ...]
    off_map: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def left_out(self) -> tuple[str, ...]:
        """Every area that the release tells of, or the map has of those kinds, without a value."""
        return (*self.hidden, *self.limits, *self.missing, *self.off_map)


def places_of(collection: Mapping[str, Any]) -> dict[str, Place]:
    """By code, from a GeoJSON FeatureCollection."""
    found = {}
    for feature in collection.get("features", ()):
        told = feature.get("properties") or {}
        code = str(told.get("code", feature.get("id", "")))
        outline = feature.get("geometry")
        if code and outline:
            title, parent = told.get("title") or {}, told.get("parent")
            found[code] = Place(code, title, told.get("kind") or "other", parent, outline)
    return found


def choose(
    cells: Sequence[Observation],
    places: Mapping[str, Place],
    area_of_stratum: Mapping[str, str],
    *,
    kind: str | None = None,
) -> Choice:
    """Areas of a `kind`; without one the innermost that have cells, as maps of reports show.

    `cells` are of one indicator and item. Areas come before strata that stand for them.
    """
    of_area = dict(_by_area(cells, area_of_stratum))
    told = {c for c in of_area if c in places and kind in {None, places[c].kind}}
    if kind is None:
        told -= {around for code in told for around in _around(code, places)}
    kinds = {places[code].kind for code in told} if kind is None else {kind}
    rest = {p.code for p in places.values() if p.kind in kinds} - told
    if kind is None:
        rest -= {around for code in told for around in _around(code, places)}
    groups: dict[str, list[str]] = {}
    shown = []
    for code in sorted(told):
        cell = of_area[code]
        state = _state(cell)
        groups.setdefault(state, []).append(code)
        if state == "shown" and cell.obs_value is not None:
            shown.append(Shown(places[code], cell, cell.obs_value))
    return Choice(
        tuple(shown),
        hidden=tuple(groups.get("hidden", ())),
        limits=tuple(groups.get("limit", ())),
        missing=tuple(sorted([*groups.get("missing", ()), *rest])),
        off_map=tuple(sorted(code for code in of_area if code not in places)),
        kinds=tuple(sorted(kinds)),
    )


def _state(cell: Observation) -> str:
    if cell.obs_status is ObsStatus.SUPPRESSED:
        return "hidden"
    if cell.obs_value is None:
        return "missing"
    return "shown" if cell.bound is None else "limit"


def _by_area(
    cells: Sequence[Observation], area_of_stratum: Mapping[str, str]
) -> Iterator[tuple[str, Observation]]:
    """An area's own cell comes last, and holds; one of its several strata is not the area."""
    strata_of = Counter(area_of_stratum.values())
    everybody = [c for c in cells if {c.sex, c.age, c.subgroup} == {TOTAL}]
    for cell in everybody:
        if cell.stratum != TOTAL:
            standing_for = area_of_stratum.get(cell.stratum, cell.stratum)
            if cell.ref_area != TOTAL or strata_of[standing_for] <= 1:
                yield (standing_for if cell.ref_area == TOTAL else cell.ref_area), cell
    for cell in everybody:
        if cell.stratum == TOTAL and cell.ref_area != TOTAL:
            yield cell.ref_area, cell


def _around(code: str, places: Mapping[str, Place]) -> Iterator[str]:
    """The areas that an area lies within, the nearest first."""
    seen = {code}
    place = places.get(code)
    while place is not None and place.parent and place.parent not in seen:
        seen.add(place.parent)
        yield place.parent
        place = places.get(place.parent)
