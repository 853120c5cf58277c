"""A composite index of a release, from its published numbers alone: hidden ones are missing."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import TOTAL

from usga_indicators.domain.composites import Index, IndexResult, Value, evaluate, shipped
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Release, Releases


@dataclass(frozen=True, slots=True)
class IndexOfRelease:
    """The whole of the assessment, and its strata against one another."""

    release: Release
    whole: IndexResult
    strata: IndexResult


def find_index(code: str) -> Index:
    """A shipped index; raises NotFound."""
    for index in shipped():
        if index.code == code:
            return index
    raise NotFound


async def read_index(
    code: str, *, release: str | None, assessment: str | None, actor: Actor, database: Database
) -> IndexOfRelease:
    """Score a release that the actor sees, else the newest published one. Raises NotFound."""
    index = find_index(code)
    async with database.read() as session:
        releases = Releases(session)
        wanted = release or await releases.latest_published(assessment)
        found = await releases.get(wanted, actor) if wanted else None
        if found is None or assessment not in {None, found.view.assessment}:
            raise NotFound
        stored = await Observations(session).published(Selection(found.id, sex=TOTAL, age=TOTAL))
    cells = [Observation.model_validate_json(text) for _, text in stored]
    return await asyncio.to_thread(_scored, index, found, cells)


def _scored(index: Index, release: Release, cells: Iterable[Observation]) -> IndexOfRelease:
    names = {(c.indicator, c.item): c.name for c in index.components}
    whole: dict[str, dict[str, Value]] = {TOTAL: {}}
    strata: dict[str, dict[str, Value]] = {}
    for cell in cells:
        name = names.get((cell.indicator, cell.item))
        if name is None or cell.obs_value is None or cell.bound is not None:
            continue
        value = Value(cell.obs_value, cell.standard_error)
        if cell.stratum != TOTAL:
            strata.setdefault(cell.stratum, {})[name] = value
        elif cell.ref_area == TOTAL:
            whole[TOTAL][name] = value
    seed = release.view.seed
    return IndexOfRelease(
        release,
        evaluate(index, whole, seed=seed),
        evaluate(index, dict(sorted(strata.items())), seed=seed),
    )
