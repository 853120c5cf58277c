"""Everything that exists in one run, and what its parts ask of each other."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import httpx

from tests.simulation.arrivals import Arrivals
from tests.simulation.centre import Centre
from tests.simulation.disk import HOST
from tests.simulation.file_oracle import FileBooks
from tests.simulation.hubs import Hub, hubs_of_season
from tests.simulation.loop import VirtualLoop, WorldClock
from tests.simulation.office import Office
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.server import Server, template
from tests.simulation.tablets import Interviewer

_WITH_FILES, _FILES_AT_HUBS = 0.07, 0.7


class World:
    """One for each run."""

    def __init__(self, seed: int, folder: Path, loop: VirtualLoop) -> None:
        self.seed, self.folder, self._loop = seed, folder, loop
        self.rng = random.Random(f"nemesis {seed}")
        self.entropy = random.Random(f"entropy {seed}")
        self.clock = WorldClock(loop)
        self.seen: Counter[str] = Counter()
        self.log: list[str] = []
        self.oracle = Oracle(self.seen, self.say)
        for known in (template().dictionary, template().foreign):
            self.oracle.dictionaries[known.id] = known.content
        self.files = FileBooks(self.oracle)
        self.hub_rng = random.Random(f"hubs {seed}")
        self.hubs_wanted = hubs_of_season(self.hub_rng)
        self.file_rng = random.Random(f"files {seed}")
        often = _FILES_AT_HUBS if self.hubs_wanted else _WITH_FILES
        self.has_files = self.file_rng.random() < often
        self.office = Office(self, random.Random(f"office {seed}"))
        self.tablets: list[Interviewer] = []
        self.hubs: list[Hub] = []
        self.centre = Centre(self)
        self.deliver = Arrivals(self).deliver
        self.generation = 0
        """How often the centre was restored."""
        self._later: list[asyncio.Task[Any]] = []
        self._failed: Violation | None = None

    @property
    def server(self) -> Server | None:
        """The centre's service, if there is one now."""
        return self.centre.process

    def say(self, *words: object) -> None:
        """A line of the log whose hash two runs share."""
        self.log.append(" ".join([f"{self._loop.time():.3f}", *map(str, words)]))

    # Time

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

    async def all_delivered(self) -> None:
        """Wait until nothing is under way any more; that may take a month."""
        while waiting := [task for task in self._later if not task.done()]:
            await asyncio.wait(waiting)
        for task in self._later:
            task.result()

    # What must hold

    def look(self) -> None:
        """Check everything that can be checked now."""
        server = self.server
        if server is not None and server.lives:
            self.oracle.look(server.path)
            if self.has_files:
                self.files.look(server.path)
        for hub in self.hubs:
            hub.look()
        for tablet in self.tablets:
            if not tablet.retired:
                self.oracle.look_at_tablet(
                    tablet.name, tablet.install, tablet.path, wiped=tablet.wiped
                )
                if tablet.recordings is not None and server is not None:
                    self.files.look_at_box(tablet, tablet.recordings.folder)

    def fail(self, what: str) -> None:
        """Remember that an invariant broke, whoever swallows it, and raise it."""
        self._failed = self._failed or Violation(what)
        raise self._failed

    def fail_again(self) -> None:
        """Raise what broke before, if anything did."""
        if self._failed is not None:
            raise self._failed

    # What others ask

    def is_wiped(self, tablet: Interviewer) -> bool:
        """Whether the office asked this tablet to forget."""
        return tablet.outbox.setting("token") in self.office.revoked

    async def call(self, request: httpx.Request) -> httpx.Response:
        """Reach the server, if there is one."""
        server = self.server
        if server is None:
            raise httpx.ConnectError("nobody listens", request=request)
        return await server.call(request)

    async def end(self) -> None:
        """Close everything."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        for hub in self.hubs:
            await hub.end()
        for tablet in self.tablets:
            await tablet.close()
        self.oracle.close()
        self.files.close()
        await self.centre.put_away()
