"""This installation: its epoch, which tells tablets whether the server was restored."""

from uuid import uuid4

from sqlalchemy import update
from sqlmodel import select
from usga_shared.clock import Clock
from usga_shared.database.engine import Database

from usga_assessment.storage.tables.sync import InstallationRow


async def ensure_installation(database: Database, clock: Clock) -> str:
    """The epoch; the first start begins one."""
    async with database.read() as session:
        found = (await session.exec(select(InstallationRow.epoch))).one_or_none()
    if found is not None:
        return found
    async with database.write() as session:
        again = (await session.exec(select(InstallationRow.epoch))).one_or_none()
        if again is not None:
            return again
        epoch = str(uuid4())
        session.add(InstallationRow(id=1, epoch=epoch, began_at=clock.now()))
        return epoch


async def renew_epoch(database: Database, clock: Clock) -> str:
    """Begin a new epoch: after a restore, tablets then offer again what was lost."""
    await ensure_installation(database, clock)
    epoch = str(uuid4())
    async with database.write() as session:
        await session.exec(update(InstallationRow).values(epoch=epoch, began_at=clock.now()))
    return epoch
