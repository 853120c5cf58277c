"""Areas of assessments."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.assessment.areas import Area
from usga_assessment.storage.tables.field import AreaRow, CaseRow


class Areas:
    """Areas; callers have checked that the actor may see the assessment."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, assessment: str) -> list[Area]:
        """All areas of an assessment, in the order in which they were given."""
        rows = await self._session.exec(
            select(AreaRow)
            .where(col(AreaRow.assessment) == assessment)
            .order_by(col(AreaRow.position))
        )
        return [
            Area(
                code=row.code,
                title=row.title,
                kind=row.kind,
                parent=row.parent,
                geometry=row.geometry,
            )
            for row in rows
        ]

    async def codes(self, assessment: str) -> set[str]:
        """The codes of the areas."""
        found = await self._session.exec(
            select(AreaRow.code).where(col(AreaRow.assessment) == assessment)
        )
        return set(found)

    async def used(self, assessment: str) -> set[str]:
        """The areas that cases of the sample lie in."""
        found = await self._session.exec(
            select(CaseRow.area).where(col(CaseRow.assessment) == assessment).distinct()
        )
        return {code for code in found if code is not None}

    async def replace(self, assessment: str, areas: Sequence[Area]) -> None:
        """Put these areas in the place of all."""
        await self._session.exec(delete(AreaRow).where(col(AreaRow.assessment) == assessment))
        await self._session.exec(
            insert(AreaRow),
            params=[
                {"assessment": assessment, "position": position, **asdict(area)}
                for position, area in enumerate(areas)
            ],
        )
