"""Partners who were shown a frozen release before it is published."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_indicators.storage.tables.release import ReleaseShareRow


@dataclass(frozen=True, slots=True)
class Share:
    """One partner, by the id of its credential; over when `ended_at`."""

    partner: str
    shared_at: datetime
    ended_at: datetime | None


class Shares:
    """Who sees a frozen release, and who has seen it: nothing of it is forgotten."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, release: str, partner: str, *, by: str, at: datetime) -> Share:
        """Show it; again after it had ended, too."""
        row = await self._session.get(ReleaseShareRow, (release, partner))
        if row is None:
            row = ReleaseShareRow(
                release_id=release, partner=partner, shared_at=at, shared_by=by, ended_at=None
            )
            self._session.add(row)
        elif row.ended_at is not None:
            row.shared_at, row.shared_by, row.ended_at = at, by, None
        await self._session.flush()
        return _share(row)

    async def end(self, release: str, partner: str, *, at: datetime) -> None:
        """Show it no longer; nothing where it was not shown."""
        await self._session.exec(
            update(ReleaseShareRow)
            .where(
                col(ReleaseShareRow.release_id) == release,
                col(ReleaseShareRow.partner) == partner,
                col(ReleaseShareRow.ended_at).is_(None),
            )
            .values(ended_at=at)
        )

    async def is_shown(self, release: str, partner: str) -> bool:
        """Whether this partner is shown it now."""
        row = await self._session.get(ReleaseShareRow, (release, partner))
        return row is not None and row.ended_at is None

    async def all(self, release: str) -> list[Share]:
        """Every partner who was shown it, the first one first."""
        found = await self._session.exec(
            select(ReleaseShareRow)
            .where(col(ReleaseShareRow.release_id) == release)
            .order_by(col(ReleaseShareRow.shared_at), col(ReleaseShareRow.partner))
        )
        return [_share(row) for row in found.all()]


def _share(row: ReleaseShareRow) -> Share:
    return Share(row.partner, row.shared_at, row.ended_at)
