"""A composite index of a release, as it was stored with it."""

import asyncio
from dataclasses import dataclass, replace

from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import TOTAL

from usga_indicators.domain.composites import Index, shipped
from usga_indicators.operations.score_indices import Scored, scored
from usga_indicators.operations.withhold import withheld
from usga_indicators.storage.indices import Indices
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Release, Releases
from usga_indicators.storage.shares import Shares


@dataclass(frozen=True, slots=True)
class IndexOfRelease:
    """A release with the scores of one index."""

    release: Release
    index: Index
    scored: Scored
    withheld: tuple[str, ...] = ()
    """Codes of its indicators that the caller does not read before they are published."""


def find_index(code: str) -> Index:
    """A shipped index; raises NotFound."""
    for index in shipped():
        if index.code == code:
            return index
    raise NotFound


async def read_index(
    code: str, *, release: str | None, assessment: str | None, actor: Actor, database: Database
) -> IndexOfRelease:
    """The scores of a release that the actor sees, else of the newest published one.

    A release that was computed before the index was made, or had another version, is scored from
    its published numbers alone. Raises NotFound.
    """
    index = find_index(code)
    async with database.read() as session:
        releases = Releases(session)
        wanted = release or await releases.latest_published(assessment)
        found = await releases.get(wanted, actor) if wanted else None
        if found is None or assessment not in {None, found.view.assessment}:
            raise NotFound
        unread = await withheld(Shares(session), found, actor)
        unread = tuple(sorted({c.indicator for c in index.components} & {*unread}))
        kept = await Indices(session).get(found.id, index.code, index.version)
        if kept is not None:
            return _readable(IndexOfRelease(found, index, Scored.read(index, kept), unread))
        stored = await Observations(session).published(
            Selection(found.id, sex=TOTAL, age=TOTAL, subgroup=TOTAL)
        )
    cells = [Observation.model_validate_json(text) for _, text in stored]
    result = await asyncio.to_thread(scored, index, cells, seed=found.view.seed)
    return _readable(IndexOfRelease(found, index, result, unread))


def _readable(found: IndexOfRelease) -> IndexOfRelease:
    """Without its areas where something is withheld: scores and pillars tell of their parts."""
    return replace(found, scored=found.scored.without_areas()) if found.withheld else found
