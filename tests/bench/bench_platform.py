"""The whole platform at rest and at large work: start, idle memory, an export of a big assessment.

Memory is the resident set of every process, shared pages counted in each of them.
"""

import asyncio
import contextlib
import random
import socket
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson
from usga_assessment.domain.access.credential import Credential
from usga_assessment.storage import rows as ingest
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.credentials import Credentials
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7

from tests.bench.bench_sync import open_assessment, temporary_home
from tests.bench.harness import Row
from tests.bench.processes import cpu_seconds, memory_bytes, proportional_bytes
from tests.bench.sync_apps import NO_KEY, revision_row
from tests.bench.sync_load import answered
from tests.support.collecting import HERE
from tools.launcher.stack import Engine, Stack

INTERVIEWS, PORTION = 100_000, 5000
KINDS = 500
"""Different interviews; more would only take longer to make."""
SETTLE = 2.0


async def fill(url: str, count: int) -> None:
    """Interviews of the load's form as they stand after a push; their sealed parts are empty."""
    rng, database = random.Random(44), Database(url)
    install = UUID(int=rng.getrandbits(128))
    documents = [answered(seq, install, rng).document for seq in range(1, KINDS + 1)]
    opened = [
        orjson.dumps({n: v for n, v in d["answers"].items() if int(n[1:]) % 5 != 4})
        for d in documents
    ]
    try:
        for start in range(0, count, PORTION):
            now = datetime.now(UTC)
            pks = sorted(uuid7(now) for _ in range(min(PORTION, count - start)))
            revisions = [
                revision_row(
                    {**documents[n % KINDS], "id": str(UUID(int=rng.getrandbits(128)))},
                    pk, b"\0" * 32, now, start + n, assessment=HERE,
                )
                for n, pk in enumerate(pks)
            ]  # fmt: skip
            contents = [
                (pk, NO_KEY, NO_KEY, opened[n % KINDS], None, None, None, None)
                for n, pk in enumerate(pks)
            ]
            async with database.write() as session:
                bulk = Bulk(await session.connection())
                await bulk.insert(ingest.REVISION, ingest.REVISION_NAMES, revisions)
                await bulk.insert(ingest.CONTENT, ingest.CONTENT_NAMES, contents)
    finally:
        await database.close()


async def analyst(url: str) -> str:
    """The token of somebody who may export."""
    database, token, now = Database(url), make_token(TokenKind.PERSONAL), datetime.now(UTC)
    try:
        async with database.write() as session:
            await Credentials(session).add(
                Credential(
                    id=uuid7(now), kind=ActorKind.PERSON, name="bench", subject="analyst",
                    created_at=now, created_by="bench", expires_at=None,
                    grants={HERE: frozenset({Role.ANALYST})},
                ),
                hash_token(token),
            )  # fmt: skip
    finally:
        await database.close()
    return token


def export(port: int, token: str) -> tuple[float, int]:
    """Seconds until the last byte of the CSV, and its lines; nothing of it is kept."""
    head = (
        f"GET /v1/assessments/{HERE}/export.csv HTTP/1.0\r\nHost: bench\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    )
    began, lines = time.perf_counter(), 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
        first = connection.recv(1 << 16)
        assert b" 200 " in first[:20], first[:200]
        lines += first.partition(b"\r\n\r\n")[2].count(b"\n")
        while piece := connection.recv(1 << 16):
            lines += piece.count(b"\n")
    return time.perf_counter() - began, lines


@contextlib.contextmanager
def _running(home: Path, kind: Engine) -> Iterator[Stack]:
    stack = Stack(home, engine=kind)
    try:
        stack.prepare()
        yield stack
    finally:
        stack.stop()


def _export(kind: Engine, home: Path) -> list[Row]:
    database = {"sqlite": "sqlite", "postgres": "postgresql"}[kind]
    with _running(home, kind) as stack:
        url = stack.databases["assessment"]
        asyncio.run(open_assessment(url))
        asyncio.run(fill(url, INTERVIEWS))
        token = asyncio.run(analyst(url))
        stack.serve()
        pid = [stack.pid("assessment")]
        found, spent = [], []
        for _ in range(3):
            before = cpu_seconds(pid)
            seconds, lines = export(stack.ports.gateway, token)
            assert lines == INTERVIEWS + 1, lines
            found.append(seconds)
            spent.append(cpu_seconds(pid) - before)
        memory = sum(memory_bytes(pid, "VmHWM").values())
    name = f"export of {INTERVIEWS:,} interviews to CSV"
    return [
        Row(name, database, statistics.median(found), "s", "3 s"),
        Row(f"{name}, CPU of the service", database, statistics.median(spent), "s", ""),
        Row(f"{name}, highest memory of the service", database, memory / 2**20, "MiB", "200 MiB"),
    ]


def _rest(home: Path) -> list[Row]:
    """Idle memory, and a second start; on SQLite, as a first visitor runs it."""
    with _running(home, "sqlite") as stack:
        stack.serve()
    began = time.perf_counter()
    with _running(home, "sqlite") as stack:
        stack.serve()
        started = time.perf_counter() - began
        time.sleep(SETTLE)
        services = [pid for name, pid in stack.pids().items() if name != "gateway"]
        memory, proportional = sum(memory_bytes(services).values()), proportional_bytes(services)
    return [
        Row("second start until all is healthy", "sqlite", started, "s", "5 s"),
        Row("idle memory of the three services", "sqlite", memory / 2**20, "MiB", "350 MiB"),
        Row("the same, shared pages counted once", "sqlite", proportional / 2**20, "MiB", ""),
    ]


def rows() -> list[Row]:
    """At rest, then the export on both databases."""
    with temporary_home() as home:
        found = _rest(home)
    kinds: tuple[Engine, ...] = ("sqlite", "postgres")
    for kind in kinds:
        with temporary_home() as home:
            found += _export(kind, home)
    return found
