"""What tablets were told by their pulls: a cursor is short, and names what is kept here."""

import contextlib
from datetime import datetime
from uuid import UUID

import zstandard
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.database.engine import Database

from usga_assessment.domain.access.report import DeviceReport
from usga_assessment.domain.sync.told import Told
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.tables.field import DeviceToldRow

_KEPT = 4
"""States of one tablet: the one that it comes with, the newest, and answers that were lost."""
_MOST_BYTES = 64 * 2**20
_ROW = DeviceToldRow


class ToldStates:
    """Through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, device: UUID, name: str) -> Told | None:
        """What the tablet was told under this name, if it is still kept."""
        found = await self._session.exec(
            select(_ROW.prints).where(col(_ROW.device) == device).where(col(_ROW.name) == name)
        )
        prints = found.one_or_none()
        if prints is None:
            return None
        unpacked = zstandard.ZstdDecompressor().decompress(prints, max_output_size=_MOST_BYTES)
        return Told.read(unpacked)

    async def keep(self, device: UUID, told: Told, *, came_with: str, at: datetime) -> None:
        """Remember what a tablet was told; what it came with outlives other old states."""
        name = told.name()
        known = set(await self._names(device))
        await self._touch(device, {came_with, name} & known, at)
        if name not in known:
            prints = zstandard.ZstdCompressor().compress(told.content())
            await self._session.exec(
                insert(_ROW).values(device=device, name=name, prints=prints, at=at)
            )
        oldest = (await self._names(device))[_KEPT:]
        await self._session.exec(
            delete(_ROW).where(col(_ROW.device) == device).where(col(_ROW.name).in_(oldest))
        )

    async def _names(self, device: UUID) -> list[str]:
        """The states of a tablet, the latest that came or was told first."""
        rows = await self._session.exec(
            select(_ROW.name)
            .where(col(_ROW.device) == device)
            .order_by(col(_ROW.at).desc(), col(_ROW.name))
        )
        return list(rows)

    async def _touch(self, device: UUID, names: set[str], at: datetime) -> None:
        await self._session.exec(
            update(_ROW)
            .where(col(_ROW.device) == device)
            .where(col(_ROW.name).in_(names))
            .values(at=at)
        )


async def note_pull(
    database: Database,
    device: UUID,
    *,
    told: Told | None,
    came_with: str,
    report: DeviceReport | None,
    at: datetime,
) -> None:
    """Keep what a tablet was told and what it told of itself (P-67), before it is answered.

    Of two pulls at the same time one is enough: a state that is not remembered costs a whole pull.
    """
    if told is None and report is None:
        return
    with contextlib.suppress(IntegrityError):
        async with database.write() as session:
            if told is not None:
                await ToldStates(session).keep(device, told, came_with=came_with, at=at)
            if report is not None:
                await Devices(session).note(device, report)
