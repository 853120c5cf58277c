"""Lowest versions of apps that assessments give new work (P-71)."""

from collections.abc import Iterable

from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.storage.tables.field import MinimumClientRow

_ROW = MinimumClientRow


class ClientVersions:
    """Through one session; whoever asks has been asked whether it may."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, assessment: str) -> MinimumClients:
        """Those of one assessment."""
        return (await self.of_all([assessment]))[assessment]

    async def of_all(self, assessments: Iterable[str]) -> dict[str, MinimumClients]:
        """Those of each of these."""
        found: dict[str, dict[str, str]] = {code: {} for code in assessments}
        rows = await self._session.exec(
            select(_ROW).where(col(_ROW.assessment).in_(list(found))).order_by(col(_ROW.client))
        )
        for row in rows:
            found[row.assessment][row.client] = row.version
        return {code: MinimumClients(versions) for code, versions in found.items()}

    async def replace(self, assessment: str, clients: MinimumClients) -> None:
        """Exactly these hold from now on."""
        await self._session.exec(delete(_ROW).where(col(_ROW.assessment) == assessment))
        if clients.versions:
            await self._session.exec(
                insert(_ROW),
                params=[
                    {"assessment": assessment, "client": name, "version": version}
                    for name, version in sorted(clients.versions.items())
                ],
            )
