"""SIGKILL again and again, two hundred times: nothing receipted is lost, nothing is there twice.

`test_repeated_kills.py` kills the service as it is deployed, which takes seconds to come back. Here
a nursery has the next process ready, so that the moments of the kills can be many: while a push is
read, checked, stored, answered. `USGA_TEST_KILLS` asks for another number of rounds.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from usga_assessment.domain.sync.receipt import verify
from usga_shared.database.engine import Database
from usga_shared.wire.vocabulary import ItemState

from tests.bench.bench_sync import open_assessment
from tests.bench.sync_load import answered, squeezed
from tests.support.collecting import SERVICE_TOKEN, Interview
from tools.launcher.ports import free_port

pytestmark = pytest.mark.e2e

ROUNDS = int(os.environ.get("USGA_TEST_KILLS", "200"))
TABLETS = 4
SECONDS_A_ROUND = 20
HELD = {ItemState.STORED, ItemState.DUPLICATE}


@dataclass(slots=True)
class Nursery:
    """The process that is alive now."""

    process: Process
    port: int
    pid: int = 0

    async def next_life(self) -> None:
        assert self.process.stdout is not None
        self.pid = int(await self.process.stdout.readline())


@asynccontextmanager
async def nursery(url: str, folder: Path) -> AsyncIterator[Nursery]:
    port = free_port()
    environment = {
        **os.environ,
        "USGA_ASSESSMENT_DATABASE_URL": url,
        "USGA_ASSESSMENT_SERVICE_TOKEN": SERVICE_TOKEN,
        "USGA_ASSESSMENT_DATA_DIR": str(folder / "data"),
        "USGA_ASSESSMENT_KEY_DIR": str(folder / "keys"),
        "USGA_ASSESSMENT_LOG_LEVEL": "ERROR",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.nursery", str(port),
        stdin=PIPE, stdout=PIPE, env=environment,
    )  # fmt: skip
    made = Nursery(process, port)
    try:
        await made.next_life()
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 30)


@dataclass(slots=True)
class Tablet:
    """Pushes until told to stop; believes receipts alone."""

    install: UUID
    rng: random.Random
    keys: dict[str, object]
    receipted: list[Interview] = field(default_factory=list)
    seq: int = 0
    under_way: int = 0
    """1 while a push is running."""
    broken: int = 0

    async def work(self, http: httpx.AsyncClient, over: asyncio.Event) -> None:
        while not over.is_set():
            batch = self._batch(self.rng.randint(1, 8))
            while not await self._push(http, batch):  # noqa: ASYNC110 - a pause between tries
                await asyncio.sleep(self.rng.uniform(0, 0.05))
            if self.rng.random() < 0.1:  # a receipt that a tablet lost: it sends again
                await self._push(http, batch)

    def _batch(self, size: int) -> list[Interview]:
        made = [answered(self.seq + n, self.install, self.rng) for n in range(1, size + 1)]
        self.seq += size
        return made

    async def _push(self, http: httpx.AsyncClient, batch: list[Interview]) -> bool:
        self.under_way = 1
        try:
            answer = await http.post(
                "/v1/sync/submissions",
                content=squeezed([each.line for each in batch]),
                headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"},
            )
        except httpx.TransportError:
            self.broken += 1
            return False
        finally:
            self.under_way = 0
        assert answer.status_code == 200, answer.text
        receipt = verify(answer.json()["receipt"], self.keys)
        assert receipt.batch.count == len(batch)
        assert {e.state for e in receipt.exceptions} <= HELD
        if batch[-1] not in self.receipted[-len(batch) :]:
            self.receipted += batch
        return True


async def kill_on(alive: Nursery, tablets: list[Tablet], rounds: int, rng: random.Random) -> int:
    """Kill in running pushes until that often one broke; answers how often."""
    hits = 0
    for _ in range(3 * rounds):
        while not any(tablet.under_way for tablet in tablets):  # noqa: ASYNC110 - soon
            await asyncio.sleep(0)
        await asyncio.sleep(rng.uniform(0.0, 0.03))
        broken = sum(tablet.broken for tablet in tablets)
        with contextlib.suppress(ProcessLookupError):
            os.kill(alive.pid, signal.SIGKILL)
        await alive.next_life()
        # alive again and taking
        receipts = [len(tablet.receipted) for tablet in tablets]
        while receipts == [len(tablet.receipted) for tablet in tablets]:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        hits += sum(tablet.broken for tablet in tablets) > broken
        if hits >= rounds:
            break
    return hits


async def endure(url: str, folder: Path, rounds: int) -> tuple[int, list[Tablet]]:
    """Tablets push while the service dies; answers kills that broke a push, and the tablets."""
    token = await open_assessment(url)
    over, rng = asyncio.Event(), random.Random(46)
    async with (
        nursery(url, folder) as alive,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{alive.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        ) as http,
    ):
        keys = (await http.get("/.well-known/jwks.json")).json()
        tablets = [Tablet(UUID(int=0xA0 + n), random.Random(n), keys) for n in range(TABLETS)]
        async with asyncio.timeout(60 + SECONDS_A_ROUND * rounds):
            working = [asyncio.create_task(tablet.work(http, over)) for tablet in tablets]
            killing = asyncio.create_task(kill_on(alive, tablets, rounds, rng))
            await asyncio.wait([killing, *working], return_when=asyncio.FIRST_COMPLETED)
            over.set()
            await asyncio.gather(*working)  # what a tablet found wrong is raised here
            hits = await killing
        await _all_is_held(http, tablets)
    return hits, tablets


async def _all_is_held(http: httpx.AsyncClient, tablets: list[Tablet]) -> None:
    for tablet in tablets:
        for start in range(0, len(tablet.receipted), 1000):
            items = [
                {"id": str(each.id), "digest": each.digest}
                for each in tablet.receipted[start : start + 1000]
            ]
            answer = (await http.post("/v1/sync/check", json={"items": items})).json()
            assert {item["state"] for item in answer["items"]} == {"stored"}


async def _rows(url: str) -> list[tuple[int, ...]]:
    """How many revisions, how many ids among them, how many contents."""
    database = Database(url)
    try:
        async with database.read() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(
                "SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM submission_content) "
                "FROM submission_revision"
            )
            return [tuple(row) for row in found]
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("database_kind", "rounds"),
    [
        pytest.param("sqlite", 3, id="few"),
        pytest.param("sqlite", ROUNDS, id="many-sqlite", marks=pytest.mark.slow),
        pytest.param(
            "postgres", ROUNDS, id="many-postgres", marks=[pytest.mark.slow, pytest.mark.postgres]
        ),
    ],
    indirect=["database_kind"],
)
async def test_nothing_is_lost_and_nothing_doubled_I1_I2_I3(
    assessment_db_url: str, tmp_path: Path, rounds: int
) -> None:
    hits, tablets = await endure(assessment_db_url, tmp_path, rounds)
    assert hits >= rounds
    sent = sum(tablet.seq for tablet in tablets)
    assert sum(len(tablet.receipted) for tablet in tablets) == sent
    assert await _rows(assessment_db_url) == [(sent, sent, sent)]
