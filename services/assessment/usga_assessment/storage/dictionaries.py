"""Compression dictionaries of instrument versions; they are public within their assessment."""

from uuid import UUID

from sqlalchemy import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.database.engine import Database

from usga_assessment.domain.sync.dictionary import Dictionary
from usga_assessment.storage.tables.instrument import DictionaryRow

_MOST_KNOWN = 64


class Dictionaries:
    """Through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, instrument: UUID, assessment: str, made: Dictionary) -> None:
        """Keep the dictionary of a version; its second making changes nothing."""
        known = select(DictionaryRow.number).where(col(DictionaryRow.instrument) == instrument)
        if (await self._session.exec(known)).one_or_none() is not None:
            return
        await self._session.exec(
            insert(DictionaryRow).values(
                instrument=instrument,
                assessment=assessment,
                number=made.id,
                sha256=made.sha256,
                content=made.content,
            )
        )

    async def of(self, assessment: str) -> dict[UUID, Dictionary]:
        """The dictionaries of an assessment by version."""
        rows = await self._session.exec(
            select(DictionaryRow).where(col(DictionaryRow.assessment) == assessment)
        )
        return {row.instrument: Dictionary(row.number, row.content) for row in rows}


class KnownDictionaries:
    """The last few that bodies were compressed with, for the whole process: they never change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[str, int], bytes] = {}

    async def find(self, assessment: str, number: int) -> bytes | None:
        """The dictionary with this id in this assessment, or None."""
        key = assessment, number
        found = self._known.get(key)
        if found is not None:
            return found
        async with self._database.read() as session:
            rows = await session.exec(
                select(DictionaryRow.content)
                .where(col(DictionaryRow.assessment) == assessment)
                .where(col(DictionaryRow.number) == number)
            )
            found = rows.first()
        if found is not None:
            self._known[key] = found
            while len(self._known) > _MOST_KNOWN:
                self._known.pop(next(iter(self._known)))
        return found
