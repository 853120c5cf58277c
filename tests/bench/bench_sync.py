"""Pushes on both databases: batches against decode + insert, single posts against a bare route."""

import asyncio
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import zstandard
from usga_shared.database.engine import Database

from tests.bench.harness import Row
from tests.support.collecting import Interview, add_form, interview, seed
from tests.support.databases import create_tables
from tools.launcher.postgres import throwaway_server

BATCH, BATCHES, CLIENTS = 500, 16, 2
SINGLES, CONNECTIONS = 3000, 64
QUESTIONS = 40
_PORT = 18431
_COMPRESS = zstandard.ZstdCompressor(level=3)


def form_of(questions: int = QUESTIONS) -> str:
    """A form of choices, numbers and some sealed text, with relevance and constraints."""
    columns = ("type", "name", "label", "relevant", "constraint", "bind::usga:sensitivity",
               "bind::usga:field_class")  # fmt: skip
    rows = ["| settings |", "| | form_title | form_id | version | namespaces |",
            '| | Forty | forty | 1 | usga="urn:usga:xlsform:1" |', "| survey |",
            f"| | {' | '.join(columns)} |"]  # fmt: skip
    for n in range(questions):
        relevant = f"${{q{n - 1}}}!='no'" if n % 5 == 1 else ""
        match n % 5:
            case 0 | 1:
                row = f"select_one yn | q{n} | Q{n} | {relevant} | | 0 | open"
            case 2:
                row = f"integer | q{n} | Q{n} | | .>=0 and .<=120 | 0 | open"
            case 3:
                row = f"select_multiple many | q{n} | Q{n} | | | 0 | open"
            case _:
                row = f"text | q{n} | Q{n} | | | 1 | text"
        rows.append(f"| | {row} |")
    rows += ["| choices |", "| | list_name | name | label |", "| | yn | yes | Yes |",
             "| | yn | no | No |", *(f"| | many | m{i} | M{i} |" for i in range(12))]  # fmt: skip
    return "\n".join(rows) + "\n"


def answered(seq: int, install: UUID, rng: random.Random) -> Interview:
    """A valid interview of that form."""
    answers: dict[str, object] = {}
    for n in range(QUESTIONS):
        match n % 5:
            case 0:
                answers[f"q{n}"] = "yes"
            case 1:
                answers[f"q{n}"] = rng.choice(["yes", "no"])
            case 2:
                answers[f"q{n}"] = rng.randint(0, 120)
            case 3:
                answers[f"q{n}"] = " ".join(f"m{i}" for i in sorted(rng.sample(range(12), 4)))
            case _:
                answers[f"q{n}"] = " ".join(rng.choices(["street", "light", "gate", "path"], k=5))
    made = interview(seq, install=install, instrument="forty", version="1")
    made.document["answers"] = answers
    made.__post_init__()
    return made


@contextlib.contextmanager
def serving(app: str, url: str, folder: Path) -> Iterator[int]:
    """A server process of its own."""
    environment = {**os.environ, "BENCH_DATABASE": url, "BENCH_FOLDER": str(folder)}
    command = [sys.executable, "-m", "uvicorn", "--factory", f"tests.bench.sync_apps:{app}",
               "--port", str(_PORT), "--no-access-log", "--log-level", "warning"]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        yield _PORT
    finally:
        process.terminate()
        process.wait(timeout=20)


class Connection:
    """The lightest HTTP/1.1 client there is: the server's cost is to be seen, not ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator["Connection"]:
        for _ in range(200):
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            await asyncio.sleep(0.1)
        yield cls(reader, writer)
        writer.close()

    async def post(self, path: str, kind: str, body: bytes, coding: str = "identity") -> int:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer device\r\n"
            f"Content-Type: {kind}\r\nContent-Encoding: {coding}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(answer.partition("content-length:")[2].partition("\r\n")[0])
        await self._reader.readexactly(length)
        return int(answer[9:12])


async def batches(port: int, bodies: list[bytes]) -> float:
    """Interviews a second, in batches over a few connections."""
    waiting = iter(bodies)

    async def client() -> None:
        async with Connection.open(port) as connection:
            for body in waiting:
                status = await connection.post(
                    "/v1/sync/submissions", "application/x-ndjson", body, "zstd"
                )
                assert status == 200, status

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return BATCH * len(bodies) / (time.perf_counter() - started)


async def singles(port: int, lines: list[bytes]) -> tuple[float, float]:
    """Single posts a second over many connections, and their 95th percentile in milliseconds."""
    waiting = iter(lines)
    taken: list[float] = []

    async def client() -> None:
        async with Connection.open(port) as connection:
            for line in waiting:
                began = time.perf_counter()
                status = await connection.post("/v1/submissions", "application/json", line)
                assert status == 200, status
                taken.append(time.perf_counter() - began)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    seconds = time.perf_counter() - started
    return len(lines) / seconds, 1000 * statistics.quantiles(taken, n=20)[-1]


async def _measure(app: str, url: str, folder: Path, rng: random.Random) -> tuple[float, ...]:
    lines: list[bytes] = []
    for _ in range(BATCHES + 2):
        identity = UUID(int=rng.getrandbits(128))
        lines += [answered(seq, identity, rng).line for seq in range(1, BATCH + 1)]
    bodies = [
        _COMPRESS.compress(b"\n".join(lines[at : at + BATCH]) + b"\n")
        for at in range(0, len(lines), BATCH)
    ]
    one = UUID(int=rng.getrandbits(128))
    single = [answered(seq, one, rng).line for seq in range(1, SINGLES + 1)]
    with serving(app, url, folder) as port:
        await batches(port, bodies[:2])  # warm
        rate = await batches(port, bodies[2:])
        alone, p95 = await singles(port, single)
    return rate, alone, p95


async def _prepare(url: str) -> None:
    await create_tables(url, "assessment")
    database = Database(url)
    await seed(database, state="collecting")
    async with database.write() as session:
        await add_form(session, form_of().encode())
    await database.close()


async def _compare(kind: str, url: str, folder: Path) -> list[Row]:
    await _prepare(url)
    rng = random.Random(40)
    rate, alone, p95 = await _measure("product", url, folder, rng)
    line, bare, _ = await _measure("plain", url, folder, rng)
    return [
        Row(f"batch sync, {QUESTIONS} answers", kind, rate, "/s", "5,000/s, ratio 0.5",
            "decode + insert", line),
        Row("single posts, 64 connections", kind, alone, "/s", "2,500/s", "bare route", bare),
        Row("single posts, p95", kind, p95, "ms", "50 ms"),
    ]  # fmt: skip


async def rows() -> list[Row]:
    """Both databases, one after the other; the client runs on the same machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = await _compare("sqlite", f"sqlite+aiosqlite:///{folder}/a.db", folder / "s")
    with tempfile.TemporaryDirectory() as name, throwaway_server() as server:
        found += await _compare("postgresql", server.url("postgres"), Path(name))
    return found
