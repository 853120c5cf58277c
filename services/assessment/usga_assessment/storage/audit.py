"""The audit log in the database: appended under the assessment's lock, read in order."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.audit.chain import Broken, Entry, Verifier, chained
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.counters import Counter, lock_counter, save_counter
from usga_assessment.storage.tables import metadata
from usga_assessment.storage.tables.sync import AuditEntryRow, SyncCounterRow

AUDIT: Table = metadata.tables["audit_entry"]
AUDIT_NAMES = (
    "assessment", "seq", "at", "actor", "action", "subject", "details", "previous", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """What the log is to say; never an answer, a name or a place."""

    actor: str
    action: str
    subject: str
    details: dict[str, Any]


def append(counter: Counter, assessment: str, at: datetime, note: Note) -> tuple[Any, ...]:
    """The next entry of the chain as a row; the counter moves on with it."""
    entry = chained(
        Entry(
            assessment=assessment, seq=counter.audit + 1, at=at, actor=note.actor,
            action=note.action, subject=note.subject, details=note.details,
        ),
        counter.audit_hash,
    )  # fmt: skip
    counter.audit, counter.audit_hash = entry.seq, entry.hash
    details = orjson.dumps(entry.details, option=orjson.OPT_SORT_KEYS).decode()
    return (
        assessment, entry.seq, at, entry.actor, entry.action, entry.subject, details,
        entry.previous, entry.hash,
    )  # fmt: skip


class AuditLog:
    """The chains of all assessments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, assessment: str, at: datetime, note: Note) -> None:
        """Append one entry in a transaction of its own kind: the caller's."""
        counter = await lock_counter(self._session, assessment)
        bulk = Bulk(await self._session.connection())
        await bulk.insert(AUDIT, AUDIT_NAMES, [append(counter, assessment, at, note)])
        await save_counter(bulk, assessment, counter)

    async def entries(self, assessment: str, *, after: int = 0) -> AsyncIterator[Entry]:
        """The chain from a place on, in order."""
        rows = await self._session.stream(
            select(AuditEntryRow)
            .where(col(AuditEntryRow.assessment) == assessment)
            .where(col(AuditEntryRow.seq) > after)
            .order_by(col(AuditEntryRow.seq))
            .execution_options(yield_per=1000)
        )
        async for row in rows.scalars():
            yield Entry(
                assessment=row.assessment, seq=row.seq, at=row.at, actor=row.actor,
                action=row.action, subject=row.subject, details=orjson.loads(row.details),
                previous=row.previous, hash=row.hash,
            )  # fmt: skip


async def chains(session: AsyncSession) -> list[tuple[str, int, bytes]]:
    """Every chain with its length and head, as the counters know them."""
    rows = await session.exec(
        select(SyncCounterRow.assessment, SyncCounterRow.audit, SyncCounterRow.audit_hash)
        .where(col(SyncCounterRow.audit) > 0)
        .order_by(col(SyncCounterRow.assessment))
    )
    return [(assessment, seq, head) for assessment, seq, head in rows]


async def check_chain(
    session: AsyncSession, assessment: str, head: tuple[int, bytes]
) -> Broken | None:
    """Where an assessment's chain does not hold, or None; memory does not grow with it."""
    verifier = Verifier()
    async for entry in AuditLog(session).entries(assessment):
        broken = verifier.take(entry)
        if broken is not None:
            return broken
    return verifier.end(head)


def actor_name(kind: str, id_: UUID | str) -> str:
    """How the log names whoever acted."""
    return f"{kind}:{id_}"
