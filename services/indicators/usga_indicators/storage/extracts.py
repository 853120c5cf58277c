"""How far each extract has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_indicators.storage.tables.extract import ExtractRow


@dataclass(frozen=True, slots=True)
class ExtractState:
    """The current generation of an extract and the place in the feed that it stands for."""

    cursor: str | None
    generation: int
    layout_sha256: str
    units: int


class Extracts:
    """One state per assessment and instrument."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, assessment: str, instrument: str) -> ExtractState | None:
        """The state, or None before the first run."""
        row = await self._session.get(ExtractRow, (assessment, instrument))
        if row is None:
            return None
        return ExtractState(row.cursor, row.generation, row.layout_sha256, row.units)

    async def advance(
        self,
        assessment: str,
        instrument: str,
        *,
        before: ExtractState | None,
        after: ExtractState,
        at: datetime,
    ) -> bool:
        """Move on from `before`; False when another run was quicker."""
        if before is None:
            if await self.get(assessment, instrument) is not None:
                return False
            self._session.add(
                ExtractRow(
                    assessment=assessment,
                    instrument=instrument,
                    cursor=after.cursor,
                    generation=after.generation,
                    layout_sha256=after.layout_sha256,
                    units=after.units,
                    updated_at=at,
                )
            )
            await self._session.flush()
            return True
        moved = await self._session.exec(
            update(ExtractRow)
            .where(
                col(ExtractRow.assessment) == assessment,
                col(ExtractRow.instrument) == instrument,
                col(ExtractRow.generation) == before.generation,
            )
            .values(
                cursor=after.cursor,
                generation=after.generation,
                layout_sha256=after.layout_sha256,
                units=after.units,
                updated_at=at,
            )
        )
        return bool(moved.rowcount == 1)

    async def hold_if_current(self, assessment: str, generations: Mapping[str, int]) -> bool:
        """Whether these are the instruments' generations; if so, none moves on before the commit.

        An extract that never moved has no row, and generation 0.
        """
        found = await self._session.exec(
            select(ExtractRow.instrument, ExtractRow.generation)
            .where(col(ExtractRow.assessment) == assessment)
            .order_by(col(ExtractRow.instrument))
            .with_for_update()
        )
        current = dict(found.all())
        return all(current.get(name, 0) == number for name, number in generations.items())

    async def assessments(self) -> list[str]:
        """Codes of the assessments that have an extract."""
        found = await self._session.exec(select(ExtractRow.assessment).distinct())
        return sorted(found.all())
