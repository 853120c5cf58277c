"""The centre over all lives of its service."""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.machine import Machine
from tests.simulation.server import Disk, Server, template

if TYPE_CHECKING:
    from tests.simulation.world import World


class Centre(Machine[Server]):
    """One installation."""

    PLUG, DIES_AT_FIRST, AWAY, FULL = 0.06, 0.15, 600.0, (0.02, 0.3)

    def __init__(self, world: "World") -> None:
        super().__init__(world, "server", world.folder, world.rng)

    async def begin(self) -> None:
        """The first life of its service."""
        await self.start(template().disk)

    def life(self, number: int, disk: Disk, rng: random.Random) -> Server:
        return Server(self.folder / f"life-{number}", disk, clock=self.world.clock, rng=rng)

    def came_back(self, process: Server) -> None:
        world = self.world
        world.oracle.reread(process.path)
        world.oracle.restored()
        world.files.restored(process.path)
        world.generation += 1
        world.later(self._revoke_again())

    async def _revoke_again(self) -> None:
        await self.is_up()
        await self.world.office.revoke_again()

    def jump(self) -> None:
        """Its clock is put right, or wrong."""
        self.world.clock.jump += timedelta(hours=self.world.rng.uniform(-1, 1))

    def pull(self) -> None:
        """Power goes just when bytes of a file were answered for."""
        is_pulled = self.pull_the_plug(self.process, rng=self.world.file_rng)
        self.world.seen["power loss in a file"] += is_pulled
