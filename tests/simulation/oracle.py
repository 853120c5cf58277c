"""What must be true, checked after every event: the reference model of docs/protocol/sync.md.

The oracle knows what was finalised, what receipts promised, what range digests proved and what
was withdrawn; it reads the server's tables and the tablets' files, never their code.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import orjson
from usga_tablet.sync import range_digest

from tests.simulation.tables import Tables
from tests.simulation.words import outcomes_in, payload_of

HELD = frozenset({"stored", "duplicate", "branched", "quarantined", "conflict"})
"""States in which a receipt says that the server keeps these bytes."""


class Violation(Exception):
    """An invariant does not hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One held content, as the server's table has it."""

    pk: str
    id: str
    version: int
    digest: str
    root: str
    revises: str | None
    state: str
    is_head: bool
    install: str
    seq: int
    feed: int
    has_content: bool
    instrument: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """One finalised interview: these bytes exist, whatever anybody says."""

    id: str
    digest: str
    line: bytes
    install: str
    seq: int
    revises: str | None
    code: str


_READ = """
SELECT upper(r.pk), r.id, r.version, hex(r.digest), r.root, r.revises, r.state, r.is_head, r.install,
       r.seq, r.feed, c.pk IS NOT NULL, r.instrument
FROM submission_revision r LEFT JOIN submission_content c ON c.pk = r.pk ORDER BY r.pk
"""


