"""The tablet's own store of pictures and recordings: a file leaves it only when it is proven."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from usga_tablet.outbox import keep_private, refuse_file
from usga_tablet.refused_files import RefusedFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
  submission TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,            -- queued, refused (kept and shown), proven or withdrawn (gone)
  code TEXT,
  PRIMARY KEY (submission, name)
);
CREATE TABLE IF NOT EXISTS carried_file (  -- a hub said that it has it, or that it takes it not
  submission TEXT NOT NULL, name TEXT NOT NULL, hub TEXT NOT NULL, life TEXT NOT NULL, code TEXT,
  PRIMARY KEY (submission, name, hub)
);
CREATE TABLE IF NOT EXISTS offered_again (  -- once, after nobody could read what the hub had
  submission TEXT NOT NULL, name TEXT NOT NULL, hub TEXT NOT NULL, life TEXT NOT NULL,
  PRIMARY KEY (submission, name, hub, life)
);
"""
QUEUED, REFUSED, PROVEN, WITHDRAWN = "queued", "refused", "proven", "withdrawn"


@dataclass(frozen=True, slots=True)
class BoxedFile:
    """One file of one interview, as it is kept here."""

    submission: UUID
    name: str
    sha256: str
    size: int
    type: str
    path: Path


class FileBox:
    """A folder of files by digest, and what became of each; durable when a method returns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep_private(folder / "files.db")
        self._db = sqlite3.connect(folder / "files.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the store."""
        self._db.close()

    def keep(self, content: bytes, *, name: str, type_: str) -> dict[str, Any]:
        """Keep a file's bytes; answers what the envelope's `attachments` says of it.

        Raises FileNotTaken for a name or type that no server takes.
        """
        refuse_file(name, type_)
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._folder / sha256
        if not path.exists():
            draft = path.with_suffix(".draft")
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        _sync_names(self._folder)  # also of one that was kept before a loss of power
        return {"name": name, "sha256": sha256, "size": len(content), "type": type_}

    def queue(self, submission: UUID, listed: Iterable[dict[str, Any]]) -> None:
        """These files are to follow the interview that lists them; all of them or none.

        An app that gives its draft an id does so before it finalises: whatever dies between the
        two, no finalised interview is without its files, and files go only after their interview.
        """
        rows = [
            (str(submission), each["name"], each["sha256"], each["size"], each["type"], QUEUED)
            for each in listed
        ]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR IGNORE INTO file (submission, name, sha256, size, type, state)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def queued(self) -> list[BoxedFile]:
        """What has still to be sent or proven, by interview."""
        rows = self._db.execute(
            "SELECT submission, name, sha256, size, type FROM file WHERE state = ? ORDER BY rowid",
            (QUEUED,),
        )
        return [
            BoxedFile(UUID(of), name, sha256, size, type_, self._folder / sha256)
            for of, name, sha256, size, type_ in rows
        ]

    def queued_for(self, hub: str, life: str) -> list[BoxedFile]:
        """What is queued that this hub, in this life, neither carries nor refused."""
        known = set(
            self._db.execute(
                "SELECT submission, name FROM carried_file WHERE hub = ? AND life = ?",
                (hub, life),
            )
        )
        return [f for f in self.queued() if (str(f.submission), f.name) not in known]

    def carry(self, file: BoxedFile, hub: str, life: str, code: str | None = None) -> None:
        """A hub has it, or with `code` does not take it; it stays queued for the server."""
        self._db.execute(
            "INSERT OR REPLACE INTO carried_file VALUES (?, ?, ?, ?, ?)",
            (str(file.submission), file.name, hub, life, code),
        )

    def uncarry(self, file: BoxedFile, hub: str) -> None:
        """The hub does not have it any more, and takes it when it is offered."""
        self._db.execute(
            "DELETE FROM carried_file WHERE submission = ? AND name = ? AND hub = ?",
            (str(file.submission), file.name, hub),
        )

    def offer_again(self, file: BoxedFile, hub: str, life: str) -> bool:
        """What the hub had could not be read: offer it once more; False when that was done."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO offered_again VALUES (?, ?, ?, ?)",
            (str(file.submission), file.name, hub, life),
        )
        if done.rowcount:
            self.uncarry(file, hub)
        return bool(done.rowcount)

    def carried(self) -> dict[str, int]:
        """How many of those queued each hub carries."""
        rows = self._db.execute(
            "SELECT hub, count(*) FROM carried_file JOIN file USING (submission, name)"
            " WHERE state = ? AND carried_file.code IS NULL GROUP BY hub ORDER BY hub",
            (QUEUED,),
        )
        return {str(hub): int(n) for hub, n in rows}

    def withdraw(self, submission: UUID) -> int:
        """The person withdrew: the bytes of all files of the interview go; how many files."""
        files = [file for file in self.queued() if file.submission == submission]
        for file in files:
            self.settle(file, WITHDRAWN)
        return len(files)

    def settle(self, file: BoxedFile, state: str, code: str | None = None) -> None:
        """What became of a file; its bytes go when nothing needs them any more."""
        self._db.execute(
            "UPDATE file SET state = ?, code = ? WHERE submission = ? AND name = ?",
            (state, code, str(file.submission), file.name),
        )
        (needed,) = self._db.execute(
            "SELECT count(*) FROM file WHERE sha256 = ? AND state IN (?, ?)",
            (file.sha256, QUEUED, REFUSED),
        ).fetchone()
        if not needed:
            file.path.unlink(missing_ok=True)

    def refuse(self, told: Iterable[RefusedFile]) -> None:
        """The server takes no upload of these: they are kept, shown and not sent."""
        wanted = {(each.submission, each.name): each.code for each in told}
        for file in self.queued():
            code = wanted.get((file.submission, file.name))
            if code is not None:
                self.settle(file, REFUSED, code)

    def refused(self) -> list[tuple[str, str]]:
        """Names and reasons of what the server does not take, for a supervisor's eyes."""
        rows = self._db.execute("SELECT name, code FROM file WHERE state = ?", (REFUSED,))
        return [(str(name), str(code)) for name, code in rows]


def _sync_names(folder: Path) -> None:
    """A file that was synced is lost all the same when its name was not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
