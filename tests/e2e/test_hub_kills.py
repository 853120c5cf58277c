"""Two hubs and the centre are killed again and again while tablets visit: nothing may be lost.

The tablets never meet the centre after they were enrolled: every receipt, and the centre's word
of what it holds, comes from a hub. Each round kills a hub or the centre with SIGKILL at a seeded
moment of the work. `USGA_TEST_KILLS=200` asks for more rounds than the usual twelve.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from usga_tablet.hubs import HubVisit
from usga_tablet.link import Patience, SyncStopped
from usga_tablet.outbox import PROVEN, QUEUED, Outbox
from usga_tablet.sync import Tablet

from tests.support.collecting import HERE
from tests.support.hub_village import CentreProcess, centre_process
from tests.support.hubs import finalise
from tools.launcher.hub import HubProcess
from tools.launcher.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROUNDS = int(os.environ.get("USGA_TEST_KILLS", "12"))
TABLETS = 4
EACH = 15 + 3 * ROUNDS
"""Interviews of a tablet: the work outlasts the kills."""
_LONGEST = 120 + 30 * ROUNDS
_HASTY = Patience(tries=2, first=0.05)


class Traffic(httpx.AsyncHTTPTransport):
    """Counts what tablets ask of hubs, and what broke under way."""

    def __init__(self, seen: "Seen") -> None:
        super().__init__(trust_env=False)
        self._seen = seen

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pushes = request.method == "POST"
        async with self._seen.changed:
            self._seen.begun += pushes
            self._seen.changed.notify_all()
        try:
            return await super().handle_async_request(request)
        except httpx.TransportError:
            self._seen.broken += pushes
            raise


@dataclass
class Seen:
    """Pushes to hubs so far."""

    begun: int = 0
    broken: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def more(self, count: int) -> None:
        """Until so many pushes have begun from now, or a second has passed without."""
        target = self.begun + count
        try:
            async with asyncio.timeout(1.0), self.changed:
                await self.changed.wait_for(lambda: self.begun >= target)
        except TimeoutError:
            pass  # the tablets wait for receipts: a moment as good as any


@dataclass
class Village:
    """A centre in a process of its own, hubs, tablets."""

    centre: CentreProcess
    hubs: list[HubProcess] = field(default_factory=list)
    outboxes: list[Outbox] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    kills: Counter[str] = field(default_factory=Counter)


@pytest.fixture
async def village(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[Village]:
    async with AsyncExitStack() as stack:
        centre = await stack.enter_async_context(centre_process(assessment_db_url, tmp_path))
        made = Village(centre)
        for name in ("north", "south"):
            code = await centre.code("/v1/hubs/enrolments", assessments=[HERE], label=name)
            made.hubs.append(_hub(tmp_path / name, centre.origin, name, code))
        for number in range(TABLETS):
            label = f"t{number}"
            code = await centre.code("/v1/devices/enrolments", assessment=HERE, label=label)
            outbox = Outbox(tmp_path / f"tablet-{number}" / "outbox.db")
            stack.callback(outbox.close)
            async with httpx.AsyncClient(base_url=centre.origin, trust_env=False) as http:
                tablet = Tablet(outbox, http, rng=random.Random(number))
                await tablet.enrol(code, label)
                await tablet.sync()
            for _ in range(EACH):
                finalise(outbox)
            made.outboxes.append(outbox)
        for hub in made.hubs:
            stack.callback(hub.stop)
            await asyncio.to_thread(hub.start)
        yield made


def _hub(folder: Path, centre: str, name: str, code: str) -> HubProcess:
    return HubProcess(
        folder,
        centre=centre,
        port=free_port(),
        code=code,
        name=name,
        environment={"UPSTREAM_SECONDS": "0.3", "LOG_LEVEL": "WARNING"},
    )


async def _kill(village: Village) -> None:
    rng = random.Random(f"{ROUNDS}/kills")
    for number in range(ROUNDS):
        await village.seen.more(rng.randint(1, 3))
        await asyncio.sleep(rng.uniform(0.0, 0.05))
        if number % 3 == 2:
            village.kills["centre"] += 1
            village.centre.process.kill()
            await asyncio.sleep(rng.uniform(0.0, 0.3))
            await asyncio.to_thread(village.centre.process.start, 120.0)
        else:
            hub = village.hubs[number % 2]
            village.kills[hub.home.name] += 1
            hub.kill()
            await asyncio.to_thread(hub.restart)


async def _visits(number: int, village: Village) -> None:
    """Meet one hub or the other until the centre has proven that it holds everything."""
    rng, outbox = random.Random(f"visits/{number}"), village.outboxes[number]
    while outbox.counts().get(QUEUED) or any(True for _ in outbox.held()):
        hub = rng.choice(village.hubs)
        async with _at(hub, village.seen) as http:
            visit = HubVisit(
                outbox, http, rng=rng, patience=_HASTY, batch=1 + number % 3, coding="gzip"
            )
            try:
                await visit.visit()
            except SyncStopped:
                await asyncio.sleep(rng.uniform(0.0, 0.3))
        await asyncio.sleep(rng.uniform(0.0, 0.2))


@asynccontextmanager
async def _at(hub: HubProcess, seen: Seen) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=hub.origin, transport=Traffic(seen)) as http:
        yield http


async def test_nothing_that_a_hub_took_is_lost_or_doubled_H10_I11(village: Village) -> None:
    async with asyncio.timeout(_LONGEST):
        tablets = [asyncio.create_task(_visits(n, village)) for n in range(TABLETS)]
        try:
            await _kill(village)
            await asyncio.gather(*tablets)
        finally:
            for task in tablets:
                task.cancel()
    print(f"{dict(village.kills)}, {village.seen}")  # noqa: T201 - read with `pytest -rP`
    assert village.kills.total() == ROUNDS
    assert village.seen.broken >= ROUNDS // 4

    made: list[str] = []
    for outbox in village.outboxes:
        rows = outbox._db.execute("SELECT id, state, line FROM interview").fetchall()
        assert {state for _, state, _ in rows} <= PROVEN
        assert all(line is None for _, _, line in rows)
        made += [id_ for id_, _, _ in rows]
    assert len(made) == TABLETS * EACH

    held: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"assessment": HERE, "limit": 200, **({"cursor": cursor} if cursor else {})}
        page = (await village.centre.call("GET", "/v1/submissions", params=params)).json()
        held += [item["id"] for item in page["items"] if item["state"] == "stored"]
        cursor = page["next"]
    assert sorted(held) == sorted(made)

    hubs = (await village.centre.call("GET", "/v1/hubs")).json()["items"]
    assert {hub["name"]: bool(hub["brought"]) for hub in hubs} == {"north": True, "south": True}
