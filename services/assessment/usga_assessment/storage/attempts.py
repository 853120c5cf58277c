"""Wrong enrolment codes, counted for all instances of the service together."""

from datetime import datetime

from sqlalchemy import delete, func, insert
from sqlmodel import col, select
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7

from usga_assessment.domain.access.enrolment import MOST_WRONG, WINDOW
from usga_assessment.storage.tables.field import EnrolmentAttemptRow

_ROW = EnrolmentAttemptRow
_MOST_ROWS = 100_000
"""Beyond that a flood from many addresses is the gateway's business; nothing more is noted."""


class Attempts:
    """Through transactions of their own: what failed was rolled back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def failed(self, caller: bytes, now: datetime) -> bool:
        """Note a wrong code; whether this caller must wait. What is older than a minute goes."""
        recent = select(func.count()).select_from(_ROW).where(col(_ROW.at) > now - WINDOW)
        async with self._database.read() as session:  # who waits already costs no write
            of_caller = (await session.exec(recent.where(col(_ROW.caller) == caller))).one()
        if of_caller >= MOST_WRONG:
            return True
        async with self._database.write() as session:
            await session.exec(delete(_ROW).where(col(_ROW.at) <= now - WINDOW))
            if (await session.exec(recent)).one() < _MOST_ROWS:
                await session.exec(insert(_ROW).values(id=uuid7(now), caller=caller, at=now))
        return False
