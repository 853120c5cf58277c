"""Reads of published observations over HTTP: new, and already known to the reader (304)."""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx

from tests.bench.harness import Row
from tests.service.indicators.conftest import Assessment, running
from tests.support.databases import create_tables
from tests.support.indicators import extract_items

READS = 1000
_PORT = 18441
_PATH = "/v1/observations"


async def rows() -> list[Row]:
    """One indicator's cells, read a thousand times one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite+aiosqlite:///{folder}/indicators.db"
        await create_tables(url, "indicators")
        async with running(url, folder, Assessment(feed=extract_items(600))) as world:
            release = (await world.release(to="published"))["id"]
        query = {"release": release, "indicator": "PER-01"}
        with serving("product", url, folder):
            async with reader() as client:
                first = await client.get(_PATH, params=query)
                (folder / "body.json").write_bytes(first.content)
                known = {"If-None-Match": first.headers["ETag"]}
                fresh = await percentile(client, query, {}, 200)
                again = await percentile(client, query, known, 304)
        with serving("plain", url, folder):
            async with reader() as client:
                bare = await percentile(client, query, {}, 200)
    reference = "bare FastAPI route, p95"
    return [
        Row("published indicator, p95", "sqlite", fresh, "ms", "10 ms", reference, bare),
        Row("the same, 304, p95", "sqlite", again, "ms", "3 ms", reference, bare),
    ]


@contextlib.contextmanager
def serving(app: str, url: str, folder: Path) -> Iterator[None]:
    """A server process of its own."""
    environment = {**os.environ, "BENCH_DATABASE": url, "BENCH_FOLDER": str(folder)}
    command = [sys.executable, "-m", "uvicorn", "--factory", f"tests.bench.observation_apps:{app}",
               "--port", str(_PORT), "--no-access-log", "--log-level", "warning"]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.asynccontextmanager
async def reader() -> AsyncIterator[httpx.AsyncClient]:
    """One kept-alive connection, once the server answers."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{_PORT}") as client:
        for _ in range(300):
            with contextlib.suppress(httpx.TransportError):
                await client.get(_PATH)
                break
            await asyncio.sleep(0.1)
        yield client


async def percentile(
    client: httpx.AsyncClient, query: dict[str, str], headers: dict[str, str], status: int
) -> float:
    """95th percentile of reads, in milliseconds, the client's own work included."""
    taken: list[float] = []
    for _ in range(READS):
        started = time.perf_counter()
        answer = await client.get(_PATH, params=query, headers=headers)
        taken.append(time.perf_counter() - started)
        assert answer.status_code == status
    return statistics.quantiles(taken, n=20)[-1] * 1000
