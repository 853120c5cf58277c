"""Records of assessments: every revision is kept, the last one holds."""

from sqlalchemy import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.assessment.assessment import Record
from usga_assessment.storage.tables.field import RecordRow


class Records:
    """Records; callers have checked that the actor may see the assessment."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def revisions(self, assessment: str) -> list[Record]:
        """Every revision of every record, by kind and age."""
        rows = await self._session.exec(
            select(RecordRow)
            .where(col(RecordRow.assessment) == assessment)
            .order_by(col(RecordRow.kind), col(RecordRow.revision))
        )
        return [
            Record(
                kind=row.kind,
                revision=row.revision,
                value=row.value,
                synthetic=row.synthetic,
                at=row.at,
                actor=row.actor,
            )
            for row in rows
        ]

    async def holding(self, assessment: str) -> dict[str, Record]:
        """The last revision of each kind."""
        return {record.kind: record for record in await self.revisions(assessment)}

    async def append(self, assessment: str, record: Record) -> None:
        """Keep a new revision."""
        await self._session.exec(
            insert(RecordRow).values(
                assessment=assessment,
                kind=record.kind,
                revision=record.revision,
                value=record.value,
                synthetic=record.synthetic,
                at=record.at,
                actor=record.actor,
            )
        )
