"""Pushes on both databases, each beside its reference line: directly, and through the gateway.

Directly, one process of the service runs with known actors. Through the gateway it is the whole
platform as the launcher starts it, with a real credential and an instance of the service for each
of two cores; its reference line has as many processes behind the same gateway.
"""

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from usga_assessment.domain.access.credential import Credential
from usga_assessment.storage.credentials import Credentials
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7

from tests.bench.harness import Row
from tests.bench.sync_load import CONNECTIONS, QUESTIONS, Figures, Target, form_of, measure
from tests.support.collecting import DEVICE, HERE, add_form, seed
from tests.support.databases import create_tables
from tools.launcher.gateway import gateway, make_folder
from tools.launcher.ports import free_port
from tools.launcher.postgres import PostgresServer
from tools.launcher.stack import Engine, Stack

INSTANCES = 2
"""Of the assessment service, behind the gateway: one for each of the cores of the budget."""


@contextlib.contextmanager
def serving(app: str, url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """A server process of its own: its port and process id."""
    port = free_port()
    environment = {**os.environ, "BENCH_DATABASE": url, "BENCH_FOLDER": str(folder)}
    command = [sys.executable, "-m", "uvicorn", "--factory", f"tests.bench.sync_apps:{app}",
               "--port", str(port), "--no-access-log", "--log-level", "warning",
               "--timeout-keep-alive", "75"]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        _await_port(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await_port(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


@contextlib.contextmanager
def behind_a_gateway(ports: list[int], folder: Path) -> Iterator[int]:
    """The platform's gateway in front of servers that stand in for the assessment service."""
    folder.mkdir()
    listen = free_port()
    nowhere = f"127.0.0.1:{free_port()}"
    values = {
        "USGA_GATEWAY_LISTEN": f"127.0.0.1:{listen}",
        "USGA_ASSESSMENT_ADDRESS": f"127.0.0.1:{ports[0]}",
        "USGA_GATEWAY_MORE_ASSESSMENT": " ".join(
            f"server 127.0.0.1:{port} max_fails=0;" for port in ports[1:]
        ),
        "USGA_INDICATORS_ADDRESS": nowhere,
        "USGA_REPORTS_ADDRESS": nowhere,
    }
    make_folder(folder, values)
    child = gateway(folder, f"http://127.0.0.1:{listen}", folder / "gateway.log")
    try:
        child.start()
        yield listen
    finally:
        child.stop()


@contextlib.contextmanager
def database_of(kind: Engine, home: Path) -> Iterator[str]:
    """An empty database that keeps what it commits."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{home}/a.db"
        return
    server = PostgresServer(home / "cluster", durable=True)
    try:
        server.start()
        yield server.url("postgres")
    finally:
        server.stop()


async def open_assessment(url: str) -> str:
    """An assessment that collects with the form of the load; the credential of its tablet."""
    database = Database(url)
    token, now = make_token(TokenKind.DEVICE), datetime.now(UTC)
    try:
        await seed(database, state="collecting")
        async with database.write() as session:
            await add_form(session, form_of().encode())
            await Credentials(session).add(
                Credential(
                    id=uuid7(now), kind=ActorKind.DEVICE, name="bench", subject=DEVICE,
                    created_at=now, created_by="bench", expires_at=None,
                    grants={HERE: frozenset({Role.ENUMERATOR})},
                ),
                hash_token(token),
            )  # fmt: skip
    finally:
        await database.close()
    return token


async def _direct(kind: Engine, home: Path) -> list[Row]:
    with database_of(kind, home) as url:
        await create_tables(url, "assessment")
        await open_assessment(url)
        with (
            serving("product", url, home / "s") as (ours, _),
            serving("plain", url, home / "p") as (line, _),
        ):
            found = await measure({"ours": Target(ours), "line": Target(line)}, random.Random(40))
    return _rows(kind, "", found["ours"], found["line"])


async def _through_gateway(kind: Engine, home: Path) -> list[Row]:
    stack = Stack(home, engine=kind, instances=INSTANCES)
    try:
        await asyncio.to_thread(stack.prepare)  # it runs a loop of its own
        url = stack.databases["assessment"]
        token = await open_assessment(url)
        stack.serve()
        with contextlib.ExitStack() as servers:
            bare = [
                servers.enter_context(serving("plain", url, home / "p"))[0]
                for _ in range(INSTANCES)
            ]
            line = servers.enter_context(behind_a_gateway(bare, home / "before-plain"))
            ours = Target(stack.ports.gateway, token, tuple(stack.pids().values()))
            found = await measure({"ours": ours, "line": Target(line, token)}, random.Random(41))
    finally:
        stack.stop()
    return _rows(kind, f", gateway, {INSTANCES} instances", found["ours"], found["line"])


def _rows(kind: Engine, way: str, ours: Figures, line: Figures) -> list[Row]:
    database = {"sqlite": "sqlite", "postgres": "postgresql"}[kind]
    return [
        Row(f"batch sync, {QUESTIONS} answers{way}", database, ours.batched, "/s",
            "5,000/s, ratio 0.5", "decode + insert", line.batched),
        Row(f"single posts, {CONNECTIONS} connections{way}", database, ours.alone, "/s",
            "2,500/s", "bare route", line.alone),
        Row(f"single posts, p95{way}", database, ours.p95, "ms", "50 ms", "bare route", line.p95),
        *(
            Row(f"{what}, CPU of all servers{way}", database, figure, "us", "")
            for what, figure in (("a post", ours.cpu_alone), ("batched", ours.cpu_batched))
            if figure
        ),
    ]  # fmt: skip


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder for one stack."""
    with tempfile.TemporaryDirectory(prefix="usga-bench-") as name:
        Path(name).chmod(0o755)  # the database's own account must pass
        yield Path(name)


async def rows() -> list[Row]:
    """Both databases, one after the other; the client runs on the same machine."""
    found: list[Row] = []
    kinds: tuple[Engine, ...] = ("sqlite", "postgres")
    for kind in kinds:
        for way in (_direct, _through_gateway):
            with temporary_home() as home:
                found += await way(kind, home)
    return found
