"""Reading held interviews: who may see a row is decided here, once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from usga_shared.ids import uuid7
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.sealing.box import SealedClass
from usga_assessment.domain.sealing.content import Content
from usga_assessment.domain.submission.check import ProblemNote
from usga_assessment.domain.submission.held import Held, ReviewStep
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.interviewed import interviews_of, sampled
from usga_assessment.storage.rows import number_tombstone
from usga_assessment.storage.scoping import within
from usga_assessment.storage.tables.sync import (
    ReviewRow,
    SubmissionContentRow,
    SubmissionRevisionRow,
)
from usga_assessment.storage.tombstones import Tombstone

_ROW = SubmissionRevisionRow


def visible_in(scope: Scope) -> SelectOfScalar[SubmissionRevisionRow]:
    """Every read of interviews on behalf of a caller starts from this statement."""
    rows = select(_ROW).where(within(col(_ROW.assessment), scope))
    return rows.execution_options(populate_existing=True)  # what another writer committed shows


class Submissions:
    """The interviews that a scope lets see; whatever is outside reads as absent."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session, self._scope = session, scope

    async def page(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        assessment: str | None = None,
        state: SubmissionState | None = None,
        case: str | None = None,
        without: Iterable[str] = (),
    ) -> list[Held]:
        """Revisions in the order of their arrival, narrowed by what is given.

        `without` are assessments of which none is found.
        """
        statement = visible_in(self._scope).order_by(col(_ROW.pk)).limit(limit)
        if assessment is not None:
            statement = statement.where(col(_ROW.assessment) == assessment)
        if state is not None:
            statement = statement.where(col(_ROW.state) == state.value)
        if case is not None:
            statement = statement.where(col(_ROW.case_id) == case)
        if hidden := list(without):
            statement = statement.where(col(_ROW.assessment).not_in(hidden))
        if after is not None:
            statement = statement.where(col(_ROW.pk) > after)
        return [held_of(row) for row in await self._session.exec(statement)]

    async def find(self, id_: UUID) -> list[Held]:
        """What is held under an id: the standing content first, then conflicts."""
        statement = visible_in(self._scope).where(col(_ROW.id) == id_).order_by(col(_ROW.version))
        return [held_of(row) for row in await self._session.exec(statement)]

    async def family(self, held: Held) -> list[Held]:
        """Every revision of the same interview, oldest first."""
        statement = (
            visible_in(self._scope)
            .where(col(_ROW.assessment) == held.assessment)
            .where(
                (col(_ROW.id) == held.root)
                | ((col(_ROW.root) == held.root) & col(_ROW.revises).is_not(None))
            )
            .order_by(col(_ROW.pk))
        )
        return [held_of(row) for row in await self._session.exec(statement)]

    async def has_interview_beside(self, held: Held) -> bool:
        """Whether another interview stands for the same case of the sample, with the same form."""
        if held.case_id is None or held.purpose is not Purpose.PRODUCTION:
            return False
        bulk, cases = Bulk(await self._session.connection()), {held.case_id}
        beside = {
            root
            for _, instrument, root in await interviews_of(bulk, held.assessment, cases)
            if instrument == held.instrument
        }
        return bool(beside - {held.root, held.id}) and bool(
            await sampled(bulk, held.assessment, cases)
        )

    async def by_withdrawal(self, assessment: str, code_hash: bytes) -> list[Held]:
        """The revisions that carry a withdrawal code, withdrawn ones included."""
        statement = (
            visible_in(self._scope)
            .where(col(_ROW.assessment) == assessment)
            .where(col(_ROW.withdraw_hash).is_not(None))
            .where(col(_ROW.withdraw_hash) == code_hash)
        )
        return [held_of(row) for row in await self._session.exec(statement)]

    async def contents(self, pks: Iterable[UUID]) -> dict[UUID, Content]:
        """The sealed contents of revisions that the caller has read through this repository."""
        found: dict[UUID, Content] = {}
        wanted = list(pks)
        for start in range(0, len(wanted), 500):
            rows = await self._session.exec(
                select(SubmissionContentRow).where(
                    col(SubmissionContentRow.pk).in_(wanted[start : start + 500])
                )
            )
            found.update((row.pk, content_of(row)) for row in rows)
        return found

    async def reviews(self, pks: Iterable[UUID]) -> list[ReviewStep]:
        """The steps of review of these revisions, oldest first."""
        rows = await self._session.exec(
            select(ReviewRow)
            .where(col(ReviewRow.revision).in_(list(pks)))
            .order_by(col(ReviewRow.id))
        )
        return [_step(row) for row in rows]

    async def add_review(self, step: ReviewStep) -> None:
        """Append a step of review."""
        await self._session.exec(
            insert(ReviewRow).values(
                id=step.id, revision=step.revision, assessment=step.assessment, at=step.at,
                actor=step.actor, from_state=step.from_state.value,
                to_state=step.to_state.value, comment=step.comment,
            )
        )  # fmt: skip

    async def change(self, pk: UUID, *, feed: int, **values: Any) -> None:
        """Change columns of a revision; its place in the feed moves to the end."""
        if "former" in values:
            roots = [str(root) for root in values["former"]]
            values["former"] = orjson.dumps(roots).decode() if roots else None
        await self._session.exec(
            update(_ROW).where(col(_ROW.pk) == pk).values(feed=feed, **values)
        )

    async def add_tombstone(self, stone: Tombstone, *, feed: int, at: datetime) -> None:
        """Keep the tombstone of a revision that is not here; its number counts as held.

        The first of an interview stands for it: who follows the feed hears that it is gone.
        """
        others = await self._session.exec(
            select(func.count())
            .select_from(_ROW)
            .where(col(_ROW.assessment) == stone.assessment)
            .where((col(_ROW.id) == stone.root) | (col(_ROW.root) == stone.root))
            .where(col(_ROW.is_head))
        )
        await self._session.exec(
            insert(_ROW).values(
                pk=uuid7(at), id=stone.id, version=0, digest=stone.digest, root=stone.root,
                revises=stone.revises, assessment=stone.assessment, install=stone.install,
                seq=stone.seq, purpose=stone.purpose, received_at=at,
                state=SubmissionState.WITHDRAWN.value, is_head=not others.one(), has_s3=False,
                withdraw_hash=stone.withdraw_hash or None, feed=feed,
            )
        )  # fmt: skip
        bulk = Bulk(await self._session.connection())
        await number_tombstone(bulk, stone.assessment, (stone.install, stone.seq, stone.id), at)

    async def replace_content(self, pk: UUID, content: Content) -> None:
        """Put a newly sealed content in the place of the old one; its old key is gone."""
        await self._session.exec(
            update(SubmissionContentRow)
            .where(col(SubmissionContentRow.pk) == pk)
            .values(
                wrapped_key=content.wrapped_key, raw=content.raw, open=content.open,
                **{part.value: content.parts.get(part) for part in SealedClass
                   if part is not SealedClass.RAW},
            )
        )  # fmt: skip


