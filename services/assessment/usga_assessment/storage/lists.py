"""Reference lists of assessments."""

from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_expressions.environment import Table

from usga_assessment.domain.assessment.assessment import ReferenceList
from usga_assessment.storage.tables.field import ReferenceListRow


class Lists:
    """Reference lists; callers have checked that the actor may see the assessment."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, assessment: str, name: str) -> ReferenceList | None:
        """One list with its rows."""
        rows = await self._session.exec(
            select(ReferenceListRow)
            .where(col(ReferenceListRow.assessment) == assessment)
            .where(col(ReferenceListRow.name) == name)
        )
        row = rows.one_or_none()
        return None if row is None else _list(row)

    async def of(self, assessment: str) -> list[ReferenceList]:
        """All lists of an assessment, by name."""
        rows = await self._session.exec(
            select(ReferenceListRow)
            .where(col(ReferenceListRow.assessment) == assessment)
            .order_by(col(ReferenceListRow.name))
        )
        return [_list(row) for row in rows]

    async def tables(self, assessment: str) -> dict[str, Table]:
        """All lists of an assessment as expressions look them up, by name without ending."""
        found = await self.of(assessment)
        return {made.name.removesuffix(".csv"): Table(made.rows) for made in found}

    async def replace(self, assessment: str, made: ReferenceList) -> None:
        """Put the list in the place of the one with its name."""
        await self._session.exec(
            delete(ReferenceListRow)
            .where(col(ReferenceListRow.assessment) == assessment)
            .where(col(ReferenceListRow.name) == made.name)
        )
        await self._session.exec(
            insert(ReferenceListRow).values(
                assessment=assessment,
                name=made.name,
                rows=made.rows,
                digest=made.digest,
                updated_at=made.updated_at,
            )
        )


def _list(row: ReferenceListRow) -> ReferenceList:
    return ReferenceList(
        name=row.name, rows=row.rows, digest=row.digest, updated_at=row.updated_at
    )
