"""What was promised to be on disk is there under its name after a loss of power."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from usga_assessment.storage.attachments.objects import FolderObjects
from usga_assessment.storage.folders import make_folder
from usga_assessment.storage.revocations import Ended, Revocations


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files and folders in the order in which they were synced."""
    found: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: found.append(Path(f"/proc/self/fd/{fd}").readlink())
    )
    return found


def test_each_new_folder_is_named_durably(tmp_path: Path, synced: list[Path]) -> None:
    make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]
    make_folder(tmp_path / "a" / "b")
    assert len(synced) == 2
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


async def test_the_first_file_of_an_assessment_has_a_durable_folder(
    tmp_path: Path, synced: list[Path]
) -> None:
    objects = FolderObjects(tmp_path / "kept")
    await objects.put("KE-NEW/one", [b"bytes"])
    assert {tmp_path, tmp_path / "kept", tmp_path / "kept" / "KE-NEW"} <= set(synced)


def test_the_first_revocation_has_a_durable_name(tmp_path: Path, synced: list[Path]) -> None:
    noted = Revocations(tmp_path / "keys")
    noted.note(Ended(subject="a", at=datetime(2026, 6, 1, tzinfo=UTC)))
    assert {tmp_path, tmp_path / "keys"} <= set(synced)
