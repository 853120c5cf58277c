"""A centre, two hubs and tablets that are in the midst of work while somebody kills."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from usga_assessment.storage.hub.certificate import serving_files
from usga_tablet.filebox import FileBox
from usga_tablet.hub_link import hub_link
from usga_tablet.hubs import HubVisit
from usga_tablet.link import Patience, SyncStopped
from usga_tablet.outbox import QUEUED, Outbox
from usga_tablet.sync import Tablet

from tests.support.attaching import recording, story
from tests.support.collecting import HERE, SERVICE_TOKEN, bearer
from tests.support.hub_village import seeded
from tests.support.hubs import FieldTablet, finalise

CENTRE, HUBS = "centre", ("north", "south")
FILE_BYTES = 90_000
_TO_START = 300.0
"""Seconds: a machine that does much else takes its time."""
_HASTY = Patience(tries=2, first=0.05)


@dataclass(slots=True)
class Creche:
    """The processes that are alive now, by name."""

    process: Process
    pids: dict[str, int] = field(default_factory=dict)
    lives: Counter[str] = field(default_factory=Counter)
    is_over: bool = False
    """It ended: nobody is born any more, and its own words say why."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        """Follow who is born, until there is nobody any more."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            name, pid = line.decode().split()
            async with self.changed:
                self.pids[name] = int(pid)
                self.lives[name] += 1
                self.changed.notify_all()
        async with self.changed:
            self.is_over = True
            self.changed.notify_all()

    async def kill(self, name: str) -> None:
        """SIGKILL, and wait until its like is born."""
        async with self.changed:
            before = self.lives[name]
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pids[name], signal.SIGKILL)
            await self.changed.wait_for(lambda: self.is_over or self.lives[name] > before)
            assert not self.is_over


@dataclass
class Village:
    """Everybody, and what was seen."""

    creche: Creche
    origins: dict[str, str]
    supervisor: str
    tablets: list[FieldTablet] = field(default_factory=list)
    begun: int = 0
    broken: int = 0
    """Visits that a kill cut short."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    kills: Counter[str] = field(default_factory=Counter)

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The centre, as the supervisor, as soon as it is there."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            for _ in range(100):
                with contextlib.suppress(httpx.TransportError):
                    return await http.request(
                        method, self.origins[CENTRE] + path,
                        headers=bearer(self.supervisor), **options,
                    )  # fmt: skip
                await asyncio.sleep(0.1)
        raise AssertionError("the centre does not come back")

    async def ready(self) -> None:
        """Until each of them answers, however busy the machine is; a process that ended says so."""
        async with asyncio.timeout(_TO_START):
            for origin in self.origins.values():
                while not await _answers(origin):
                    assert self.creche.process.returncode is None, "the processes ended"
                    await asyncio.sleep(0.1)

    async def note(self, request: httpx.Request) -> None:
        """A tablet asks a hub to take something."""
        if request.method in {"POST", "PATCH"}:
            async with self.changed:
                self.begun += 1
                self.changed.notify_all()

    async def more(self, count: int) -> None:
        """Until so many of these have begun from now, or a second has passed without."""
        target = self.begun + count
        with contextlib.suppress(TimeoutError):  # they wait for receipts: as good a moment
            async with asyncio.timeout(1.0), self.changed:
                await self.changed.wait_for(lambda: self.begun >= target)

    async def endure(self, rounds: int) -> None:
        """Tablets visit until the centre has proven everything; meanwhile somebody kills."""
        visiting = [asyncio.create_task(self._visits(n)) for n in range(len(self.tablets))]
        try:
            await self._kill(rounds)
            await asyncio.gather(*visiting)
        finally:
            for task in visiting:
                task.cancel()

    async def _kill(self, rounds: int) -> None:
        rng = random.Random(f"{rounds}/kills")
        for number in range(rounds):
            await self.more(rng.randint(1, 4))
            await asyncio.sleep(rng.uniform(0.0, 0.08))
            name = (*HUBS, CENTRE)[number % 3]
            self.kills[name] += 1
            await self.creche.kill(name)

    async def _visits(self, number: int) -> None:
        rng, tablet = random.Random(f"visits/{number}"), self.tablets[number]
        outbox, box = tablet.outbox, tablet.box
        assert box is not None
        while outbox.counts().get(QUEUED) or any(True for _ in outbox.held()) or box.queued():
            try:
                async with hub_link(self.origins[rng.choice(HUBS)]) as link:
                    link.http.event_hooks = {"request": [self.note], "response": []}
                    visit = HubVisit(
                        outbox, link.http, rng=rng, patience=_HASTY, batch=1 + number % 3,
                        coding="gzip",
                    )  # fmt: skip
                    visit.files, visit.shown = box, link.shown
                    await visit.visit()
            except SyncStopped:
                self.broken += 1
                await asyncio.sleep(rng.uniform(0.0, 0.2))
            await asyncio.sleep(rng.uniform(0.0, 0.1))


async def _answers(origin: str) -> bool:
    # its certificate is its own; tablets look at the key
    async with httpx.AsyncClient(trust_env=False, timeout=30, verify=False) as http:
        with contextlib.suppress(httpx.TransportError):
            return (await http.get(f"{origin}/health/ready")).is_success
    return False


@asynccontextmanager
async def village(
    url: str, hub_urls: dict[str, str], folder: Path, *, tablets: int, each: int, files: int
) -> AsyncIterator[Village]:
    """Tablets that met the centre once, with so many interviews and files each."""
    supervisor, codes = await seeded(url, files=True, hubs=HUBS)
    listening = {name: _listening() for name in (CENTRE, *HUBS)}
    origins = {
        name: f"http://127.0.0.1:{each.getsockname()[1]}" for name, each in listening.items()
    }
    origins["south"] = origins["south"].replace("http:", "https:")
    services = [_service(CENTRE, listening, url, folder)] + [
        _service(
            name, listening, hub_urls[name], folder, UPSTREAM=origins[CENTRE],
            UPSTREAM_SECONDS="0.3", HUB_NAME=name, UPSTREAM_CODE=codes[name],
        )
        for name in HUBS
    ]  # fmt: skip
    south = serving_files(folder / "south" / "keys")
    services[-1] |= {"certificate": str(south.certificate), "key": str(south.key)}
    async with AsyncExitStack() as stack:
        creche = await stack.enter_async_context(
            _creche(folder / "services.json", services, list(listening.values()))
        )
        made = Village(creche, origins, supervisor)
        await made.ready()
        for number in range(tablets):
            tablet = await _tablet(made, folder / f"tablet-{number}", number, stack)
            _work(tablet, each=each, files=files, seed=number)
            made.tablets.append(tablet)
        yield made


def _listening() -> socket.socket:
    """A port of its own from now on: nobody else takes it before the process is there."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", 0))
    made.listen(512)
    return made


