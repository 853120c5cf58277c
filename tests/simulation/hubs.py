"""Hubs: laptops between tablets and centre that die, are restored, stolen and cut off."""

import asyncio
import hashlib
import random
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
from fastapi import FastAPI
from usga_assessment.hub_app import Surroundings, create_hub
from usga_assessment.settings import Settings

from tests.simulation.courier_oracle import HubBooks
from tests.simulation.disk import Image, image_of, in_context_of
from tests.simulation.folders import Files
from tests.simulation.loop import WorldClock
from tests.simulation.network import DAY, Link
from tests.simulation.oracle import Violation
from tests.simulation.server import SERVICE_TOKEN, Process
from tests.support.databases import create_tables, run

if TYPE_CHECKING:
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

HUB_TROUBLES = {
    "hub kill": 1,
    "hub kill at a step": 6,
    "hub power loss": 4,
    "hub disk full": 2,
    "hub backup": 3,
    "hub restored": 2,
    "hub cut off": 2,
    "hub clock jump": 1,
    "hub revoked": 1,
    "hub stolen": 1,
}
_REVOKED_BY = 60.0
_UNAUTHORISED = 401


@cache
def empty_hub() -> Image:
    """The database of a hub that never ran."""
    with tempfile.TemporaryDirectory(prefix="usga-hub-") as folder:
        path = Path(folder) / "assessment.db"

        async def make() -> None:
            await create_tables(f"sqlite+aiosqlite:///{path}", "assessment")

        run(make)
        return image_of(path)


class HubProcess(Process):
    """One life of a hub's program."""

    def __init__(
        self, hub: "Hub", folder: Path, image: Image, files: Files, *, rng: random.Random
    ) -> None:
        super().__init__(folder, image, files, clock=hub.clock, rng=rng)
        self._hub, self._folder = hub, folder

    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            database_url=f"sqlite+aiosqlite:///{self.path}",
            service_token=SERVICE_TOKEN,
            data_dir=self._folder / "data",
            key_dir=self._hub.keys,
            upstream="http://server",
            upstream_code=self._hub.code,
            upstream_seconds=0,  # it looks for the centre when the simulation says so
            hub_name=self._hub.name,
            sync_page_size=3,
            log_level="ERROR",
        )

    def make(self) -> FastAPI:
        around = Surroundings(
            transport=self._hub.link, rng=random.Random(self._hub.name), sleep=asyncio.sleep
        )
        return create_hub(self.settings(), clock=self._hub.clock, surroundings=around)


