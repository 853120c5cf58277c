"""The centre over all lives of its service: killed, without power, restored from older backups."""

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.disk import Image
from tests.simulation.folders import Files
from tests.simulation.network import DAY
from tests.simulation.server import Server, copy_keys, template

if TYPE_CHECKING:
    from tests.simulation.world import World

_PLUG = 0.06


class Centre:
    """One installation; its keys stay through all lives."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.server: Server | None = None
        self.keys = copy_keys(world.folder / "keys")
        self._lives = 0
        self._plugs = True
        self._backups: list[Image] = []
        self._restoring: Image | None = None

    # Its lives

    async def begin(self) -> None:
        """The first life of its service."""
        await self._start(template().image, {})

    async def _start(self, image: Image, files: Files, *, restored: bool = False) -> None:
        world = self._world
        self._lives += 1
        server = Server(
            world.folder / f"life-{self._lives}", self.keys, image, files, clock=world.clock,
            rng=random.Random(f"disk {world.seed} {self._lives}"),
        )  # fmt: skip
        if restored:
            await server.come_back()
            world.oracle.reread(server.path)
            world.oracle.restored()
            world.files.restored(server.path)
            world.generation += 1
        await server.start()
        self.server = server
        world.say("server", "up", self._lives)

    async def operate(self) -> None:
        """Start the service again whenever it died."""
        world = self._world
        while True:
            assert self.server is not None
            dead = self.server
            await dead.died.wait()
            world.say("server", "died", dead.commits)
            self.server = None
            await dead.bury()
            await asyncio.sleep(world.rng.uniform(1, 600))
            image, self._restoring = self._restoring, None
            assert dead.left is not None
            await self._start(image or dead.left, dead.left_files, restored=image is not None)
            if image is not None:
                world.later(world.office.revoke_again())

    def calm(self) -> None:
        """From now on nothing happens to it."""
        self._plugs = False
        if self.server is not None:
            self.server.dies_after, self.server.full_until = None, 0.0

    async def end(self) -> None:
        """Put it away."""
        if self.server is not None:
            self.server.kill()
            await self.server.bury()

    # What happens to it

    def trouble(self, what: str, server: Server) -> None:
        """One thing that happens to its machine."""
        rng = self._world.rng
        match what:
            case "backup":
                self._backups.append(dict(server.durable))
            case "kill":
                server.kill()
            case "kill at a step":
                server.dies_after = rng.randrange(1, 60)
            case "power loss":
                server.kill(power=True)
            case "disk full":
                server.full_until = self._world.time() + rng.uniform(0.02, 0.3) * DAY
            case "restore" if self._backups:
                self._restoring = rng.choice(self._backups)
                server.kill()

    def jump(self) -> None:
        """Its clock is put right, or wrong."""
        self._world.clock.jump += timedelta(hours=self._world.rng.uniform(-1, 1))

    def pull_the_plug(self, rng: random.Random) -> None:
        """Power goes just when bytes of a file were answered for."""
        if self._plugs and self.server is not None and rng.random() < _PLUG:
            self.server.kill(power=True)
            self._world.seen["power loss in a file"] += 1
