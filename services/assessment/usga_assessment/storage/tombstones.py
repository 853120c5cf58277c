"""What a restored backup must not forget, outside the database: withdrawals, earlier restores."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.held import Held
from usga_assessment.storage.folders import open_folder, sync_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stays of a withdrawn revision; nothing of a person."""

    assessment: str
    id: UUID
    root: UUID
    revises: UUID | None
    install: UUID
    seq: int
    digest: bytes
    purpose: str
    withdraw_hash: bytes
    """Empty for one that came after the withdrawal: what it edits is what was withdrawn."""


class Tombstones:
    """One append-only file per assessment, beside the keys: backed up apart from the database."""

    def __init__(self, key_dir: Path) -> None:
        self._folder = key_dir / "tombstones"

    def note(self, withdrawn: Iterable[Held], withdraw_hash: bytes) -> None:
        """Append what is about to be withdrawn; on disk when this returns."""
        lines: dict[str, list[bytes]] = {}
        for held in withdrawn:
            line = {
                "id": str(held.id), "root": str(held.root), "install": str(held.install),
                "revises": str(held.revises) if held.revises else None, "seq": held.seq,
                "digest": held.digest.hex(), "purpose": held.purpose.value,
                "withdraw_hash": withdraw_hash.hex(),
            }  # fmt: skip
            lines.setdefault(held.assessment, []).append(orjson.dumps(line) + b"\n")
        self._append(lines)

    def note_pushed(self, assessment: str, pushed: Iterable[Envelope]) -> None:
        """Append what was pushed after its withdrawal, before the tablet is told to delete it.

        Nobody has its bytes then; a backup from before has not even its number.
        """
        lines = [
            orjson.dumps(
                {
                    "id": str(each.id), "root": str(each.revises or each.id),
                    "install": str(each.install),
                    "revises": str(each.revises) if each.revises else None, "seq": each.seq,
                    "digest": each.digest.hex(), "purpose": each.purpose.value,
                    "withdraw_hash": "",
                }
            )
            + b"\n"
            for each in pushed
        ]  # fmt: skip
        self._append({assessment: lines})

    def _append(self, lines: dict[str, list[bytes]]) -> None:
        open_folder(self._folder)
        for assessment, content in lines.items():
            path = self._folder / f"{assessment}.ndjson"
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(b"\n" + b"".join(content))  # a crash may have left half a line
                file.flush()
                os.fsync(file.fileno())
        sync_folder(self._folder)  # a file may be new

    def read(self) -> list[Tombstone]:
        """Every tombstone, by assessment, in the order of withdrawal.

        Half a line, or what a loss of power made of one, was never answered for.
        """
        found: list[Tombstone] = []
        for path in sorted(self._folder.glob("*.ndjson")):
            for line in path.read_bytes().split(b"\n"):
                value = _whole(line)
                if value is None:
                    continue
                revises = value["revises"]
                found.append(
                    Tombstone(
                        assessment=path.stem, id=UUID(value["id"]), root=UUID(value["root"]),
                        revises=UUID(revises) if revises else None,
                        install=UUID(value["install"]), seq=value["seq"],
                        digest=bytes.fromhex(value["digest"]), purpose=value["purpose"],
                        withdraw_hash=bytes.fromhex(value["withdraw_hash"]),
                    )
                )  # fmt: skip
        return found


def _whole(line: bytes) -> dict[str, Any] | None:
    """A tombstone's line, if it is one."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


class Restores:
    """How often this installation came back from a backup; the database itself cannot know."""

    def __init__(self, key_dir: Path) -> None:
        self._file = key_dir / "restores"

    def count_one(self) -> int:
        """Count a restore, on disk when this returns; the first is 1."""
        count = 1 + (int(self._file.read_text("ascii")) if self._file.exists() else 0)
        draft = self._file.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{count}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)
        sync_folder(self._file.parent)
        return count
