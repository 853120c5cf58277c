"""This installation: its epoch, which tells tablets whether the server was restored."""

import contextlib
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from usga_shared.clock import Clock
from usga_shared.database.engine import Database

from usga_assessment.domain.audit.chain import START
from usga_assessment.storage.tables.field import AssessmentRow
from usga_assessment.storage.tables.sync import (
    InstallationRow,
    SubmissionRevisionRow,
    SyncCounterRow,
)

_LIFE = 2**32
"""Places of a feed between two restores; a cursor then holds at most 53 bits for two million."""


async def ensure_installation(database: Database, clock: Clock) -> str:
    """The epoch; the first start begins one, or takes what another instance began meanwhile."""
    found = await _epoch(database)
    if found is None:
        row = InstallationRow(id=1, epoch=str(uuid4()), began_at=clock.now())
        with contextlib.suppress(IntegrityError):
            async with database.write() as session:
                session.add(row)
        found = await _epoch(database)
        assert found is not None  # somebody's row is there, and nobody removes it
    return found


async def _epoch(database: Database) -> str | None:
    async with database.read() as session:
        return (await session.exec(select(InstallationRow.epoch))).one_or_none()


async def renew_epoch(database: Database, clock: Clock, *, restores: int) -> str:
    """Begin a new epoch: after a restore, tablets then offer again what was lost.

    Every place in the change feeds moves beyond the cursors that were given out in earlier lives
    (`restores` counts this one): they would otherwise skip what now gets the lost numbers. Readers
    are told everything again.
    """
    await ensure_installation(database, clock)
    epoch = str(uuid4())
    async with database.write() as session:
        await session.exec(update(InstallationRow).values(epoch=epoch, began_at=clock.now()))
        counted = select(SyncCounterRow.assessment)
        new = select(AssessmentRow.code).where(col(AssessmentRow.code).not_in(counted))
        for code in (await session.exec(new)).all():
            session.add(SyncCounterRow(assessment=code, feed=0, audit=0, audit_hash=START))
        await session.flush()
        for table in (SubmissionRevisionRow, SyncCounterRow):
            await session.exec(
                update(table).values(feed=col(table.feed) % _LIFE + restores * _LIFE)
            )
    return epoch
