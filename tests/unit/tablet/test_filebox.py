"""A tablet's box of files: durable when a method returns, all files of an interview or none."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from usga_tablet.filebox import FileBox

ID = UUID(int=1)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FileBox]:
    made = FileBox(tmp_path / "box")
    yield made
    made.close()


def test_the_name_of_a_kept_file_is_durable(
    box: FileBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: seen.append(Path(f"/proc/self/fd/{fd}").readlink())
    )
    for _ in range(2):  # the second time its name may be one of before a loss of power
        seen.clear()
        kept = box.keep(b"bytes", name="door-1.jpg", type_="image/jpeg")
        assert seen[-1] == tmp_path / "box"
        assert (tmp_path / "box" / kept["sha256"]).read_bytes() == b"bytes"


def test_the_files_of_an_interview_are_queued_together(box: FileBox) -> None:
    listed: list[dict[str, Any]] = [
        box.keep(name.encode(), name=name, type_="image/jpeg") for name in ("a.jpg", "b.jpg")
    ]
    with pytest.raises((sqlite3.Error, TypeError)):
        box.queue(ID, [listed[0], {**listed[1], "size": object()}])
    assert box.queued() == []
    for _ in range(2):  # again is harmless
        box.queue(ID, listed)
        assert [file.name for file in box.queued()] == ["a.jpg", "b.jpg"]
