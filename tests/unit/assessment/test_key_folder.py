"""The key folder loses nothing: what it says is durable before anybody builds on it."""

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from usga_assessment.domain.sealing.box import SealedClass, Unreadable
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.sync.receipt import new_key_pem
from usga_assessment.storage.folders import open_folder
from usga_assessment.storage.keys import Keyring, write_once
from usga_assessment.storage.revocations import Ended, Revocations
from usga_assessment.storage.tombstones import Restores, Tombstones
from usga_shared.wire.vocabulary import Purpose, SubmissionState

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = b"\x01" * 32
HALF = b'{"id":"019a7c1e-5b1a-7c3d-9e4f-5a6b7c8d9e0f","ro'


def withdrawn(number: int) -> Held:
    id_ = UUID(int=number)
    return Held(
        pk=id_, id=id_, version=0, digest=bytes(32), root=id_, revises=None,
        assessment="KE-TEST", device=None, install=UUID(int=9), seq=number, instrument=None,
        instrument_version=None, purpose=Purpose.PRODUCTION, case_id=None, started_at=None,
        ended_at=None, language=None, received_at=NOW, state=SubmissionState.WITHDRAWN,
        is_head=True, code=None, problems=(), warnings=(), judged_by=None, redacted=(),
        has_s3=False, disposition=None, n_eligible=None, former=(), feed=number,
    )  # fmt: skip


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files and folders in the order in which they were synced."""
    found: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: found.append(Path(f"/proc/self/fd/{fd}").readlink())
    )
    return found


def test_a_folder_that_another_life_made_gets_a_durable_name(
    tmp_path: Path, seen: list[Path]
) -> None:
    (tmp_path / "keys").mkdir()
    open_folder(tmp_path / "keys")
    assert seen == [tmp_path]


def test_a_key_that_another_life_made_is_durable_before_it_seals(
    tmp_path: Path, seen: list[Path]
) -> None:
    first = Keyring(tmp_path / "keys").class_keys("KE-TEST")
    seen.clear()  # it died before it synced anything, and left the files
    again = Keyring(tmp_path / "keys").class_keys("KE-TEST")
    assert again == first
    folders = {tmp_path, tmp_path / "keys", tmp_path / "keys/classes"}
    assert {*folders, tmp_path / "keys/classes/KE-TEST"} <= set(seen)


def test_a_receipt_key_that_another_life_made_is_durable_before_it_signs(
    tmp_path: Path, seen: list[Path]
) -> None:
    Keyring(tmp_path).receipt_keys()
    seen.clear()
    Keyring(tmp_path).receipt_keys()
    assert {tmp_path, tmp_path / "receipt"} <= set(seen)


def test_who_comes_second_makes_the_first_ones_name_durable(
    tmp_path: Path, seen: list[Path]
) -> None:
    first = write_once(tmp_path / "00001.pem", new_key_pem())
    seen.clear()
    assert write_once(tmp_path / "00001.pem", new_key_pem()) == first
    assert seen[-1] == tmp_path


def test_who_deletes_a_class_key_by_hand_ends_its_retention_at_once(tmp_path: Path) -> None:
    ring, submission, key = Keyring(tmp_path), bytes(16), bytes(32)
    before = ring.class_keys("KE-TEST")
    sealed = {part: before.seal(part, b"said", submission, key, bytes(12)) for part in before.keys}
    for name in ("text.key", "raw.key"):  # as docs/operations.md says
        (tmp_path / "classes" / "KE-TEST" / name).unlink()
    after = ring.class_keys("KE-TEST")
    for part in (SealedClass.TEXT, SealedClass.RAW):
        with pytest.raises(Unreadable):
            after.unseal(part, sealed[part], submission, key)
        anew = after.seal(part, b"said", submission, key, bytes(12))
        assert after.unseal(part, anew, submission, key) == b"said"
    assert after.unseal(SealedClass.S3, sealed[SealedClass.S3], submission, key) == b"said"


def test_keys_are_in_no_repr(tmp_path: Path) -> None:
    keys = Keyring(tmp_path).class_keys("KE-TEST")
    assert not [key for key in keys.keys.values() if repr(key)[2:-1] in repr(keys)]


def test_a_restore_that_was_counted_stays_counted(tmp_path: Path, seen: list[Path]) -> None:
    assert Restores(tmp_path).count_one() == 1
    assert seen[-1] == tmp_path, "its name is the last to be synced"


class TestHalfALine:
    """A kill, a full disk or a loss of power may leave one; it was never answered for."""

    def test_a_withdrawal_after_half_a_line_is_read_I16(self, tmp_path: Path) -> None:
        stones, one, other = Tombstones(tmp_path), withdrawn(1), withdrawn(2)
        stones.note([one], HASH)
        file = tmp_path / "tombstones" / f"{one.assessment}.ndjson"
        file.write_bytes(file.read_bytes() + HALF)
        assert [stone.id for stone in stones.read()] == [one.id]
        stones.note([other], HASH)
        assert [stone.id for stone in stones.read()] == [one.id, other.id]
        assert {stone.withdraw_hash for stone in stones.read()} == {HASH}

    @pytest.mark.parametrize("rubbish", [b"\x00\xff\x0b\x0c\x85", b"7", b"null", HALF])
    def test_what_a_loss_of_power_leaves_hides_no_revocation_I16(
        self, tmp_path: Path, rubbish: bytes
    ) -> None:
        ended = Ended(subject=str(UUID(int=1)), at=NOW)
        (tmp_path / "revocations.ndjson").write_bytes(rubbish)
        Revocations(tmp_path).note(ended)
        assert Revocations(tmp_path).read() == [ended]
