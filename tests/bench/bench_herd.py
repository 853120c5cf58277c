"""2,000 tablets come back within five seconds, through the gateway, while others go on working.

Each has a credential of its own and sends a batch over a link that pauses; whoever is asked to
come back later does. Others post single interviews all along: their p99 is the row. Memory is the
highest that the services ever had, summed over all of them.
"""

import asyncio
import contextlib
import random
import resource
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from usga_assessment.domain.access.credential import Credential
from usga_assessment.storage.credentials import Credentials
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7

from tests.bench.bench_sync import INSTANCES, open_assessment, temporary_home
from tests.bench.harness import Row
from tests.bench.processes import memory_bytes
from tests.bench.sync_load import Connection, Target, answered, squeezed
from tests.support.collecting import HERE
from tools.launcher.stack import Engine, Stack

TABLETS, BATCH, WITHIN = 2000, 20, 5.0
OTHERS, PAUSE = 10, 0.25
_FILES = 3 * TABLETS
_LINK_PAUSE = 2.0
_TRIES = 30


@dataclass(slots=True)
class Herd:
    """What came of it."""

    receipted: int = 0
    asked_to_wait: int = 0
    others: list[float] = field(default_factory=list)
    """Seconds that each post of the others took."""


@dataclass(frozen=True, slots=True)
class Tablet:
    """One tablet with what it has to send."""

    token: str
    body: bytes
    starts: float
    pauses: float


async def enrol(url: str, count: int, rng: random.Random) -> list[str]:
    """Credentials of so many devices."""
    database, now = Database(url), datetime.now(UTC)
    tokens = [make_token(TokenKind.DEVICE) for _ in range(count)]
    try:
        async with database.write() as session:
            for token in tokens:
                device = str(UUID(int=rng.getrandbits(128)))
                await Credentials(session).add(
                    Credential(
                        id=uuid7(now), kind=ActorKind.DEVICE, name="herd", subject=device,
                        created_at=now, created_by="bench", expires_at=None,
                        grants={HERE: frozenset({Role.ENUMERATOR})},
                    ),
                    hash_token(token),
                )  # fmt: skip
    finally:
        await database.close()
    return tokens


def tablet(token: str, rng: random.Random) -> Tablet:
    """A tablet that was just installed, with a day's interviews."""
    install = UUID(int=rng.getrandbits(128))
    lines = [answered(seq, install, rng).line for seq in range(1, BATCH + 1)]
    return Tablet(token, squeezed(lines), rng.uniform(0, WITHIN), rng.uniform(0, _LINK_PAUSE))


async def come_back(port: int, one: Tablet, herd: Herd) -> None:
    """Push until there is a receipt; an answer that asks to wait is obeyed."""
    await asyncio.sleep(one.starts)
    for _ in range(_TRIES):
        wait = 1.0
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with Connection.open(Target(port, one.token)) as connection:
                status = await connection.post(
                    "/v1/sync/submissions", "application/x-ndjson", one.body, "zstd",
                    pause=one.pauses,
                )  # fmt: skip
            if status == 200:
                herd.receipted += BATCH
                return
            wait = 5.0
        herd.asked_to_wait += 1
        await asyncio.sleep(wait)


async def work_on(port: int, token: str, rng: random.Random, herd: Herd) -> None:
    """Somebody else's posts, one after the other, until cancelled."""
    install, seq = UUID(int=rng.getrandbits(128)), 0
    async with Connection.open(Target(port, token)) as connection:
        while True:
            seq += 1
            line = answered(seq, install, rng).line
            began = time.perf_counter()
            status = await connection.post("/v1/submissions", "application/json", line)
            assert status == 200, status
            herd.others.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)


async def charge(port: int, tablets: list[Tablet], others: list[str]) -> tuple[Herd, float]:
    """All of them at once; seconds until the last has its receipt."""
    herd, rng = Herd(), random.Random(43)
    working = [asyncio.ensure_future(work_on(port, token, rng, herd)) for token in others]
    await asyncio.sleep(1.0)
    herd.others.clear()  # connections and forms are warm
    began = time.perf_counter()
    await asyncio.gather(*(come_back(port, one, herd) for one in tablets))
    seconds = time.perf_counter() - began
    for each in working:
        each.cancel()
    done = await asyncio.gather(*working, return_exceptions=True)
    failed = [e for e in done if isinstance(e, Exception)]
    if failed:
        raise failed[0]
    return herd, seconds


async def held(url: str) -> int:
    """Interviews in the database that the tablets of the herd sent, by device of their install."""
    database = Database(url)
    try:
        async with database.read() as session:
            found = await session.exec(  # type: ignore[call-overload]
                text("SELECT count(DISTINCT id) FROM submission_revision WHERE version = 0")
            )
            return int(found.scalar_one())
    finally:
        await database.close()


async def _measure(kind: Engine, home: Path) -> list[Row]:
    rng = random.Random(42)
    stack = Stack(home, engine=kind, instances=INSTANCES)
    try:
        await asyncio.to_thread(stack.prepare)
        url = stack.databases["assessment"]
        await open_assessment(url)
        tokens = await enrol(url, TABLETS + OTHERS, rng)
        tablets = [tablet(token, rng) for token in tokens[OTHERS:]]
        stack.serve()
        pids = stack.pids()
        pids.pop("postgres", None)
        herd, seconds = await charge(stack.ports.gateway, tablets, tokens[:OTHERS])
        memory = sum(memory_bytes(pids.values(), "VmHWM").values())
        lost = TABLETS * BATCH - min(herd.receipted, await held(url))
    finally:
        stack.stop()
    p99 = statistics.quantiles(herd.others, n=100)[-1]
    database = {"sqlite": "sqlite", "postgres": "postgresql"}[kind]
    return [
        Row(f"herd of {TABLETS:,} tablets, lost interviews", database, lost, "", "none"),
        Row("herd, until the last has its receipt", database, seconds, "s", ""),
        Row("herd, p99 of the others' posts", database, p99, "s", "2 s"),
        Row("herd, answers that ask to wait", database, herd.asked_to_wait, "", ""),
        Row(f"herd, highest memory of all services ({INSTANCES} instances) and gateway", database,
            memory / 2**20, "MiB", "1,024 MiB"),
    ]  # fmt: skip


async def rows() -> list[Row]:
    """Both databases; the client's sockets need more files than a shell usually allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    found: list[Row] = []
    kinds: tuple[Engine, ...] = ("sqlite", "postgres")
    for kind in kinds:
        with temporary_home() as home:
            found += await _measure(kind, home)
    return found
