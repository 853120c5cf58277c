"""Composite indices, kept with the release that they are of."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_indicators.storage.tables.release_index import ReleaseIndexRow


class Indices:
    """Scores by release, code and version of the index."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, release: str, scored: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        """Keep the scores of a new release."""
        self._session.add_all(
            ReleaseIndexRow(release_id=release, code=code, version=version, content=dict(content))
            for (code, version), content in scored.items()
        )
        await self._session.flush()

    async def whole(self, release: str) -> dict[tuple[str, str], dict[str, Any]]:
        """All that was kept of a release, by code and version."""
        found = await self._session.exec(
            select(ReleaseIndexRow).where(col(ReleaseIndexRow.release_id) == release)
        )
        return {(row.code, row.version): dict(row.content) for row in found.all()}

    async def get(self, release: str, code: str, version: str) -> dict[str, Any] | None:
        """What was kept; None when the release has no such index."""
        row = await self._session.get(ReleaseIndexRow, (release, code, version))
        return None if row is None else dict(row.content)