def held_of(row: SubmissionRevisionRow) -> Held:
    """The value of a row."""
    values = row.model_dump(exclude={"withdraw_hash"})
    values["purpose"] = Purpose(row.purpose)
    values["state"] = SubmissionState(row.state)
    values["problems"] = notes_of(row.problems)
    values["warnings"] = notes_of(row.warnings)
    values["redacted"] = tuple(orjson.loads(row.redacted or "[]"))
    values["former"] = tuple(UUID(root) for root in orjson.loads(row.former or "[]"))
    return Held(**values)


def notes_of(kept: str | None) -> tuple[ProblemNote, ...]:
    """Problems or warnings from their column."""
    return tuple(ProblemNote(pointer, code) for pointer, code in orjson.loads(kept or "[]"))


def content_of(row: SubmissionContentRow) -> Content:
    """The sealed content of a row."""
    parts = {
        SealedClass.IDENTIFIER: row.identifier,
        SealedClass.LOCATION: row.location,
        SealedClass.TEXT: row.text,
        SealedClass.S3: row.s3,
    }
    return Content(
        row.wrapped_key, row.raw, row.open,
        {part: sealed for part, sealed in parts.items() if sealed is not None},
    )  # fmt: skip


def _step(row: ReviewRow) -> ReviewStep:
    return ReviewStep(
        id=row.id, revision=row.revision, assessment=row.assessment, at=row.at, actor=row.actor,
        from_state=SubmissionState(row.from_state), to_state=SubmissionState(row.to_state),
        comment=row.comment,
    )  # fmt: skip
