"""Stored releases as the attacker of `tests.support.attack` has them, and every attack on them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.tabulation import Cell, CellEstimate, MissingTally
from usga_shared.wire.release import Observation

from tests.support.attack import broken, broken_beside

_NAN = float("nan")
Side = tuple[list[CellEstimate], list[Observation]]


@dataclass(frozen=True)
class StoredCell:
    """A row of the table of observations."""

    release: str
    indicator: str
    published: str
    internal: Mapping[str, Any]


def told_of(
    cells: Iterable[StoredCell],
    releases: Sequence[str],
    definitions: Mapping[str, Definition],
    areas: Mapping[str, str],
    groups: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Hidden counts of these releases that are told too well, alone or by two of them together."""
    sides: dict[str, dict[str, Side]] = {}
    for cell in cells:
        pair = sides.setdefault(cell.indicator, {}).setdefault(cell.release, ([], []))
        seen = Observation.model_validate_json(cell.published)
        pair[0].append(_counted(definitions[cell.indicator], seen, cell.internal))
        pair[1].append(seen)
    found = []
    for of in sides.values():
        for release in releases:
            if release in of:
                found += broken(*of[release], areas, groups)
        for one, two in ((a, b) for a in releases for b in releases if a != b):
            if one in of and two in of:
                found += broken_beside(of[one], of[two], areas, groups)
    return found


def _counted(
    definition: Definition, seen: Observation, internal: Mapping[str, Any]
) -> CellEstimate:
    """The counts of a stored cell; the attack needs no more."""
    n, numerator, psus = (int(internal.get(k) or 0) for k in ("n", "n_numerator", "n_psu"))
    estimate = Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, 0, n, numerator, psus, _NAN)
    cell = Cell(seen.ref_area, seen.stratum, seen.sex, seen.age, seen.item, seen.subgroup)
    return CellEstimate(definition, cell, estimate, MissingTally(), partial=False)


def hidden_in(cells: Iterable[StoredCell]) -> int:
    """How many cells show nothing."""
    return sum(json.loads(cell.published)["obs_status"] == "Q" for cell in cells)
