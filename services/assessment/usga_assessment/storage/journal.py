"""Changing held interviews: one writer of an assessment, its feed and its audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.database.engine import forget_after_commit

from usga_assessment.storage.audit import AUDIT, AUDIT_NAMES, Note, append
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.counters import Counter, lock_counter, save_counter
from usga_assessment.storage.rows import delete_contents


class Journal:
    """The right to change interviews of one assessment until the transaction ends.

    `open` waits for its turn: what is read after it holds until the commit.
    """

    def __init__(
        self, session: AsyncSession, assessment: str, at: datetime, counter: Counter
    ) -> None:
        self._session, self._assessment, self.at = session, assessment, at
        self._counter = counter

    @classmethod
    async def open(cls, session: AsyncSession, assessment: str, at: datetime) -> "Journal":
        """Become the only writer of the assessment."""
        return cls(session, assessment, at, await lock_counter(session, assessment))

    def next_feed(self) -> int:
        """The next place in the change feed."""
        return self._counter.next_feed()

    async def destroy(self, pks: list[UUID]) -> None:
        """Destroy the keys and contents of revisions; tombstones stay."""
        forget_after_commit(self._session)
        await delete_contents(Bulk(await self._session.connection()), pks)

    async def close(self, actor: str, action: str, subject: str, details: dict[str, Any]) -> None:
        """Write the entry that says what was done, and keep the numbers that were given."""
        note = Note(actor, action, subject, details)
        bulk = Bulk(await self._session.connection())
        entry = append(self._counter, self._assessment, self.at, note)
        await bulk.insert(AUDIT, AUDIT_NAMES, [entry])
        await save_counter(bulk, self._assessment, self._counter)
