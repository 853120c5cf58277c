"""The tablet's own store: finalised interviews leave it only when a receipt proves them."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from usga_expressions.compact import Layout, NotCompact

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS interview (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL,
  line BLOB,                      -- NULL once the server proved that it holds the interview
  state TEXT NOT NULL,            -- queued, or the server's word: stored, duplicate, ...
  code TEXT,
  receipt INTEGER REFERENCES receipt (id)
);
CREATE INDEX IF NOT EXISTS interview_state ON interview (state);
CREATE TABLE IF NOT EXISTS receipt (id INTEGER PRIMARY KEY, jws TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pulled (
  kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS carried (     -- a hub said that it has it: no permission for anything
  id TEXT NOT NULL, hub TEXT NOT NULL, life TEXT NOT NULL, PRIMARY KEY (id, hub)
);
"""

TAKEN_TYPES = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "audio/mp4", "audio/aac", "audio/amr",
        "audio/ogg", "audio/mpeg", "audio/wav", "audio/webm", "audio/3gpp", "video/mp4",
        "video/3gpp", "video/webm", "application/pdf", "text/csv", "text/plain",
    }
)  # fmt: skip
"""Media types of files that the server takes (docs/protocol/sync.md P-87)."""
_UNSAID_TYPES = frozenset({"", "application/octet-stream"})

SNAPSHOT = "snapshot.part"
"""The file of a first sync while it is downloaded, beside the outbox."""
QUEUED, WITHDRAWN = "queued", "withdrawn"
_LONGEST_NAME = 255
PROVEN = frozenset({"stored", "duplicate", "branched", "quarantined"})
"""States in which the server holds the interview; `conflict` and `rejected` stay visible."""


@dataclass(frozen=True, slots=True)
class Finalised:
    """One interview as it was finalised: these bytes are sent, and sent again, unchanged."""

    seq: int
    id: UUID
    digest: str
    line: bytes


class FileNotTaken(ValueError):
    """An interview lists a file that no server takes: while it is open, that can be mended."""


def refuse_file(name: str, type_: str) -> None:
    """Raise FileNotTaken for a name that is no line of text, or a type that is not taken."""
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise FileNotTaken("the name of a file is empty, too long or not printable")
    if type_ not in TAKEN_TYPES | _UNSAID_TYPES:
        raise FileNotTaken("files of this media type are not taken")


def _compact(envelope: dict[str, Any], layout: Layout) -> Any:
    try:
        started = datetime.fromisoformat(envelope["started_at"])
        return layout.shorten(envelope["answers"], started)
    except NotCompact:
        return envelope["answers"]


def _fitting(rows: Iterable[tuple[int, str, str, bytes]], most_bytes: int) -> list[Finalised]:
    """As many of these as fit a batch; always at least one."""
    batch: list[Finalised] = []
    size = 0
    for seq, id_, digest, line in rows:
        size += len(line) + 1
        if batch and size > most_bytes:
            break
        batch.append(Finalised(seq, UUID(id_), digest, line))
    return batch


def keep_private(path: Path) -> None:
    """Only its owner reads it, whatever the umask; SQLite gives its journals the same mode."""
    path.touch(mode=0o600)
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if each.exists():
            each.chmod(0o600)


