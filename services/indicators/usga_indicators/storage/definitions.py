"""Definitions of an assessment's own: versions that never change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_indicators.storage.tables.definition import DefinitionRow


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of a definition as it was sent."""

    assessment: str
    code: str
    version: str
    content: dict[str, Any]
    sha256: str
    created_at: datetime
    published_at: datetime | None = None

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class Definitions:
    """Reading, adding and publishing; nothing is ever changed or removed."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, assessment: str, code: str, version: str) -> Stored | None:
        """One version."""
        row = await self._session.get(DefinitionRow, (assessment, code, version))
        return None if row is None else _stored(row)

    async def all(self, assessment: str) -> list[Stored]:
        """Every version of an assessment by code, as they were made."""
        rows = await self._session.exec(
            select(DefinitionRow)
            .where(col(DefinitionRow.assessment) == assessment)
            .order_by(col(DefinitionRow.code), col(DefinitionRow.created_at))
        )
        return [_stored(row) for row in rows]

    async def add(self, stored: Stored, *, created_by: str) -> bool:
        """Store a draft; False when that version is there already."""
        row = DefinitionRow(
            assessment=stored.assessment,
            code=stored.code,
            version=stored.version,
            content=stored.content,
            sha256=stored.sha256,
            created_by=created_by,
            created_at=stored.created_at,
            published_by=None,
            published_at=None,
        )
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True

    async def publish(
        self, assessment: str, code: str, version: str, *, published_by: str, at: datetime
    ) -> None:
        """Publish a draft; a published version stays as it is."""
        await self._session.exec(
            update(DefinitionRow)
            .where(
                col(DefinitionRow.assessment) == assessment,
                col(DefinitionRow.code) == code,
                col(DefinitionRow.version) == version,
                col(DefinitionRow.published_at).is_(None),
            )
            .values(published_at=at, published_by=published_by)
        )


def _stored(row: DefinitionRow) -> Stored:
    return Stored(
        row.assessment,
        row.code,
        row.version,
        row.content,
        row.sha256,
        row.created_at,
        row.published_at,
    )
