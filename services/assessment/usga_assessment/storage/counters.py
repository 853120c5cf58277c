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


def locking(assessments: Iterable[str]) -> str:
    """The statements that wait until a transaction of PostgreSQL alone writes these assessments.

    For `Database.writing`, which sends them together with BEGIN.
    """
    keys = (_lock_key(assessment) for assessment in sorted({*assessments}))  # one order for all
    return " ".join(f"SELECT pg_advisory_xact_lock({key});" for key in keys)


async def lock_assessments(session: AsyncSession, assessments: Iterable[str]) -> None:
    """Wait until this transaction is the only writer of these assessments."""
    bulk = Bulk(await session.connection())
    if bulk.is_sqlite:
        return
    for assessment in sorted({*assessments}):  # one order for all: no deadlock
        await bulk.execute("SELECT pg_advisory_xact_lock($1)", (_lock_key(assessment),))


async def read_counter(bulk: Bulk, assessment: str) -> tuple[Counter, str]:
    """The numbers of an assessment whose lock this transaction holds, made at first use.

    With them the epoch of the installation, or "" when that has none yet.
    """
    found = await bulk.fetch(
        "SELECT (SELECT epoch FROM installation WHERE id = 1), feed, audit, audit_hash "  # noqa: S608
        f"FROM (SELECT 1) AS one LEFT JOIN sync_counter ON assessment = {bulk.mark(1)}",
        (assessment,),
    )
    ((epoch, feed, audit, audit_hash),) = found
    if feed is not None:
        return Counter(feed, audit, bytes(audit_hash)), epoch or ""
    counter = Counter()
    await bulk.insert(COUNTER, _NAMES, [(assessment, 0, 0, counter.audit_hash)])
    return counter, epoch or ""


async def lock_counter(session: AsyncSession, assessment: str) -> Counter:
    """Become the only writer of an assessment, and read its numbers."""
    await lock_assessments(session, [assessment])
    counter, _ = await read_counter(Bulk(await session.connection()), assessment)
    return counter


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
