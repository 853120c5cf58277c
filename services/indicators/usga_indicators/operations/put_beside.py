"""A release beside the published ones of its assessment, as an attacker has them (rule D-04)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from usga_shared.database.engine import Database
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.publication import Beside, Joined, Protected, Standing, audit_beside
from usga_indicators.domain.publication.audit_document import beside_document
from usga_indicators.domain.tabulation import Cell
from usga_indicators.operations.weigh import made_by
from usga_indicators.storage.observations import Observations, StoredCell
from usga_indicators.storage.releases import Release, Releases
from usga_indicators.storage.weights import Weights


async def published_beside(
    database: Database, assessment: str, *, only: Sequence[str] | None = None
) -> list[Beside]:
    """The published releases of an assessment, oldest first; `only` some of them."""
    async with database.read() as session:
        published = [each.id for each in await Releases(session).published(assessment)]
    wanted = published if only is None else [each for each in published if each in only]
    return [await stored_beside(database, release) for release in wanted]


async def definitions_beside(
    database: Database, assessment: str, known: Sequence[Definition], *, only: Sequence[str] | None
) -> list[Definition]:
    """The definitions among `known` of the published releases of an assessment, or some of them.

    In order of their releases; each version once.
    """
    async with database.read() as session:
        published = await Releases(session).standing(assessment)
    used = dict.fromkeys(
        (str(each["code"]), str(each["version"]))
        for release in published
        if only is None or release.id in only
        for each in release.indicators
    )
    at_hand = {(d.code, d.version): d for d in known}
    return [at_hand[version] for version in used if version in at_hand]


async def stored_beside(database: Database, release: str) -> Beside:
    """One stored release, in any state."""
    async with database.read() as session:
        found = await Releases(session).any(release)
        cells = await Observations(session).whole(release)
        analysis = found.view.analysis if found is not None else None
        weight_set = analysis.weight_set if analysis is not None else None
        stored = await Weights(session).find_set(weight_set) if weight_set else None
    assert found is not None  # releases are never deleted
    return await asyncio.to_thread(_beside, found, cells, made_by(stored))


def drafted_beside(
    release: str, joined: Joined, cells: Sequence[Protected], weights: str | None = None
) -> Beside:
    """A release that is not stored yet."""
    return Beside(release, joined, _by_indicator(_drafted(cells)), weights)


def attacked(
    new: Beside, published: Sequence[Beside], definitions: Sequence[Definition]
) -> dict[str, Any]:
    """What all releases together tell, as it is stored with the new one."""
    told = audit_beside(new, published, {d.code: d for d in definitions})
    return beside_document([each.release for each in published], told)


def releases_beside(audit: Mapping[str, Any] | None) -> list[str]:
    """The published releases that a release was protected beside."""
    return list((audit or {}).get("beside", {}).get("releases", []))


def areas_of(context: AssessmentContext) -> dict[str, str]:
    """The area of each stratum that has one."""
    return {s.stratum: s.area for s in context.strata if s.area}


def _beside(release: Release, cells: Sequence[StoredCell], weights: str) -> Beside:
    context = AssessmentContext.model_validate(release.context)
    joined = Joined(areas_of(context), (release.audit or {}).get("groups", {}))
    found = (
        (
            cell.indicator,
            Standing(
                cell.position,
                Cell(cell.ref_area, cell.stratum, cell.sex, cell.age, cell.item, cell.subgroup),
                ObsStatus(orjson.loads(cell.published)["obs_status"]),
                *_counts(cell.internal),
            ),
        )
        for cell in cells
    )
    return Beside(release.id, joined, _by_indicator(found), weights)


def _drafted(cells: Sequence[Protected]) -> Iterable[tuple[str, Standing]]:
    for place, each in enumerate(cells):
        seen = each.observation
        cell = Cell(seen.ref_area, seen.stratum, seen.sex, seen.age, seen.item, seen.subgroup)
        standing = Standing(place, cell, seen.obs_status, *_counts(each.internal))
        yield seen.indicator, standing


def _counts(internal: Mapping[str, Any]) -> tuple[int, int]:
    return int(internal.get("n") or 0), int(internal.get("n_numerator") or 0)


def _by_indicator(found: Iterable[tuple[str, Standing]]) -> dict[str, list[Standing]]:
    cells: dict[str, list[Standing]] = {}
    for code, standing in found:
        cells.setdefault(code, []).append(standing)
    return cells
