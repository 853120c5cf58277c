"""Entries of the audit log; each binds the one before it, so that no change stays unseen."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

START = bytes(32)
"""What the first entry of a chain follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done: who, what, to what, how much; never an answer."""

    assessment: str
    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    previous: bytes = START
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain does not hold: the entry was changed, or those before it were."""

    seq: int
    reason: str


def chained(entry: Entry, previous: bytes) -> Entry:
    """The entry bound to the one before it."""
    return replace(entry, previous=previous, hash=_hash(entry, previous))


def verify(entries: Iterable[Entry], *, head: tuple[int, bytes] | None = None) -> Broken | None:
    """The first place where the chain does not hold, or None.

    `head` is the (seq, hash) that was noted elsewhere: with it a cut-off end is found too.
    """
    verifier = Verifier()
    for entry in entries:
        broken = verifier.take(entry)
        if broken is not None:
            return broken
    return verifier.end(head) if head is not None else None


class Verifier:
    """Follows a chain entry by entry, however long it is."""

    def __init__(self) -> None:
        self._previous, self._expected = START, 1

    def take(self, entry: Entry) -> Broken | None:
        """Where the chain does not hold at this entry, or None."""
        if entry.seq != self._expected:
            return Broken(self._expected, "missing")
        if entry.previous != self._previous or entry.hash != _hash(entry, self._previous):
            return Broken(entry.seq, "changed")
        self._previous, self._expected = entry.hash, self._expected + 1
        return None

    def end(self, head: tuple[int, bytes]) -> Broken | None:
        """Where the chain was cut off, compared with the head noted elsewhere, or None."""
        if head != (self._expected - 1, self._previous):
            return Broken(self._expected, "truncated")
        return None


def _hash(entry: Entry, previous: bytes) -> bytes:
    content = [
        entry.assessment, entry.seq, entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor, entry.action, entry.subject, entry.details,
    ]  # fmt: skip
    return hashlib.sha256(previous + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
