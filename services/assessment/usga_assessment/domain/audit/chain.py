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
    previous, expected = START, 1
    for entry in entries:
        if entry.seq != expected:
            return Broken(expected, "missing")
        if entry.previous != previous or entry.hash != _hash(entry, previous):
            return Broken(entry.seq, "changed")
        previous, expected = entry.hash, expected + 1
    if head is not None and head != (expected - 1, previous):
        return Broken(expected, "truncated")
    return None


def _hash(entry: Entry, previous: bytes) -> bytes:
    content = [
        entry.assessment, entry.seq, entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor, entry.action, entry.subject, entry.details,
    ]  # fmt: skip
    return hashlib.sha256(previous + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
