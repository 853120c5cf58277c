"""Assessments and the log of their moves."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.assessment.assessment import Assessment, Move
from usga_assessment.domain.assessment.states import State
from usga_assessment.storage.scoping import within
from usga_assessment.storage.tables.field import AssessmentRow, TransitionRow


def visible_in(scope: Scope) -> SelectOfScalar[AssessmentRow]:
    """Every read of assessments starts from this statement."""
    return select(AssessmentRow).where(within(col(AssessmentRow.code), scope))


class Assessments:
    """The assessments that a scope lets see; whatever is outside reads as absent."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session, self._scope = session, scope

    async def get(self, code: str) -> Assessment | None:
        """One assessment."""
        return await self._one(visible_in(self._scope).where(col(AssessmentRow.code) == code))

    async def get_for_change(self, code: str) -> Assessment | None:
        """One assessment, whose other writers wait until this transaction ends.

        SQLite has one writer at a time anyway and ignores the lock.
        """
        rows = visible_in(self._scope).where(col(AssessmentRow.code) == code)
        return await self._one(rows.with_for_update())

    async def _one(self, statement: SelectOfScalar[AssessmentRow]) -> Assessment | None:
        row = (await self._session.exec(statement)).one_or_none()
        return None if row is None else _assessment(row)

    async def page(self, *, limit: int, after: str | None = None) -> list[Assessment]:
        """Assessments by code."""
        statement = visible_in(self._scope).order_by(col(AssessmentRow.code)).limit(limit)
        if after is not None:
            statement = statement.where(col(AssessmentRow.code) > after)
        return [_assessment(row) for row in await self._session.exec(statement)]

    async def exists(self, code: str) -> bool:
        """Whether the code is taken, seen or not: for creation alone."""
        found = await self._session.exec(
            select(AssessmentRow.code).where(col(AssessmentRow.code) == code)
        )
        return found.one_or_none() is not None

    async def add(self, assessment: Assessment) -> bool:
        """Keep a new assessment; False when somebody made one with this code meanwhile."""
        values = asdict(assessment) | {
            "languages": list(assessment.languages),
            "state": assessment.state.value,
        }
        try:
            await self._session.exec(insert(AssessmentRow).values(**values))
        except IntegrityError:
            return False
        return True

    async def change(self, code: str, version: int, at: datetime, **values: Any) -> bool:
        """Change columns if the version is still this one; False when somebody was faster."""
        done = await self._session.exec(
            update(AssessmentRow)
            .where(col(AssessmentRow.code) == code)
            .where(col(AssessmentRow.version) == version)
            .values(version=version + 1, updated_at=at, **values)
            .returning(col(AssessmentRow.code))
        )
        return done.scalar_one_or_none() is not None

    async def log(self, move: Move) -> None:
        """Append to the log of moves."""
        await self._session.exec(insert(TransitionRow).values(**asdict(move)))

    async def moves(self, code: str) -> list[Move]:
        """Every move of an assessment, oldest first."""
        rows = await self._session.exec(
            select(TransitionRow)
            .where(col(TransitionRow.assessment) == code)
            .order_by(col(TransitionRow.version))
        )
        return [
            Move(
                id=row.id,
                assessment=row.assessment,
                version=row.version,
                from_state=State(row.from_state),
                to_state=State(row.to_state),
                at=row.at,
                actor=row.actor,
                note=row.note,
            )
            for row in rows
        ]


def _assessment(row: AssessmentRow) -> Assessment:
    values = row.model_dump()
    values["state"] = State(row.state)
    values["languages"] = tuple(row.languages)
    return Assessment(**values)
