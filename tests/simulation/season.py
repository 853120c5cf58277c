"""One season from its first morning to the quiet after it, and one seed of the simulation."""

import asyncio
import hashlib
import logging
import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from usga_assessment.operations.hub import carry_files

from tests.simulation.disk import without_threads
from tests.simulation.file_quiet import settle_recordings
from tests.simulation.folders import without_real_syncs
from tests.simulation.hub_quiet import settle_hubs
from tests.simulation.hubs import Hub, trouble_hubs
from tests.simulation.loop import VirtualLoop, seeded_entropy
from tests.simulation.network import DAY, Link
from tests.simulation.oracle import Violation
from tests.simulation.planting import put
from tests.simulation.quiet import settle
from tests.simulation.server import task_factory, template
from tests.simulation.tablets import Interviewer
from tests.simulation.troubles import Troubles
from tests.simulation.world import World

_PIECE = 2500
"""Bytes that a hub brings at once: files of the simulation are small."""
_SHM = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed gave: the hash of everything that happened, and what was seen."""

    seed: int
    digest: str
    seen: Counter[str]
    violation: str | None
    log: list[str]


class Season:
    """Everything that may go wrong, and the quiet after it."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def run(self) -> None:
        """To its end; raises Violation."""
        world = self._world
        await world.centre.begin()
        operators = [asyncio.ensure_future(world.centre.operate())]
        try:
            operators += await self._set_up_hubs()
            for number in range(world.rng.choice((2, 3, 4))):
                await self._hand_out(f"t{number}")
            until = world.time() + 3 * DAY
            await asyncio.gather(
                Troubles(world).season(until),
                *(tablet.season(until) for tablet in world.tablets),
                *(hub.season(until) for hub in world.hubs),
                *([trouble_hubs(world.hubs, world.hub_rng, until)] if world.hubs else []),
            )
            await world.all_delivered()
            self._calm()
            await self._settle()
        finally:
            await self._end(operators)

    async def _set_up_hubs(self) -> "list[asyncio.Task[None]]":
        world = self._world
        for number in range(world.hubs_wanted):
            rng = random.Random(f"hub {world.seed} {number}")
            hub = Hub(world, f"h{number}", world.folder / f"h{number}", rng)
            await hub.begin()
            world.hubs.append(hub)
        return [asyncio.ensure_future(hub.operate()) for hub in world.hubs]

    async def _hand_out(self, name: str) -> None:
        world = self._world
        rng = random.Random(f"tablet {world.seed} {name}")
        tablet = Interviewer(world, name, world.folder / name, rng)
        world.tablets.append(tablet)
        await tablet.enrol(await world.office.invite())

    def _calm(self) -> None:
        """From now on nothing goes wrong."""
        for link in self._links():
            link.bad = link.away_until = link.portal_until = 0.0
        for hub in self._world.hubs:
            hub.calm()
        self._world.centre.calm()

    def _links(self) -> list[Link]:
        tablets = [link for tablet in self._world.tablets for link in tablet.links()]
        return [*tablets, *(hub.link for hub in self._world.hubs)]

    async def _settle(self) -> None:
        world = self._world
        if world.hubs:
            await settle_hubs(world)
        await settle(world)
        if world.has_files:
            await settle_recordings(world)
        world.fail_again()

    async def _end(self, operators: "list[asyncio.Task[None]]") -> None:
        world = self._world
        for operator in operators:
            operator.cancel()
        await asyncio.gather(*operators, return_exceptions=True)
        await world.end()


def simulate(seed: int) -> Outcome:
    """Run one seed to its end."""
    template()
    loop = VirtualLoop()
    loop.set_task_factory(task_factory)
    parent = _SHM if _SHM.is_dir() else None
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    violation: str | None = None
    try:
        with tempfile.TemporaryDirectory(prefix="usga-season-", dir=parent) as folder:
            world = World(seed, Path(folder), loop)
            with (
                without_threads(),
                without_real_syncs(),
                seeded_entropy(world.entropy),
                put(carry_files, "PIECE", _PIECE),
            ):
                try:
                    loop.run_until_complete(Season(world).run())
                except Violation as found:
                    violation = str(found)
    finally:
        logging.disable(before)
        loop.close()
    digest = hashlib.sha256("\n".join(world.log).encode()).hexdigest()
    return Outcome(seed, digest, world.seen, violation, world.log)