class Oracle:
    """One for each run."""

    def __init__(self, seen: Counter[str], say: Callable[..., None]) -> None:
        self.seen, self._say = seen, say
        self.made: dict[tuple[str, str], Made] = {}
        self.dictionaries: dict[int, bytes] = {}
        """Published dictionaries, by number."""
        self.issued: dict[str, list[tuple[str, str, str]]] = {}
        """Receipts that the centre gave to hubs, with (id, digest, state) of each line."""
        self.heads_of_receipts: set[str] = set()
        """Which keys signed what: the heads of receipts, as they are."""
        self.promised: dict[tuple[str, str], str] = {}
        """(id, digest) with the state that a receipt of this epoch named."""
        self.told: dict[str, set[tuple[str, str, str]]] = {}
        """By install: what intact receipts said to the tablet: (id, digest, state)."""
        self.proved: dict[str, set[tuple[str, str]]] = {}
        self.withdrawn: set[str] = set()
        self.codes: set[str] = set()
        """Withdrawal codes that were used: whatever carries one is never kept again."""
        self.lost: set[tuple[str, str]] = set()
        """What a restore lost: only those who still have the bytes can bring it back."""
        self.rows: list[Row] = []
        self.roots: dict[str, str] = {}
        """By id of what is held."""
        self._heads: dict[str, str] = {}
        self._tables = Tables()
        self._tablets: dict[Path, Tables] = defaultdict(Tables)

    def close(self) -> None:
        """Close what was read: the server's file and the tablets'."""
        for tables in (self._tables, *self._tablets.values()):
            tables.close()

    # What happens

    def finalised(self, made: Made) -> None:
        """A tablet closed an interview."""
        self.made[made.id, made.digest] = made

    def answered(
        self, install: str, request: httpx.Request, lines: list[bytes] | None,
        answer: httpx.Response, *, heard: bool,
        ledger: Callable[[int, int], list[tuple[int, str, str]]],
    ) -> None:  # fmt: skip
        """The server answered; `heard` when the tablet gets the answer as it is."""
        if answer.status_code != httpx.codes.OK:
            return
        if request.url.path == "/v1/sync/submissions" and lines is not None:
            self.heads_of_receipts.add(str(answer.json()["receipt"]).partition(".")[0])
            for id_, digest, state in outcomes_of(answer, lines):
                self.seen[f"receipt {state}"] += 1
                if state in HELD:
                    self.promised[id_, digest] = state
                    self.lost.discard((id_, digest))
                if heard:
                    self.told.setdefault(install, set()).add((id_, digest, state))
        if request.url.path == "/v1/sync/check" and heard:
            for asked in answer.json()["ranges"]:
                mine = ledger(asked["first"], asked["last"])
                if asked["digest"] == range_digest(mine):
                    self.seen["range proved"] += 1
                    proved = {(id_, digest) for _, id_, digest in mine}
                    self.proved.setdefault(install, set()).update(proved)

    def withdraw(self, code: str) -> None:
        """The server said that the interview with this code is withdrawn."""
        self.codes.add(code)
        self.withdrawn |= {m.id for m in self.made.values() if m.code == code and self._holds(m)}

    def _holds(self, made: Made) -> bool:
        return any((row.id, row.digest) == (made.id, made.digest) for row in self.rows)

    def restored(self) -> None:
        """The server came back from an older copy: what that lacks is lost until it is resent."""
        self._heads = {}
        held = {(row.id, row.digest) for row in self.rows}
        gone = {key for key in self.promised if key not in held}
        self.lost |= gone
        for key in gone:
            del self.promised[key]
        if gone:
            self.seen["restore lost interviews"] += 1

    # What must hold

    def look(self, path: Path) -> None:
        """Check the server's tables if anything was committed since."""
        if not self._read(path):
            return
        self._check_contents()
        self._check_promises()
        self._check_heads()
        for row in self.rows:
            carries = self.made[row.id, row.digest].code in self.codes
            if row.id in self.withdrawn or (carries and row.version == 0):
                require(row.state == "withdrawn", f"{row.id} is withdrawn but {row.state}")
            if row.state == "withdrawn":
                require(not row.has_content, f"the content of withdrawn {row.id} is kept")
            else:
                require(row.has_content, f"{row.id} has no content")

    def reread(self, path: Path) -> None:
        """Take in the tables without a judgement."""
        self._read(path)

    def _read(self, path: Path) -> bool:
        db = self._tables.news(path)
        if db is None:
            return False
        self.rows = [
            Row(
                pk, _uuid(id_), version_, digest.lower(), _uuid(root),
                _uuid(revises) if revises else None, state, bool(head), _uuid(install), seq, feed,
                bool(content), instrument,
            )
            for pk, id_, version_, digest, root, revises, state, head, install, seq, feed,
            content, instrument in db.execute(_READ)
        ]  # fmt: skip
        self.roots = {row.id: row.root for row in self.rows}
        return True

    def _check_contents(self) -> None:
        contents = Counter((row.id, row.digest) for row in self.rows)
        for key, count in contents.items():
            require(count == 1, f"{key[0]} is held {count} times with the same bytes")
            require(key in self.made, f"{key[0]} is held with bytes that nobody finalised")
        standing = Counter(row.id for row in self.rows if row.version == 0)
        require(max(standing.values(), default=1) == 1, "two contents stand under one id")
        feeds = Counter(row.feed for row in self.rows)
        require(max(feeds.values(), default=1) == 1, "two changes have one place in the feed")

    def _check_promises(self) -> None:
        held = {(row.id, row.digest): row for row in self.rows}
        gone = {row.id for row in self.rows if row.state == "withdrawn"}
        for key, state in self.promised.items():
            if key not in held and key[0] not in gone:
                raise Violation(f"{key[0]} was receipted as {state} and its bytes are not held")

    def _check_heads(self) -> None:
        """One head at most; it gives way only to what edits it (or to a person's decision).

        And to its own original, when it came first and is another install's (P-19), and where it
        waited for what turns out to be a branch, to what stood there before (P-13, P-14).
        """
        standing = {row.id: row for row in self.rows if row.version == 0}
        heads: dict[str, str] = {}
        for row in self.rows:
            if row.is_head:
                require(row.root not in heads, f"the interview {row.root} stands twice")
                heads[row.root] = row.id
        for root, old in self._heads.items():
            was = standing.get(old)
            if was is None:
                raise Violation(f"the head {old} is gone")
            new = heads.get(was.root)
            require(new is not None, f"the interview {was.root} has no head any more")
            above = ancestors(new, standing)
            # P-19: gives way, also to an original that waits for one of its own
            came_late = new in {root, was.root} and standing[new].install != was.install
            link = standing.get(root)  # what it had waited for; in one batch it may come last
            after = link is not None and new in standing and standing[new].pk < link.pk
            stood_there = was.root != root and (
                after or not above.isdisjoint(self._heads.values())
            )
            is_shown = was.state not in {"stored", "approved"}
            require(
                new == old or old in above or came_late or (stood_there and is_shown),
                f"{new} took the place of {old}, which it does not edit",
            )
        self._heads = heads

    def look_at_tablet(self, name: str, install: str, outbox: Path, *, wiped: bool) -> None:
        """Check what a tablet believes and what it deleted."""
        db = self._tablets[outbox].news(outbox)
        if db is None:
            return
        rows = db.execute("SELECT id, digest, line, state FROM interview").fetchall()
        told = self.told.get(install, set())
        states = {(id_, digest): set[str]() for id_, digest, _ in told}
        for id_, digest, state in told:
            states[id_, digest].add(state)
        proved = self.proved.get(install, set())
        withdrawn = self.withdrawn | {row.id for row in self.rows if row.state == "withdrawn"}
        for id_, digest, line, state in rows:
            heard = states.get((id_, digest), set())
            if state not in {"queued", "withdrawn"}:
                require(state in heard, f"{name} believes {id_} {state}; no receipt says so")
            if line is not None:
                require(hashlib.sha256(line).hexdigest() == digest, f"{name} changed {id_}")
                continue
            allowed = (id_, digest) in proved and heard & HELD
            gone = id_ in withdrawn or "withdrawn" in heard
            require(
                bool(allowed) or gone or wiped, f"{name} deleted {id_} without receipt and proof"
            )

    def missing(self, keys: Iterable[tuple[str, str]]) -> list[str]:
        """Those of these contents that the server neither holds nor has withdrawn."""
        held = {(row.id, row.digest) for row in self.rows}
        gone = {row.id for row in self.rows if row.state == "withdrawn"}
        return sorted(id_ for id_, digest in keys if (id_, digest) not in held and id_ not in gone)


def outcomes_of(answer: httpx.Response, lines: list[bytes]) -> list[tuple[str, str, str]]:
    """(id, digest, state) of each line, as the receipt of this answer says."""
    named = [(str(orjson.loads(line)["id"]), hashlib.sha256(line).hexdigest()) for line in lines]
    outcomes = outcomes_in(payload_of(answer.json()["receipt"]), named)
    return [(str(id_), digest, state) for id_, digest, state in outcomes]


def ancestors(id_: str | None, standing: dict[str, Row]) -> set[str]:
    """Everything that a revision edits, directly or not."""
    found: set[str] = set()
    while id_ is not None and id_ not in found:
        found.add(id_)
        row = standing.get(id_)
        id_ = row.revises if row else None
    return found


def require(holds: bool, otherwise: str) -> None:
    """Raise Violation unless this holds."""
    if not holds:
        raise Violation(otherwise)


def _uuid(text: str) -> str:
    return str(UUID(text))