class Outbox:
    """A SQLite file; every change is on disk before the method returns."""

    def __init__(self, path: Path, *, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._random_bytes = random_bytes
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        keep_private(path)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)
        if self.setting("install") is None:
            self.remember("install", str(self._new_id()))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def install(self) -> UUID:
        """Made when the app was installed; a copied file gives a fork, which the server shows."""
        return UUID(self.setting("install"))

    def setting(self, name: str) -> str | None:
        """A remembered value."""
        row = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Keep a value."""
        self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def finalise(self, draft: dict[str, Any], layout: Layout | None = None) -> Finalised:
        """Close an interview: give it install, seq, salt (and an id if it has none) for ever.

        With the layout of its form the answers stand by position where nothing is lost by it.
        Raises FileNotTaken for a file that could never follow its interview.
        """
        for listed in draft.get("attachments") or ():
            refuse_file(listed["name"], listed["type"])
        with self.transaction():
            last = self._db.execute("SELECT coalesce(max(seq), 0) FROM interview").fetchone()[0]
            seq = max(int(last), int(self.setting("last_seq") or 0)) + 1
            envelope = {
                "id": str(draft.get("id") or self._new_id()),
                **{key: value for key, value in draft.items() if key != "id"},
                "install": str(self.install),
                "seq": seq,
                "salt": self._random_bytes(16).hex(),
            }
            if layout is not None:
                envelope["answers"] = _compact(envelope, layout)
            line = orjson.dumps(envelope)
            digest = hashlib.sha256(line).hexdigest()
            self._db.execute(
                "INSERT INTO interview (seq, id, digest, line, state) VALUES (?, ?, ?, ?, ?)",
                (seq, envelope["id"], digest, line, QUEUED),
            )
            self.remember("last_seq", str(seq))
        return Finalised(seq, UUID(envelope["id"]), digest, line)

    def queued(self, *, most: int, most_bytes: int) -> list[Finalised]:
        """The oldest unsent interviews, as many as fit a batch; always at least one."""
        rows = self._db.execute(
            "SELECT seq, id, digest, line FROM interview WHERE state = ? ORDER BY seq LIMIT ?",
            (QUEUED, most),
        )
        return _fitting(rows, most_bytes)

    def queued_for(self, hub: str, life: str, *, most: int, most_bytes: int) -> list[Finalised]:
        """The oldest interviews without a receipt that this hub, in this life, does not carry."""
        rows = self._db.execute(
            "SELECT seq, id, digest, line FROM interview WHERE state = ? AND id NOT IN"
            " (SELECT id FROM carried WHERE hub = ? AND life = ?) ORDER BY seq LIMIT ?",
            (QUEUED, hub, life, most),
        )
        return _fitting(rows, most_bytes)

    def is_queued(self, id_: UUID) -> bool:
        """Whether no receipt of the centre has spoken of this interview yet."""
        row = self._db.execute("SELECT state FROM interview WHERE id = ?", (str(id_),)).fetchone()
        return row is not None and row[0] == QUEUED

    def carry(self, ids: Sequence[UUID], hub: str, life: str) -> None:
        """Note that a hub carries these; they stay queued for the server."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO carried VALUES (?, ?, ?)",
                [(str(id_), hub, life) for id_ in ids],
            )

    def uncarry(self, ids: Sequence[UUID], hub: str) -> None:
        """The hub could not deliver these."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM carried WHERE id = ? AND hub = ?", [(str(id_), hub) for id_ in ids]
            )

    def carried(self) -> dict[str, int]:
        """How many interviews without a receipt each hub carries."""
        rows = self._db.execute(
            "SELECT hub, count(*) FROM carried JOIN interview USING (id) WHERE state = ?"
            " GROUP BY hub ORDER BY hub",
            (QUEUED,),
        )
        return {str(hub): int(n) for hub, n in rows}

    def digests(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digest of each of these interviews that was made here."""
        found = {}
        for id_ in ids:
            row = self._db.execute(
                "SELECT digest FROM interview WHERE id = ?", (str(id_),)
            ).fetchone()
            if row is not None:
                found[id_] = str(row[0])
        return found

    def settle(self, outcomes: dict[UUID, tuple[str, str | None]], jws: str) -> None:
        """Record what a verified receipt says of each interview, in one transaction."""
        with self.transaction():
            receipt = self._db.execute("INSERT INTO receipt (jws) VALUES (?)", (jws,)).lastrowid
            for id_, (state, code) in outcomes.items():
                self._db.execute(
                    "UPDATE interview SET state = ?, code = ?, receipt = ? WHERE id = ?",
                    (state, code, receipt, str(id_)),
                )
                if state == WITHDRAWN:
                    self._db.execute("UPDATE interview SET line = NULL WHERE id = ?", (str(id_),))

    def held(self) -> Iterator[Finalised]:
        """Interviews that the server said it holds and whose bytes are still here."""
        marks = ",".join("?" * len(PROVEN))
        rows = self._db.execute(
            f"SELECT seq, id, digest, line FROM interview WHERE state IN ({marks})"  # noqa: S608
            " AND line IS NOT NULL ORDER BY seq",
            sorted(PROVEN),
        ).fetchall()
        for seq, id_, digest, line in rows:
            yield Finalised(seq, UUID(id_), digest, line)

    def offered(self) -> list[Finalised]:
        """What any receipt spoke of and whose bytes are still here: a restore may have lost it."""
        rows = self._db.execute(
            "SELECT seq, id, digest, line FROM interview WHERE state != ?"
            " AND line IS NOT NULL ORDER BY seq",
            (QUEUED,),
        )
        return [Finalised(seq, UUID(id_), digest, line) for seq, id_, digest, line in rows]

    def forget(self, id_: UUID) -> None:
        """The person withdrew: the bytes go, seq, id and digest stay."""
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(
            "UPDATE interview SET state = ?, code = NULL, line = NULL WHERE id = ?",
            (WITHDRAWN, str(id_)),
        )

    def requeue(self, ids: list[UUID]) -> None:
        """Offer these again: the server does not have them (any more)."""
        with self.transaction():
            self._db.executemany(
                "UPDATE interview SET state = ?, receipt = NULL WHERE id = ? AND line IS NOT NULL",
                [(QUEUED, str(id_)) for id_ in ids],
            )
            self._db.executemany("DELETE FROM carried WHERE id = ?", [(str(id_),) for id_ in ids])

    def prune(self, ids: list[UUID]) -> None:
        """Forget the bytes of interviews that a range digest proved; seq, id, digest stay."""
        with self.transaction():
            self._db.executemany(
                "UPDATE interview SET line = NULL WHERE id = ?", [(str(id_),) for id_ in ids]
            )

    def ledger(self, first: int, last: int) -> list[tuple[int, str, str]]:
        """(seq, id, digest) of a range, for comparing range digests."""
        rows = self._db.execute(
            "SELECT seq, id, digest FROM interview WHERE seq BETWEEN ? AND ? ORDER BY seq",
            (first, last),
        )
        return [(int(seq), str(id_), str(digest)) for seq, id_, digest in rows]

    def counts(self) -> dict[str, int]:
        """How many interviews are in each state."""
        rows = self._db.execute("SELECT state, count(*) FROM interview GROUP BY state")
        return {str(state): int(n) for state, n in rows}

    def keep_pulled(self, kind: str, id_: str, value: dict[str, Any] | None) -> None:
        """Keep (or, with None, drop) something that the server sent."""
        if value is None:
            self._db.execute("DELETE FROM pulled WHERE kind = ? AND id = ?", (kind, id_))
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO pulled VALUES (?, ?, ?)",
                (kind, id_, orjson.dumps(value).decode()),
            )

    def keep_only(self, kind: str, ids: Sequence[str]) -> None:
        """Drop everything of a kind that is not named."""
        gone = self.pulled(kind).keys() - set(ids)
        self._db.executemany(
            "DELETE FROM pulled WHERE kind = ? AND id = ?", [(kind, id_) for id_ in gone]
        )

    def pulled(self, kind: str) -> dict[str, dict[str, Any]]:
        """Everything of one kind that the server sent, by id."""
        rows = self._db.execute("SELECT id, value FROM pulled WHERE kind = ? ORDER BY id", (kind,))
        return {str(id_): orjson.loads(value) for id_, value in rows}

    def wipe(self) -> None:
        """A lost tablet that shows up again: forget all but what was not sent, and the proofs.

        What is forgotten is overwritten in the file and its log.
        """
        self._db.execute("PRAGMA secure_delete = ON")
        with self.transaction():
            self._db.execute("DELETE FROM pulled")
            self._db.execute("UPDATE interview SET line = NULL WHERE state != ?", (QUEUED,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.path.with_name(SNAPSHOT).unlink(missing_ok=True)

    def _new_id(self) -> UUID:
        return UUID(bytes=self._random_bytes(16), version=4)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is on disk when it ends, or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
