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

from tests.simulation.cargo_oracle import CargoBooks
from tests.simulation.courier_oracle import HubBooks
from tests.simulation.disk import Image, image_of, in_context_of
from tests.simulation.folders import Left
from tests.simulation.loop import WorldClock
from tests.simulation.machine import Machine
from tests.simulation.network import DAY, Link
from tests.simulation.oracle import Violation
from tests.simulation.server import SERVICE_TOKEN, Disk, Process
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
    "hub restore": 2,
    "hub cut off": 2,
    "hub clock jump": 1,
    "hub revoked": 1,
    "hub stolen": 1,
}
_REVOKED_BY = 60.0
_UNAUTHORISED, _FORBIDDEN = 401, 403
_ENROL = "/v1/hubs"
_ROOM_FOR_FILES = 15_000


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

    def __init__(self, hub: "Hub", folder: Path, disk: Disk, *, rng: random.Random) -> None:
        super().__init__(folder, disk, clock=hub.clock, rng=rng)
        self._hub = hub

    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            database_url=f"sqlite+aiosqlite:///{self.path}",
            service_token=SERVICE_TOKEN,
            data_dir=self.data.path,
            key_dir=self.keys.path,
            upstream="http://server",
            upstream_code=self._hub.code,
            upstream_seconds=0,  # it looks for the centre when the simulation says so
            hub_name=self._hub.name,
            sync_page_size=3,
            hub_files_max_bytes=_ROOM_FOR_FILES,
            hub_spare_bytes=0,
            log_level="ERROR",
        )

    def make(self) -> FastAPI:
        around = Surroundings(
            transport=self._hub.link, rng=random.Random(self._hub.name), sleep=asyncio.sleep
        )
        return create_hub(self.settings(), clock=self._hub.clock, surroundings=around)


class Hub(Machine[HubProcess]):
    """A laptop over all lives of its program; its keys are files of the laptop."""

    PLUG, DIES_AT_FIRST, AWAY, FULL = 0.05, 0.4, 3600.0, (0.05, 0.5)

    def __init__(self, world: "World", name: str, folder: Path, rng: random.Random) -> None:
        super().__init__(world, name, folder, rng)
        self.clock = WorldClock(asyncio.get_running_loop())
        self.clock.jump = timedelta(hours=rng.uniform(-30, 30))
        self._keys = folder
        """Those of its life of now, or of the last one."""
        self.link = Link(name, rng, self._bring, seen=world.seen, say=world.say, later=world.later)
        self.code, self.token = "", ""
        self.books = HubBooks(name, world.oracle)
        self.cargo = CargoBooks(name, world.files, world.seen)
        self.is_stolen = self.is_unwelcome = False
        self._revoked: dict[str, float] = {}
        """Token -> when the centre confirmed that it is revoked."""

    # Its lives

    async def begin(self) -> None:
        """Set it up in the office, where the network is good."""
        self.code = await self.world.office.invite_hub()
        await self.start(Disk(empty_hub(), Left(), Left()))
        bad, self.link.bad = self.link.bad, 0.0
        await self.round()
        self.link.bad = bad

    def life(self, number: int, disk: Disk, rng: random.Random) -> HubProcess:
        process = HubProcess(self, self.folder / f"life-{number}", disk, rng=rng)
        self._keys = process.keys.path
        return process

    def came_back(self, process: HubProcess) -> None:
        self.books.restored()
        self.cargo.restored()

    async def end(self) -> None:
        """Put it away."""
        self.books.close()
        self.cargo.close()
        await self.put_away()

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
        await self.is_up()

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
                if not self.suffer(what.removeprefix("hub "), process):
                    return
            case _:
                return
        self.world.seen[what] += 1

    async def _lost(self, *, is_stolen: bool) -> None:
        token = self.token
        file = self._keys / "hub.json"
        if not file.exists():
            return  # it was never enrolled
        number = orjson.loads(file.read_bytes())["hub"]
        if await self.world.office.revoke_hub(number):
            self._revoked[token] = self.world.time()
        if is_stolen:
            self.is_stolen = True
            self.books.check_nothing_is_readable(self._files())
            self.cargo.check_nothing_is_readable(self._files())

    def _files(self) -> list[bytes]:
        found = [path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()]
        return [*found, *(content for image in self.backups for content in image.values())]

    def look(self) -> None:
        """Check its tables, when they changed."""
        if self.process is not None and self.process.lives:
            self.books.look(self.process.path)
            if self.world.has_files:
                self.cargo.look(self.process.path, self.process.data.path)

    # Its two links

    async def _bring(self, link: Link, request: httpx.Request, heard: bool) -> httpx.Response:
        """What it says to the centre; the answer is checked before the hub hears it."""
        del heard
        world, generation = self.world, self.world.generation
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.token = token or self.token
        if request.method == "PATCH":
            self.cargo.brings(request)
        answer = await world.call(request)
        world.say(link.name, request.method, request.url.path, answer.status_code)
        is_served = answer.status_code == httpx.codes.OK
        is_refused = token == self.token and answer.status_code == _UNAUTHORISED
        if is_refused or (request.url.path == _ENROL and answer.status_code == _FORBIDDEN):
            self.is_unwelcome = True
        if is_served and world.time() > self._revoked.get(token, float("inf")) + _REVOKED_BY:
            world.fail("a revoked hub is served")
        try:
            if is_served and request.method == "PUT" and generation == world.generation:
                self.books.centre_said(request.url.path.rpartition("/")[2], answer)
            if request.method == "PATCH" and generation == world.generation:
                self._of_a_piece(request, answer)
            world.look()
        except Violation as violation:
            world.fail(str(violation))
        return answer

    def _of_a_piece(self, request: httpx.Request, answer: httpx.Response) -> None:
        world, server = self.world, self.world.server
        if server is not None and server.lives:
            world.oracle.look(server.path)
            world.files.look(server.path)
            self.cargo.centre_said(request, answer)
            world.centre.pull()

    async def serve(
        self, tablet: "Interviewer", link: Link, request: httpx.Request, heard: bool
    ) -> httpx.Response:
        """A tablet's request arrives at the hub."""
        process, world = self.process, self.world
        if process is None:
            raise httpx.ConnectError("nobody listens", request=request)
        device = tablet.outbox.setting("device") or ""
        self.cargo.uploads.arrives(request)
        answer = await process.call(request)
        digest = _digest(request)
        world.say(link.name, request.method, request.url.path, digest, answer.status_code)
        try:
            if answer.status_code == httpx.codes.OK:
                self._answered(tablet, device, request, answer, heard=heard)
            self.cargo.answered(tablet, request, answer, heard=heard)
            if request.method == "PATCH":
                is_pulled = self.pull_the_plug(process, rng=self.rng)
                world.seen["power loss in a file at a hub"] += is_pulled
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