def _service(
    name: str, listening: dict[str, socket.socket], url: str, folder: Path, **more: str
) -> dict[str, Any]:
    settings = {
        "DATABASE_URL": url, "SERVICE_TOKEN": SERVICE_TOKEN, "LOG_LEVEL": "ERROR",
        "DATA_DIR": str(folder / name / "data"), "KEY_DIR": str(folder / name / "keys"), **more,
    }  # fmt: skip
    environment = {f"USGA_ASSESSMENT_{key}": value for key, value in settings.items()}
    return {"name": name, "socket": listening[name].fileno(), "environment": environment}


@asynccontextmanager
async def _creche(
    file: Path, services: list[dict[str, Any]], listening: list[socket.socket]
) -> AsyncIterator[Creche]:
    await asyncio.to_thread(file.write_text, json.dumps(services))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.creche", str(file), stdin=PIPE, stdout=PIPE,
        pass_fds=[each.fileno() for each in listening],
    )  # fmt: skip
    for each in listening:
        each.close()
    made = Creche(process)
    reading = asyncio.create_task(made.read())
    try:
        async with asyncio.timeout(_TO_START), made.changed:
            await made.changed.wait_for(lambda: made.is_over or len(made.pids) == len(services))
            assert not made.is_over
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 60)
        await reading


async def _code(made: Village, kind: str, **asked: object) -> str:
    answer = await made.ask("POST", f"/v1/{kind}/enrolments", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def _tablet(made: Village, folder: Path, number: int, stack: AsyncExitStack) -> FieldTablet:
    code = await _code(made, "devices", assessment=HERE, label=f"t{number}")
    outbox, box = Outbox(folder / "outbox.db"), FileBox(folder / "files")
    stack.callback(outbox.close)
    stack.callback(box.close)
    async with httpx.AsyncClient(base_url=made.origins[CENTRE], trust_env=False) as http:
        tablet = Tablet(outbox, http, rng=random.Random(number))
        await tablet.enrol(code, f"t{number}")
        await tablet.sync()
    return FieldTablet(outbox, None, box)


def _work(tablet: FieldTablet, *, each: int, files: int, seed: int) -> None:
    """Interviews, and among them some with a recording."""
    for number in range(each):
        if number % max(1, each // files) == 0 and number // max(1, each // files) < files:
            name = f"story-{number}.ogg"
            content = recording(FILE_BYTES, seed=1000 * seed + number)
            tablet.photographed(story(content, name))
        else:
            finalise(tablet.outbox)
