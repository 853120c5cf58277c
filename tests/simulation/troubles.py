"""What an office, a machine or a person does to the season, when chance says so."""

import asyncio
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation.network import DAY
from tests.simulation.tablets import Interviewer

if TYPE_CHECKING:
    from tests.simulation.world import World

TROUBLES = {
    "follow": 6,
    "withdraw": 3,
    "return": 2,
    "approve": 2,
    "revoke": 1,
    "late form": 1,
    "backup": 3,
    "kill": 2,
    "kill at a step": 6,
    "power loss": 3,
    "restore": 1,
    "disk full": 2,
    "server clock jump": 1,
    "clone": 1,
    "tablet backup": 2,
    "tablet restored": 1,
}
_MOST_TABLETS = 6


class Troubles:
    """One for each season."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._tablet_backups: dict[str, Path] = {}

    async def season(self, until: float) -> None:
        """One trouble after another."""
        world = self._world
        while world.time() < until:
            await asyncio.sleep(world.rng.expovariate(1 / (0.1 * DAY)))
            await self._happen(world.rng.choices(list(TROUBLES), list(TROUBLES.values()))[0])
            world.look()

    async def _happen(self, what: str) -> None:
        world = self._world
        world.say("trouble", what)
        server, living = world.server, [t for t in world.tablets if not t.retired]
        someone = world.rng.choice(living)
        match what:
            case "follow":
                await world.office.follow()
            case "withdraw":
                await world.office.withdraw()
            case "return" | "approve":
                await world.office.decide(what)
            case "revoke":
                await world.office.revoke(someone, wipe=world.rng.random() < 0.5)
            case "late form":
                await world.office.publish_late_form()
            case "server clock jump":
                world.centre.jump()
            case "clone":
                self._copy_tablet(someone, None)
            case "tablet backup":
                backup = world.folder / f"copy-{world.time():.0f}.db"
                self._tablet_backups[someone.name] = backup
                someone.copy_to(backup)
            case "tablet restored" if someone.name in self._tablet_backups:
                self._copy_tablet(someone, self._tablet_backups.pop(someone.name))
            case _ if server is not None and server.lives:
                world.centre.suffer(what, server)
            case _:
                return
        world.seen[what] += 1

    def _copy_tablet(self, tablet: Interviewer, backup: Path | None) -> None:
        """A clone works beside its original; a restored tablet takes its place."""
        world = self._world
        name = f"t{len(world.tablets)}"
        if len(world.tablets) >= _MOST_TABLETS:
            return
        folder = world.folder / name
        if backup is None:
            tablet.copy_to(folder / "outbox.db")
        else:
            folder.mkdir(parents=True)
            shutil.move(backup, folder / "outbox.db")
            tablet.retired = True
        if tablet.recordings is not None:
            tablet.recordings.copy_to(folder / "files")
            world.files.copied(tablet.name, name)
        rng = random.Random(f"tablet {world.seed} {name}")
        twin = Interviewer(world, name, folder, rng)
        twin.drafts, twin.cloned, twin.wiped = list(tablet.drafts), True, tablet.wiped
        tablet.cloned = True
        world.tablets.append(twin)
        world.later(twin.season(world.time() + DAY))