class Hub:
    """A laptop over all lives of its program; its keys are files of the laptop."""

    def __init__(self, world: "World", name: str, folder: Path, rng: random.Random) -> None:
        self.world, self.name, self.rng, self._folder = world, name, rng, folder
        self.clock = WorldClock(asyncio.get_running_loop())
        self.clock.jump = timedelta(hours=rng.uniform(-30, 30))
        self.keys = folder / "keys"
        self.link = Link(name, rng, self._bring, seen=world.seen, say=world.say, later=world.later)
        self.code, self.token = "", ""
        self.process: HubProcess | None = None
        self.books = HubBooks(name, world.oracle)
        self.is_stolen = self.is_unwelcome = False
        self._revoked: dict[str, float] = {}
        """Token -> when the centre confirmed that it is revoked."""
        self._backups: list[Image] = []
        self._restoring: Image | None = None
        self._lives = 0

    # Its lives

    async def begin(self) -> None:
        """Set it up in the office, where the network is good."""
        self.code = await self.world.office.invite_hub()
        await self._start(empty_hub(), {})
        bad, self.link.bad = self.link.bad, 0.0
        await self.round()
        self.link.bad = bad

    async def _start(self, image: Image, files: Files, *, restored: bool = False) -> None:
        self._lives += 1
        rng = random.Random(f"{self.name} disk {self.world.seed} {self._lives}")
        process = HubProcess(self, self._folder / f"life-{self._lives}", image, files, rng=rng)
        if restored:
            await process.come_back()
            self.books.restored()
        await process.start()
        self.process = process
        self.world.say(self.name, "up", self._lives)

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
            await asyncio.sleep(self.rng.uniform(1, 3600))
            image, self._restoring = self._restoring, None
            assert dead.left is not None
            await self._start(image or dead.left, dead.left_files, restored=image is not None)

    def calm(self) -> None:
        """From now on nothing happens to it."""
        if self.process is not None:
            self.process.dies_after, self.process.full_until = None, 0.0

    async def end(self) -> None:
        """Put it away."""
        self.books.close()
        if self.process is not None:
            self.process.kill()
            await self.process.bury()

    # What it does

    async def season(self, until: float) -> None:
        """Look for the centre every few hours."""
        while self.world.time() < until:
            await asyncio.sleep(self.rng.expovariate(1 / (0.1 * DAY)))
            await self.round()
            if self.is_unwelcome and not self.is_stolen:
                await self.enrol_anew()

    async def round(self) -> None:
        """One look for the centre, as its background task does it."""
        process = self.process
        if process is None or not process.lives:
            return
        work = in_context_of(process, process.app.state.courier.round(), "round")
        try:
            done = await asyncio.shield(work)
        except asyncio.CancelledError:
            if process.lives:
                raise
            return
        except Violation:
            raise
        except Exception as error:  # noqa: BLE001 - its background task goes on, too
            self.world.say(self.name, "round failed", type(error).__name__)
            self.world.seen["hub round failed"] += 1
            return
        self.world.say(self.name, "round", done.delivered, done.refused, done.mail, done.reached)
        self.world.seen["parcel receipted"] += done.delivered
        self.world.seen["parcel refused"] += done.refused
        self.world.look()

    async def enrol_anew(self) -> None:
        """The centre does not know it any more: somebody types in a new code."""
        self.is_unwelcome = False
        self.code = await self.world.office.invite_hub()
        self.world.seen["hub enrolled anew"] += 1
        if self.process is not None:
            self.process.kill()
        while self.process is None or not self.process.lives:
            await self.world.pause(60.0)

    async def trouble(self, what: str) -> None:
        """One thing that happens to it."""
        self.world.say("trouble", self.name, what)
        process = self.process
        match what:
            case "hub cut off":
                self.link.away_until = self.world.time() + self.rng.uniform(0.2, 2) * DAY
            case "hub clock jump":
                self.clock.jump += timedelta(hours=self.rng.uniform(-10, 10))
            case "hub revoked" | "hub stolen":
                await self._lost(is_stolen=what == "hub stolen")
            case _ if process is not None and process.lives:
                if not self._to_the_machine(what, process):
                    return
            case _:
                return
        self.world.seen[what] += 1

    def _to_the_machine(self, what: str, process: HubProcess) -> bool:
        match what:
            case "hub kill":
                process.kill()
            case "hub kill at a step":
                process.dies_after = self.rng.randrange(1, 50)
            case "hub power loss":
                process.kill(power=True)
            case "hub disk full":
                process.full_until = self.world.time() + self.rng.uniform(0.05, 0.5) * DAY
            case "hub backup":
                self._backups.append(dict(process.durable))
            case "hub restored" if self._backups:
                self._restoring = self.rng.choice(self._backups)
                process.kill()
            case _:
                return False
        return True

    async def _lost(self, *, is_stolen: bool) -> None:
        token = self.token
        number = orjson.loads((self.keys / "hub.json").read_bytes())["hub"]
        if await self.world.office.revoke_hub(number):
            self._revoked[token] = self.world.time()
        if is_stolen:
            self.is_stolen = True
            self.books.check_nothing_is_readable(self._files())

    def _files(self) -> list[bytes]:
        found = [path.read_bytes() for path in sorted(self._folder.rglob("*")) if path.is_file()]
        return [*found, *(content for image in self._backups for content in image.values())]

    def look(self) -> None:
        """Check its tables, when they changed."""
        if self.process is not None and self.process.lives:
            self.books.look(self.process.path)

    # Its two links

    async def _bring(self, link: Link, request: httpx.Request, heard: bool) -> httpx.Response:
        """What it says to the centre; the answer is checked before the hub hears it."""
        del heard
        world, generation = self.world, self.world.generation
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.token = token or self.token
        answer = await world.call(request)
        world.say(link.name, request.method, request.url.path, answer.status_code)
        is_served = answer.status_code == httpx.codes.OK
        if token == self.token and answer.status_code == _UNAUTHORISED:
            self.is_unwelcome = True
        if is_served and world.time() > self._revoked.get(token, float("inf")) + _REVOKED_BY:
            world.fail("a revoked hub is served")
        try:
            if is_served and request.method == "PUT" and generation == world.generation:
                self.books.centre_said(request.url.path.rpartition("/")[2], answer)
            world.look()
        except Violation as violation:
            world.fail(str(violation))
        return answer

    async def serve(
        self, tablet: "Interviewer", link: Link, request: httpx.Request, heard: bool
    ) -> httpx.Response:
        """A tablet's request arrives at the hub."""
        process, world = self.process, self.world
        if process is None:
            raise httpx.ConnectError("nobody listens", request=request)
        device = tablet.outbox.setting("device") or ""
        answer = await process.call(request)
        digest = _digest(request)
        world.say(link.name, request.method, request.url.path, digest, answer.status_code)
        try:
            if answer.status_code == httpx.codes.OK:
                self._answered(tablet, device, request, answer, heard=heard)
            world.look()
        except Violation as violation:
            world.fail(str(violation))
        return answer

    def _answered(
        self, tablet: "Interviewer", device: str, request: httpx.Request,
        answer: httpx.Response, *, heard: bool,
    ) -> None:  # fmt: skip
        match request.method, request.url.path:
            case "POST", "/v1/sync/submissions":
                self.world.seen["hub receipt"] += 1
                self.books.took(request, answer)
            case "GET", "/v1/hub/mail" if heard:
                self.books.handed_back(tablet, device, answer)


def _digest(request: httpx.Request) -> str:
    return hashlib.sha256(request.content).hexdigest()[:8]


def hubs_of_season(rng: random.Random) -> int:
    """How many hubs a season has: most have none."""
    return rng.choices((0, 1, 2), (84, 6, 10))[0]


async def trouble_hubs(hubs: list[Hub], rng: random.Random, until: float) -> None:
    """What happens to hubs while the season lasts."""
    world = hubs[0].world
    while world.time() < until:
        await asyncio.sleep(rng.expovariate(1 / (0.15 * DAY)))
        what = rng.choices(list(HUB_TROUBLES), list(HUB_TROUBLES.values()))[0]
        await rng.choice(hubs).trouble(what)
        world.look()
