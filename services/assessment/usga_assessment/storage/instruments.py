"""The repository of instrument versions, and the process-wide cache of what they compile to."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from usga_expressions.instrument import Instrument

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.xlsform.compiled_form import canonical
from usga_assessment.storage.scoping import within
from usga_assessment.storage.tables.instrument import InstrumentRow

Made = TypeVar("Made")


class Remembered(Generic[Made]):
    """The last few things made from documents, by digest: a digest never changes its meaning."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._made: dict[str, Made] = {}

    def get(self, digest: str, make: Callable[[], Made]) -> Made:
        """What was made of this digest, made now if it was not kept."""
        made = self._made.pop(digest, None)
        if made is None:
            made = make()
        self._made[digest] = made
        while len(self._made) > self._size:
            self._made.pop(next(iter(self._made)))
        return made


_documents: Remembered[dict[str, Any]] = Remembered(64)
_compiled: Remembered[Instrument] = Remembered(64)


def compiled(kept: InstrumentVersion) -> Instrument:
    """The compiled form of a version; made once in a process, shared by all requests."""
    return _compiled.get(kept.digest, lambda: Instrument.load(kept.document))


def visible_to(scope: Scope) -> SelectOfScalar[InstrumentRow]:
    """Every read on behalf of a caller starts here; what is not visible is not found."""
    return select(InstrumentRow).where(within(col(InstrumentRow.assessment), scope))


class Instruments:
    """Instrument versions of all assessments, through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, assessment: str, name: str, version: str) -> InstrumentVersion | None:
        """The version of this name, or None."""
        rows = select(InstrumentRow).where(
            InstrumentRow.assessment == assessment,
            InstrumentRow.name == name,
            InstrumentRow.version == version,
        )
        row = (await self._session.exec(rows)).first()
        return _value(row) if row is not None else None

    async def get(self, instrument: UUID, scope: Scope) -> InstrumentVersion | None:
        """A version inside the scope, or None."""
        rows = visible_to(scope).where(InstrumentRow.id == instrument)
        row = (await self._session.exec(rows)).first()
        return _value(row) if row is not None else None

    async def for_assessment(
        self, code: str, *, state: InstrumentState | None = None
    ) -> list[InstrumentVersion]:
        """All versions of an assessment, oldest first."""
        rows = select(InstrumentRow).where(InstrumentRow.assessment == code)
        if state is not None:
            rows = rows.where(InstrumentRow.state == state.value)
        found = await self._session.exec(rows.order_by(col(InstrumentRow.id)))
        return [_value(row) for row in found]

    async def page(
        self, scope: Scope, *, assessment: str | None, after: UUID | None, limit: int
    ) -> AsyncIterator[InstrumentVersion]:
        """Versions inside the scope, in the order of their making."""
        rows = visible_to(scope).order_by(col(InstrumentRow.id)).limit(limit)
        if assessment is not None:
            rows = rows.where(InstrumentRow.assessment == assessment)
        if after is not None:
            rows = rows.where(col(InstrumentRow.id) > after)
        for row in await self._session.exec(rows):
            yield _value(row)

    async def add(self, made: InstrumentVersion) -> None:
        """Keep a new version."""
        self._session.add(
            InstrumentRow(
                id=made.id,
                assessment=made.assessment,
                name=made.name,
                version=made.version,
                digest=made.digest,
                state=made.state.value,
                document=canonical(made.document),
                findings=list(made.findings),
                created_at=made.created_at,
            )
        )
        await self._session.flush()

    async def move(
        self, kept: InstrumentVersion, to: InstrumentState, at: datetime
    ) -> InstrumentVersion:
        """Record a new state with its time."""
        row = await self._session.get_one(InstrumentRow, kept.id)
        row.state = to.value
        if to is InstrumentState.PUBLISHED:
            row.published_at = at
        if to is InstrumentState.RETIRED:
            row.retired_at = at
        await self._session.flush()
        return replace(kept, state=to, published_at=row.published_at, retired_at=row.retired_at)


def _value(row: InstrumentRow) -> InstrumentVersion:
    return InstrumentVersion(
        id=row.id,
        assessment=row.assessment,
        name=row.name,
        version=row.version,
        digest=row.digest,
        document=_documents.get(row.digest, lambda: dict(orjson.loads(row.document))),
        state=InstrumentState(row.state),
        findings=tuple(row.findings),
        created_at=row.created_at,
        published_at=row.published_at,
        retired_at=row.retired_at,
    )
