"""A machine over all lives of its program: killed, without power, full, restored from older copies."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from tests.simulation.disk import Image
from tests.simulation.network import DAY
from tests.simulation.server import Disk, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

P = TypeVar("P", bound=Process)


class Machine(Generic[P]):
    """The centre's, or a hub's; its keys are not in its backups and stay as they are."""

    PLUG: ClassVar[float]
    """How often power goes just when bytes of a file were answered for."""
    DIES_AT_FIRST: ClassVar[float]
    DIES_LATER: ClassVar[float] = 0.03
    """How often a life is over before its program has started well."""
    FIRST_STEPS: ClassVar[int] = 60
    AWAY: ClassVar[float]
    """Seconds until somebody starts it again, at most."""
    FULL: ClassVar[tuple[float, float]]
    """Days for which its disk stays full."""

    def __init__(self, world: "World", name: str, folder: Path, rng: random.Random) -> None:
        self.world, self.name, self.rng, self.folder = world, name, rng, folder
        self.process: P | None = None
        self._starts = random.Random(f"{name} starts {world.seed}")
        self._lives = 0
        self._is_calm = False
        self.backups: list[Image] = []
        self._restoring: Image | None = None

    # What the centre and hubs have of their own

    def life(self, number: int, disk: Disk, rng: random.Random) -> P:
        """A new life of the program."""
        raise NotImplementedError

    def came_back(self, process: P) -> None:
        """It was restored, and said so."""
        raise NotImplementedError

    # Its lives

    async def start(self, disk: Disk, *, restored: bool = False) -> None:
        """Until it starts without dying over it; `restored` repeats what was not finished."""
        while True:
            process = self._live(disk)
            is_back = not restored or await self._come_back(process)
            if is_back and await process.start():
                break
            restored = restored and not is_back
            self.world.say(self.name, "died over its start", self._lives)
            self.world.seen["died over its start" if is_back else "died over its restore"] += 1
            await process.bury()
            assert process.left is not None
            disk = process.left
        self.process = process
        self.world.say(self.name, "up", self._lives)

    def _live(self, disk: Disk) -> P:
        self._lives += 1
        rng = random.Random(f"{self.name} disk {self.world.seed} {self._lives}")
        process = self.life(self._lives, disk, rng)
        likely = self.DIES_AT_FIRST if self._lives == 1 else self.DIES_LATER
        if not self._is_calm and self._starts.random() < likely:
            process.dies_after = self._starts.randrange(1, self.FIRST_STEPS)
            process.dies_by_power = self._starts.random() < 0.5
        return process

    async def _come_back(self, process: P) -> bool:
        try:
            await process.come_back()
        except (Exception, asyncio.CancelledError):
            if process.lives:
                raise
        if process.lives:
            self.came_back(process)
        return process.lives

    async def operate(self) -> None:
        """Start the program again whenever it died."""
        while True:
            dead = self.process
            if dead is None:
                await asyncio.sleep(1.0)
                continue
            await dead.died.wait()
            self.world.say(self.name, "died", dead.commits)
            self.process = None
            await dead.bury()
            await asyncio.sleep(self.rng.uniform(1, self.AWAY))
            image, self._restoring = self._restoring, None
            assert dead.left is not None
            disk = dead.left if image is None else replace(dead.left, image=image)
            await self.start(disk, restored=image is not None)

    async def is_up(self) -> P:
        """Wait until it works."""
        while self.process is None or not self.process.lives:
            await self.world.pause(60.0)
        return self.process

    def calm(self) -> None:
        """From now on nothing happens to it."""
        self._is_calm = True
        if self.process is not None:
            self.process.dies_after, self.process.full_until = None, 0.0

    async def put_away(self) -> None:
        """The season is over."""
        if self.process is not None:
            self.process.kill()
            await self.process.bury()

    # What happens to it

    def suffer(self, what: str, process: P) -> bool:
        """One thing that happens to a machine; whether it could."""
        match what:
            case "backup":
                self.backups.append(dict(process.durable))
            case "kill":
                process.kill()
            case "kill at a step":
                process.dies_after = self.rng.randrange(1, 60)
            case "power loss":
                process.kill(power=True)
            case "disk full":
                process.full_until = self.world.time() + self.rng.uniform(*self.FULL) * DAY
            case "restore" if self.backups:
                self._restoring = self.rng.choice(self.backups)
                process.kill()
            case _:
                return False
        return True

    def pull_the_plug(self, process: P | None, *, rng: random.Random) -> bool:
        """Power goes just when bytes of a file were answered for, now and then."""
        if self._is_calm or process is None or rng.random() >= self.PLUG:
            return False
        process.kill(power=True)
        return True
