"""What a SQLite connection promises, and when the log is emptied."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from usga_shared.database.engine import Database, forget_after_commit
from usga_shared.database.sqlite import Connection


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", pool=2)
    async with made.write() as session:
        await (await session.connection()).execute(text("CREATE TABLE thing (name TEXT)"))
    yield made
    await made.close()


async def pragmas(database: Database) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    async with database.engine.connect() as connection:
        return {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in names
        }


async def add(database: Database, *, forgets: bool = False) -> None:
    async with database.write() as session:
        await (await session.connection()).execute(text("INSERT INTO thing VALUES ('a')"))
        if forgets:
            forget_after_commit(session)


def log_bytes(database: Database) -> int:
    return Path(f"{database.url.database}-wal").stat().st_size


async def test_a_connection_is_durable_and_overwrites_what_is_deleted(database: Database) -> None:
    told = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }
    assert await pragmas(database) == told
    assert await database.forget_log()
    assert await pragmas(database) == told  # its own patience is not left behind


async def test_only_what_destroys_empties_the_log(database: Database) -> None:
    await add(database)
    assert log_bytes(database) > 0
    await add(database, forgets=True)
    assert log_bytes(database) == 0


async def test_while_somebody_reads_it_is_owed_and_the_next_write_pays(database: Database) -> None:
    await add(database)
    async with database.read() as reading:
        await (await reading.connection()).execute(text("SELECT * FROM thing"))
        await add(database, forgets=True)
        assert not await database.forget_log()
        assert log_bytes(database) > 0
    await add(database)
    assert log_bytes(database) == 0


async def test_a_failed_write_forgets_nothing(database: Database) -> None:
    await add(database)
    before = log_bytes(database)
    with pytest.raises(ZeroDivisionError):
        await fail(database)
    assert log_bytes(database) == before


async def fail(database: Database) -> None:
    async with database.write() as session:
        forget_after_commit(session)
        raise ZeroDivisionError


LONG = """
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000) SELECT max(n) FROM c
"""


@pytest.mark.parametrize("turns", [0, 1, 5])
async def test_who_is_cancelled_twice_leaves_nothing_waiting(
    database: Database, turns: int
) -> None:
    started, before = asyncio.Event(), asyncio.all_tasks()

    async def read() -> None:
        async with database.read() as session:
            connection = await session.connection()
            started.set()
            await connection.execute(text(LONG))

    reading = asyncio.create_task(read())
    await started.wait()
    await asyncio.sleep(0)
    reading.cancel()
    for _ in range(turns):
        await asyncio.sleep(0)
    reading.cancel()
    assert isinstance(*await asyncio.gather(reading, return_exceptions=True), BaseException)
    left = asyncio.all_tasks() - before
    if left:
        _, left = await asyncio.wait(left, timeout=2)
    assert not left
    await add(database)


async def test_who_is_cancelled_while_opening_waits_for_the_drivers_thread() -> None:
    """Else it may answer when its loop is closed, where nobody catches what comes of that."""
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly() -> sqlite3.Connection:
        loop.call_soon_threadsafe(started.set)
        time.sleep(0.05)
        return sqlite3.connect(":memory:")

    made = Connection(slowly, iter_chunk_size=64)

    async def opening() -> None:
        await made

    task = asyncio.create_task(opening())
    await started.wait()
    task.cancel()
    await asyncio.wait({task})
    made._thread.join(0.02)
    assert task.cancelled()
    assert not made._thread.is_alive()
