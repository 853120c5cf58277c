"""The model of a disk that loses power: it forgets what was not synced, however many lives later."""

import os
import random
from pathlib import Path

from tests.simulation.folders import Folder, Left

RNG = random.Random(1)


def test_a_kill_leaves_what_a_loss_of_power_takes(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "1", Left())
    (tmp_path / "1" / "a").write_bytes(b"one")
    left = folder.after_kill()
    assert (left.files, left.contents, left.names) == ({"a": b"one"}, {}, frozenset())
    assert folder.after_power_loss(RNG).files == {}


def test_what_one_life_did_not_sync_another_life_may_lose(tmp_path: Path) -> None:
    first = Folder(tmp_path / "1", Left())
    (tmp_path / "1" / "keys").mkdir()
    key = tmp_path / "1" / "keys" / "root"
    key.write_bytes(b"key")
    first.synced(key)
    first.synced(key.parent)  # its name in the folder, not the folder's own
    second = Folder(tmp_path / "2", first.after_kill())
    assert (tmp_path / "2" / "keys" / "root").read_bytes() == b"key"
    assert second.after_power_loss(RNG).files == {}
    second.synced(tmp_path / "2")
    second.synced(tmp_path / "2" / "keys")
    assert second.after_power_loss(RNG).files == {"keys/root": b"key"}


def test_a_name_without_its_content_is_an_empty_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "1", Left())
    (tmp_path / "1" / "a").write_bytes(b"one")
    folder.synced(tmp_path / "1")
    assert len(folder.after_power_loss(RNG).files["a"]) < 200
    assert Folder(tmp_path / "2", folder.after_kill()).after_power_loss(RNG).files.keys() == {"a"}


def test_a_second_name_of_a_synced_file_has_its_content(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "1", Left.of({"draft": b"key"}))
    os.link(tmp_path / "1" / "draft", tmp_path / "1" / "key")
    (tmp_path / "1" / "draft").unlink()
    folder.synced(tmp_path / "1")
    assert folder.after_power_loss(RNG).files == {"key": b"key"}


def test_rubbish_stands_only_behind_what_was_being_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "1", Left.of({"a": b"one", "b": b"two"}))
    (tmp_path / "1" / "a").write_bytes(b"one and more")
    found = [folder.after_power_loss(RNG).files for _ in range(20)]
    assert all(each["a"].startswith(b"one") and each["b"] == b"two" for each in found)
    assert any(len(each["a"]) > 3 for each in found)
