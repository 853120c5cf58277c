"""Verifications, one at a time and remembered for a while: each computes a whole release."""

import asyncio
from datetime import datetime, timedelta

from usga_shared.auth.actors import Actor, ActorKind
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import Forbidden, NotFound

from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.verify_release import Verification, verify_release
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.releases import Releases
from usga_indicators.storage.statistics_files import StatisticsFiles

REMEMBER = timedelta(seconds=60)


class Verifier:
    """Who sees a release may ask whether it computes to itself; many who ask cost one.

    Nobody holds a connection while waiting for the others: readers would find none left.
    """

    def __init__(
        self,
        database: Database,
        files: ExtractFiles,
        statistics: StatisticsFiles,
        clock: Clock,
    ) -> None:
        self._database, self._files, self._clock = database, files, clock
        self._statistics = statistics
        self._turn = asyncio.Lock()
        self._found: dict[tuple[str, str | None], tuple[datetime, Verification]] = {}

    async def verify(self, release: str, *, actor: Actor, known: KnownDefinitions) -> Verification:
        """What `verify_release` finds now, or found within the last minute.

        Raises NotFound for a release that this actor does not see, Forbidden for a tablet or a
        hub, and NotRecomputable.
        """
        async with self._database.read() as session:  # before waiting for the others
            stored = await Releases(session).listed(release, actor)
        if stored is None:
            raise NotFound
        if actor.kind in {ActorKind.DEVICE, ActorKind.HUB}:
            raise Forbidden
        key = (release, stored.not_recomputable)  # nothing remembered outlives a withdrawal
        async with self._turn:
            now = self._clock.now()
            self._found = {i: f for i, f in self._found.items() if f[0] > now}
            if key not in self._found:
                found = await verify_release(
                    release,
                    actor=actor,
                    database=self._database,
                    files=self._files,
                    statistics=self._statistics,
                    definitions=await known.published(stored.view.assessment),
                )
                self._found[key] = (now + REMEMBER, found)
            return self._found[key][1]
