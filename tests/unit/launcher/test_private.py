"""What an installation keeps on disk is its owner's alone."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tools.launcher import databases
from tools.launcher.stack import Stack


def open_to_others(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.stat().st_mode & 0o077}


@pytest.fixture
def _usual_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_usual_umask")
def test_databases_and_data_folders_are_closed_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "var" / "reports.db"
    older.parent.mkdir()
    older.touch(mode=0o644)
    monkeypatch.setattr(databases, "newest_revision", lambda _service: None)
    Stack(tmp_path / "var").prepare()  # no migration is due: what is there was made before one
    names = {"assessment.db", "indicators.db", "reports.db"}
    with closing(sqlite3.connect(tmp_path / "var" / "assessment.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE interview (answers TEXT)")
        assert names <= {path.name for path in older.parent.iterdir()}
        assert open_to_others(older.parent) <= {"log"}
