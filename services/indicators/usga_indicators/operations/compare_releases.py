"""Compare two releases of an assessment, for whoever may see both."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound

from usga_indicators.domain.publication.difference import CellDifference, differences
from usga_indicators.operations.withhold import withheld
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Release, Releases
from usga_indicators.storage.shares import Shares


@dataclass(frozen=True, slots=True)
class Compared:
    """Two releases with everything that differs between them."""

    before: Release
    after: Release
    cells: list[CellDifference]
    withheld: tuple[str, ...] = ()
    """Codes of indicators that the caller does not read in one of the two, and so in neither."""

    @property
    def definitions(self) -> list[tuple[str, str | None, str | None]]:
        """Indicators whose version differs, or that one of the two does not have."""
        old, new = _versions(self.before), _versions(self.after)
        return [
            (code, old.get(code), new.get(code))
            for code in sorted(old.keys() | new.keys())
            if old.get(code) != new.get(code)
        ]


async def compare_releases(
    release: str, against: str, *, actor: Actor, database: Database
) -> Compared:
    """From `against` to `release`. Raises NotFound unless the caller sees both, of one place."""
    async with database.read() as session:
        releases, observations = Releases(session), Observations(session)
        after, before = await releases.get(release, actor), await releases.get(against, actor)
        if after is None or before is None:
            raise NotFound
        if after.view.assessment != before.view.assessment:
            raise NotFound
        unread = {c for r in (before, after) for c in await withheld(Shares(session), r, actor)}
        without = tuple(sorted(unread))
        old = await observations.published(Selection(against, without=without))
        new = await observations.published(Selection(release, without=without))
    cells = await asyncio.to_thread(_cells, old, new)
    return Compared(before, after, cells, without)


def _cells(old: list[tuple[int, str]], new: list[tuple[int, str]]) -> list[CellDifference]:
    return list(differences([orjson.loads(t) for _, t in old], [orjson.loads(t) for _, t in new]))


def _versions(release: Release) -> Mapping[str, Any]:
    return {indicator["code"]: indicator["version"] for indicator in release.indicators}
