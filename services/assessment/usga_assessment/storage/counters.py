"""The numbers of an assessment, given one writer at a time: change feed and audit chain.

On PostgreSQL an advisory lock of the transaction makes the writers of one assessment follow each
other, so that feed numbers come in the order of commits and a reader's cursor skips nothing. On
SQLite a write transaction is alone anyway.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.audit.chain import START
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.tables import metadata

COUNTER: Table = metadata.tables["sync_counter"]
_NAMES = ("assessment", "feed", "audit", "audit_hash")


@dataclass(slots=True)
class Counter:
    """The last numbers given."""

    feed: int = 0
    audit: int = 0
    audit_hash: bytes = START

    def next_feed(self) -> int:
        """The next place in the change feed."""
        self.feed += 1
        return self.feed


async def lock_assessments(session: AsyncSession, assessments: Iterable[str]) -> None:
    """Wait until this transaction is the only writer of these assessments."""
    await lock(Bulk(await session.connection()), assessments)


async def lock(bulk: Bulk, assessments: Iterable[str]) -> None:
    """The same on a connection."""
    if bulk.is_sqlite:
        return
    for assessment in sorted(set(assessments)):  # one order for all: no deadlock
        await bulk.execute("SELECT pg_advisory_xact_lock($1)", (_lock_key(assessment),))


async def read_counter(bulk: Bulk, assessment: str) -> Counter:
    """The numbers of an assessment whose lock this transaction holds; made at first use."""
    found = await bulk.fetch(
        f"SELECT feed, audit, audit_hash FROM sync_counter WHERE assessment = {bulk.mark(1)}",  # noqa: S608
        (assessment,),
    )
    for feed, audit, audit_hash in found:
        return Counter(feed, audit, bytes(audit_hash))
    counter = Counter()
    await bulk.insert(COUNTER, _NAMES, [(assessment, 0, 0, counter.audit_hash)])
    return counter


async def lock_counter(session: AsyncSession, assessment: str) -> Counter:
    """Become the only writer of an assessment, and read its numbers."""
    bulk = Bulk(await session.connection())
    await lock(bulk, [assessment])
    return await read_counter(bulk, assessment)


async def save_counter(bulk: Bulk, assessment: str, counter: Counter) -> None:
    """Keep the numbers; they are given with the commit or not at all."""
    await bulk.execute(
        f"UPDATE sync_counter SET feed = {bulk.mark(1)}, audit = {bulk.mark(2)}, "  # noqa: S608
        f"audit_hash = {bulk.mark(3)} WHERE assessment = {bulk.mark(4)}",
        (counter.feed, counter.audit, counter.audit_hash, assessment),
    )


def _lock_key(assessment: str) -> int:
    digest = hashlib.sha256(b"usga assessment\0" + assessment.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
