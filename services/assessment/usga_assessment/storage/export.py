"""Reading standing interviews for an export of any size, with flat memory."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.database.engine import Database
from usga_shared.wire.vocabulary import FieldClass, Purpose, SubmissionState

from usga_assessment.domain.sealing.box import SealedClass
from usga_assessment.domain.sealing.content import Content
from usga_assessment.storage.tables.sync import SubmissionContentRow, SubmissionRevisionRow

_ROW, _CONTENT = SubmissionRevisionRow, SubmissionContentRow
KEPT = (SubmissionState.STORED, SubmissionState.APPROVED)
CHUNK = 500
AHEAD = 20_000
"""Keys that are found at a time: each search looks at all of the assessment."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One interview as an export needs it."""

    pk: UUID
    id: UUID
    root: UUID
    instrument: str
    version: str
    state: str
    case_id: str | None
    ended_at: datetime | None
    language: str | None
    disposition: str | None
    judged_by: str | None
    content: Content


async def most_interviewed(session: AsyncSession, assessment: str) -> str | None:
    """The form with most interviews to export; None while there are none."""
    form = col(_ROW.instrument)
    found: str | None = await session.scalar(
        select(form)
        .where(col(_ROW.assessment) == assessment)
        .where(col(_ROW.is_head))
        .where(col(_ROW.purpose) == Purpose.PRODUCTION.value)
        .where(col(_ROW.state).in_([state.value for state in KEPT]))
        .group_by(form)
        .order_by(func.count().desc(), form)
        .limit(1)
    )
    return found


class Exports:
    """Interviews of one assessment for export; callers have checked who asks."""

    def __init__(self, database: Database, assessment: str, instrument: str) -> None:
        self._database, self._assessment, self._instrument = database, assessment, instrument

    async def standing(self, classes: Iterable[FieldClass]) -> AsyncIterator[list[Standing]]:
        """The interviews that stand, some at a time, with the sealed parts of these classes.

        Each portion is a transaction of its own: a slow reader holds nothing open.
        """
        parts = [SealedClass(kind.value) for kind in classes if kind is not FieldClass.OPEN]
        wanted: list[Any] = [
            _ROW.pk, _ROW.id, _ROW.root, _ROW.instrument, _ROW.instrument_version, _ROW.state,
            _ROW.case_id, _ROW.ended_at, _ROW.language, _ROW.disposition, _ROW.judged_by,
            _CONTENT.wrapped_key, _CONTENT.open,
            *(getattr(_CONTENT, part.value) for part in parts),
        ]  # fmt: skip
        here: list[Any] = [
            col(_ROW.is_head),
            col(_ROW.purpose) == Purpose.PRODUCTION.value,
            col(_ROW.state).in_([state.value for state in KEPT]),
        ]
        next_pks = (
            select(col(_ROW.pk))
            .where(col(_ROW.assessment) == self._assessment)
            .where(col(_ROW.instrument) == self._instrument)
            .where(*here)
            .order_by(col(_ROW.pk))
            .limit(AHEAD)
        )
        # By primary key alone: with the assessment named again SQLite would rather sort all of it.
        contents = (
            select(*wanted)
            .join(_CONTENT, col(_CONTENT.pk) == col(_ROW.pk))
            .where(*here)
            .order_by(col(_ROW.pk))
        )
        after: UUID | None = None
        while True:
            found = await self._read(
                next_pks if after is None else next_pks.where(col(_ROW.pk) > after)
            )
            pks = [row[0] for row in found]
            for start in range(0, len(pks), CHUNK):
                portion = contents.where(col(_ROW.pk).in_(pks[start : start + CHUNK]))
                rows = await self._read(portion)
                yield [
                    Standing(  # type: ignore[call-arg]
                        *row[:11],
                        Content(
                            row[11], None, row[12],
                            {p: v for p, v in zip(parts, row[13:], strict=True) if v is not None},
                        ),
                    )
                    for row in rows
                ]  # fmt: skip
            if len(pks) < AHEAD:
                return
            after = pks[-1]

    async def _read(self, statement: Any) -> Any:
        async with self._database.read() as session:
            return (await (await session.connection()).execute(statement)).all()
