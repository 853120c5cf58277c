"""One run: a season of several tablets, everything that may go wrong, and the quiet after it."""

import asyncio
import hashlib
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.simulation.coding import decoded, lines_of, needs_dictionary
from tests.simulation.disk import HOST, Image, without_threads
from tests.simulation.folders import Files, without_real_syncs
from tests.simulation.hub_quiet import settle_hubs
from tests.simulation.hubs import Hub, hubs_of_season, trouble_hubs
from tests.simulation.loop import VirtualLoop, WorldClock, seeded_entropy
from tests.simulation.network import DAY, Link
from tests.simulation.office import Office
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.quiet import settle
from tests.simulation.recordings import FileBooks, settle_recordings
from tests.simulation.server import Server, copy_keys, task_factory, template
from tests.simulation.tablets import Interviewer

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
_WITH_FILES, _PLUG = 0.15, 0.06
_REFUSED, _BROKEN, _NO_ENTRY = 400, 500, {401, 403}
_REVOKED_BY = 60.0
_SHM = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed gave: the hash of everything that happened, and what was seen."""

    seed: int
    digest: str
    seen: Counter[str]
    violation: str | None
    log: list[str]


class World:
    """Everything that exists in one run."""

    def __init__(self, seed: int, folder: Path, loop: VirtualLoop) -> None:
        self._loop, self._folder = loop, folder
        self.rng = random.Random(f"nemesis {seed}")
        self.entropy = random.Random(f"entropy {seed}")
        self.clock = WorldClock(loop)
        self.seen: Counter[str] = Counter()
        self.log: list[str] = []
        self.oracle = Oracle(self.seen, self.say)
        self.oracle.dictionaries[template().dictionary.id] = template().dictionary.content
        self.files = FileBooks(self.oracle)
        self._plugs = True
        self._file_rng = random.Random(f"files {seed}")
        self.has_files = self._file_rng.random() < _WITH_FILES
        self.office = Office(self, random.Random(f"office {seed}"))
        self.tablets: list[Interviewer] = []
        self.hubs: list[Hub] = []
        self._hub_rng = random.Random(f"hubs {seed}")
        self.server: Server | None = None
        self.generation = 0
        self.keys = copy_keys(folder / "keys")
        self.seed, self._lives = seed, 0
        self._backups: list[Image] = []
        self._restoring: Image | None = None
        self._tablet_backups: dict[str, Path] = {}
        self._later: list[asyncio.Task[Any]] = []
        self._failed: Violation | None = None

    # What others use

    def say(self, *words: object) -> None:
        """A line of the log whose hash two runs share."""
        self.log.append(" ".join([f"{self._loop.time():.3f}", *map(str, words)]))

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._loop.time()

    async def pause(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    def later(self, work: Awaitable[Any]) -> None:
        """Something that the network delivers some day, also when its sender died."""
        token = HOST.set(None)
        try:
            self._later.append(asyncio.ensure_future(work))
        finally:
            HOST.reset(token)

    def look(self) -> None:
        """Check everything that can be checked now."""
        if self.server is not None and self.server.lives:
            self.oracle.look(self.server.path)
            if self.has_files:
                self.files.look(self.server.path)
        for hub in self.hubs:
            hub.look()
        for tablet in self.tablets:
            if not tablet.retired:
                self.oracle.look_at_tablet(
                    tablet.name, tablet.install, tablet.path, wiped=tablet.wiped
                )
                if tablet.recordings is not None and self.server is not None:
                    self.files.look_at_box(tablet.name, tablet.recordings.folder)

    def is_wiped(self, tablet: Interviewer) -> bool:
        """Whether the office asked this tablet to forget."""
        return tablet.outbox.setting("token") in self.office.revoked

    async def call(self, request: httpx.Request) -> httpx.Response:
        """Reach the server, if there is one."""
        server = self.server
        if server is None:
            raise httpx.ConnectError("nobody listens", request=request)
        return await server.call(request)

    async def deliver(self, link: Link, request: httpx.Request, heard: bool) -> httpx.Response:
        """A tablet's request arrives; what is answered is checked before anybody hears it."""
        generation, sender = self.generation, self._named(link.name)
        self.files.arrives(request)
        server = self.server
        was_full = server is not None and server.is_full
        answer = await self.call(request)
        digest = hashlib.sha256(request.content).hexdigest()[:8]
        self.say(link.name, request.method, request.url.path, digest, answer.status_code)
        is_push = request.url.path == "/v1/sync/submissions"
        self.seen["body with a dictionary"] += is_push and needs_dictionary(request)
        body = decoded(request, self.oracle.dictionaries) if is_push else None
        lines = lines_of(body) if is_push else None
        ok = answer.status_code == httpx.codes.OK
        if is_push and ok and not lines:
            self.fail("a body that was cut was accepted")
        if was_full and is_push and heard and lines:
            self._on_a_full_disk(answer.status_code)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        _, since = self.office.revoked.get(token, ("", float("inf")))
        if ok and self.time() > since + _REVOKED_BY:
            self.fail("a revoked device is served")
        if generation == self.generation:
            self.oracle.answered(
                sender.install, request, lines, answer, heard=heard, ledger=sender.outbox.ledger
            )
        try:
            if generation == self.generation:
                self.files.answered(request, answer)
                self._pull_the_plug(request)
            self.look()
        except Violation as violation:
            self.fail(str(violation))
        return answer

    def _on_a_full_disk(self, status: int) -> None:
        """Only that it cannot now; what a receipt says all the same is checked like any."""
        self.seen["push on a full disk refused"] += status >= _BROKEN
        if _REFUSED <= status < _BROKEN and status not in _NO_ENTRY:
            self.fail(f"a full disk refuses for good: {status}")

    def _pull_the_plug(self, request: httpx.Request) -> None:
        """Power goes just when bytes of a file were answered for."""
        server = self.server
        if server is None or request.method != "PATCH":
            return
        if self._plugs and self._file_rng.random() < _PLUG:
            server.kill(power=True)
            self.seen["power loss in a file"] += 1

    def _named(self, name: str) -> Interviewer:
        return next(tablet for tablet in self.tablets if tablet.name == name)

    def fail(self, what: str) -> None:
        """Remember that an invariant broke, whoever swallows it, and raise it."""
        self._failed = self._failed or Violation(what)
        raise self._failed

    # The season

    async def run(self) -> None:
        """A season and its end; raises Violation."""
        await self._begin(template().image, {})
        operators = [asyncio.ensure_future(self._operate())]
        try:
            operators += await self._set_up_hubs()
            for number in range(self.rng.choice((2, 3, 4))):
                await self._hand_out(f"t{number}")
            until = self.time() + 3 * DAY
            await asyncio.gather(
                self._trouble(until),
                *(tablet.season(until) for tablet in self.tablets),
                *(hub.season(until) for hub in self.hubs),
                *([trouble_hubs(self.hubs, self._hub_rng, until)] if self.hubs else []),
            )
            while waiting := [task for task in self._later if not task.done()]:
                await asyncio.wait(waiting)  # a message may be under way for a month
            for task in self._later:
                task.result()
            for link in self._links():
                link.bad = link.away_until = link.portal_until = 0.0
            for hub in self.hubs:
                if hub.process is not None:
                    hub.process.dies_after, hub.process.full_until = None, 0.0
            self._plugs = False
            if self.server is not None:
                self.server.dies_after, self.server.full_until = None, 0.0
            if self.hubs:
                await settle_hubs(self)
            await settle(self)
            if self.has_files:
                await settle_recordings(self)
            if self._failed is not None:
                raise self._failed
        finally:
            await self._end(operators)

    async def _set_up_hubs(self) -> "list[asyncio.Task[None]]":
        for number in range(hubs_of_season(self._hub_rng)):
            rng = random.Random(f"hub {self.seed} {number}")
            hub = Hub(self, f"h{number}", self._folder / f"h{number}", rng)
            await hub.begin()
            self.hubs.append(hub)
        return [asyncio.ensure_future(hub.operate()) for hub in self.hubs]

    def _links(self) -> list[Link]:
        tablets = [link for tablet in self.tablets for link in tablet.links()]
        return [*tablets, *(hub.link for hub in self.hubs)]

    async def _end(self, operators: "list[asyncio.Task[None]]") -> None:
        for operator in operators:
            operator.cancel()
        for task in self._later:
            task.cancel()
        await asyncio.gather(*operators, *self._later, return_exceptions=True)
        for hub in self.hubs:
            await hub.end()
        for tablet in self.tablets:
            await tablet.close()
        self.oracle.close()
        self.oracle.close_tablets()
        if self.server is not None:
            self.server.kill()
            await self.server.bury()

    async def _begin(self, image: Image, files: Files, *, restored: bool = False) -> None:
        self._lives += 1
        server = Server(
            self._folder / f"life-{self._lives}", self.keys, image, files, clock=self.clock,
            rng=random.Random(f"disk {self.seed} {self._lives}"),
        )  # fmt: skip
        if restored:
            await server.come_back()
            self.oracle.reread(server.path)
            self.oracle.restored()
            self.files.restored(server.path)
            self.generation += 1
        await server.start()
        self.server = server
        self.say("server", "up", self._lives)

    async def _operate(self) -> None:
        """Start the server again whenever it died."""
        while True:
            assert self.server is not None
            dead = self.server
            await dead.died.wait()
            self.say("server", "died", dead.commits)
            self.server = None
            await dead.bury()
            await asyncio.sleep(self.rng.uniform(1, 600))
            image, self._restoring = self._restoring, None
            assert dead.left is not None
            await self._begin(image or dead.left, dead.left_files, restored=image is not None)
            if image is not None:
                self.later(self.office.revoke_again())

    async def _hand_out(self, name: str) -> None:
        rng = random.Random(f"tablet {self.seed} {name}")
        tablet = Interviewer(self, name, self._folder / name, rng)
        self.tablets.append(tablet)
        await tablet.enrol(await self.office.invite())

    async def _trouble(self, until: float) -> None:
        while self.time() < until:
            await asyncio.sleep(self.rng.expovariate(1 / (0.1 * DAY)))
            await self.trouble(self.rng.choices(list(TROUBLES), list(TROUBLES.values()))[0])
            self.look()

    async def trouble(self, what: str) -> None:
        """One thing that an office or a machine does."""
        self.say("trouble", what)
        server, living = self.server, [t for t in self.tablets if not t.retired]
        someone = self.rng.choice(living)
        match what:
            case "follow":
                await self.office.follow()
            case "withdraw":
                await self.office.withdraw()
            case "return" | "approve":
                await self.office.decide(what)
            case "revoke":
                await self.office.revoke(someone, wipe=self.rng.random() < 0.5)
            case "late form":
                await self.office.publish_late_form()
            case "server clock jump":
                self.clock.jump += timedelta(hours=self.rng.uniform(-1, 1))
            case "clone":
                await self._copy_tablet(someone, None)
            case "tablet backup":
                self._tablet_backups[someone.name] = self._folder / f"copy-{self.time():.0f}.db"
                someone.copy_to(self._tablet_backups[someone.name])
            case "tablet restored" if someone.name in self._tablet_backups:
                await self._copy_tablet(someone, self._tablet_backups.pop(someone.name))
            case _ if server is not None and server.lives:
                self._to_the_machine(what, server)
            case _:
                return
        self.seen[what] += 1

    def _to_the_machine(self, what: str, server: Server) -> None:
        match what:
            case "backup":
                self._backups.append(dict(server.durable))
            case "kill":
                server.kill()
            case "kill at a step":
                server.dies_after = self.rng.randrange(1, 60)
            case "power loss":
                server.kill(power=True)
            case "disk full":
                server.full_until = self.time() + self.rng.uniform(0.02, 0.3) * DAY
            case "restore" if self._backups:
                self._restoring = self.rng.choice(self._backups)
                server.kill()

    async def _copy_tablet(self, tablet: Interviewer, backup: Path | None) -> None:
        """A clone works beside its original; a restored tablet takes its place."""
        name = f"t{len(self.tablets)}"
        if len(self.tablets) >= 6:
            return
        folder = self._folder / name
        if backup is None:
            tablet.copy_to(folder / "outbox.db")
        else:
            folder.mkdir(parents=True)
            shutil.move(backup, folder / "outbox.db")
            tablet.retired = True
        if tablet.recordings is not None:
            tablet.recordings.copy_to(folder / "files")
        rng = random.Random(f"tablet {self.seed} {name}")
        twin = Interviewer(self, name, folder, rng)
        twin.drafts, twin.cloned, twin.wiped = list(tablet.drafts), True, tablet.wiped
        tablet.cloned = True
        self.tablets.append(twin)
        self.later(twin.season(self.time() + DAY))


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
            with without_threads(), without_real_syncs(), seeded_entropy(world.entropy):
                try:
                    loop.run_until_complete(world.run())
                except Violation as found:
                    violation = str(found)
    finally:
        logging.disable(before)
        loop.close()
    digest = hashlib.sha256("\n".join(world.log).encode()).hexdigest()
    return Outcome(seed, digest, world.seen, violation, world.log)
