"""Write transactions on the driver itself: here and in its thread, all or nothing."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from usga_shared.database.direct import SqliteDirect
from usga_shared.database.engine import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", pool=2)
    async with made.write() as session:
        create = "CREATE TABLE thing (name TEXT PRIMARY KEY)"
        await (await session.connection()).execute(text(create))
    yield made
    await made.close()


async def names(database: Database) -> list[str]:
    async with database.read() as session:
        found = await (await session.connection()).execute(text("SELECT name FROM thing"))
        return sorted(row[0] for row in found)


@pytest.mark.parametrize("small", [True, False])
class TestWriting:
    async def test_what_ends_well_is_committed_one_after_the_other(
        self, database: Database, small: bool
    ) -> None:
        async with database.direct() as direct:
            async with database.writing(direct, small=small):
                await direct.many("INSERT INTO thing VALUES (?)", [("a",), ("b",)])
                assert await names(database) == []  # nobody else sees it yet
            async with database.writing(direct, small=small):
                assert await direct.fetch("SELECT count(*) FROM thing") == [(2,)]
                await direct.fetch("INSERT INTO thing VALUES (?)", ("c",))
        assert await names(database) == ["a", "b", "c"]

    async def test_what_fails_is_undone_and_the_next_begins_anew(
        self, database: Database, small: bool
    ) -> None:
        async with database.direct() as direct:
            with pytest.raises(IntegrityError) as raised:
                await insert(database, direct, ["x", "canary", "canary"], small=small)
            assert "canary" not in str(raised.value)
            await insert(database, direct, ["y"], small=small)
        assert await names(database) == ["y"]

    async def test_a_commit_that_fails_leaves_no_transaction_open(
        self, database: Database, small: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(_direct: SqliteDirect) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        monkeypatch.setattr(SqliteDirect, "_commit", fail)
        async with database.direct() as direct:
            with pytest.raises(sqlite3.OperationalError):
                await insert(database, direct, ["x"], small=small)
            monkeypatch.undo()
            await insert(database, direct, ["y"], small=small)
        assert await names(database) == ["y"]

    async def test_a_connection_that_cannot_undo_is_not_used_again(
        self, database: Database, small: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(_direct: SqliteDirect) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        for name in ("_commit", "_roll_back"):
            monkeypatch.setattr(SqliteDirect, name, fail)
        with pytest.raises(sqlite3.OperationalError):
            async with database.direct() as direct:
                await insert(database, direct, ["x"], small=small)
        monkeypatch.undo()
        async with database.direct() as direct:  # the lock of the first is gone, too
            await insert(database, direct, ["y"], small=small)
        assert await names(database) == ["y"]

    async def test_what_destroys_empties_the_log_and_the_next_does_not(
        self, database: Database, small: bool
    ) -> None:
        async with database.direct() as direct:
            async with database.writing(direct, small=small):
                await direct.fetch("INSERT INTO thing VALUES ('a')")
                direct.forgets = True
            assert log_bytes(database) == 0
            await insert(database, direct, ["b"], small=small)
            assert log_bytes(database) > 0


def log_bytes(database: Database) -> int:
    return Path(f"{database.url.database}-wal").stat().st_size


async def insert(database: Database, direct: object, rows: list[str], *, small: bool) -> None:
    assert isinstance(direct, SqliteDirect)
    async with database.writing(direct, small=small):
        for name in rows:
            await direct.fetch("INSERT INTO thing VALUES (?)", (name,))


async def test_a_small_transaction_asks_the_thread_for_begin_and_commit_alone(
    database: Database,
) -> None:
    async with database.direct() as direct:
        assert isinstance(direct, SqliteDirect)
        driver, asked = direct._driver, 0
        queue = driver._tx
        put = queue.put_nowait

        class Counting:
            def put_nowait(self, step: object) -> None:
                nonlocal asked
                asked += 1
                put(step)

        driver._tx = Counting()
        await insert(database, direct, ["a", "b", "c"], small=True)
        driver._tx = queue
    assert asked == 2
