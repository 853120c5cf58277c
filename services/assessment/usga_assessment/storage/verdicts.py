"""Verdicts about held interviews, the files that their answers name, and what waits for one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.ids import uuid7
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.submission.judgement import Judgement
from usga_assessment.domain.submission.prepared import ExpectedFile
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.rows import insert_files, notes_json
from usga_assessment.storage.submissions import held_of, notes_of, visible_in
from usga_assessment.storage.tables.sync import (
    ExpectedFileRow,
    SubmissionRevisionRow,
    VerdictRow,
)

_ROW = SubmissionRevisionRow


class Verdicts:
    """What the rules said of the interviews that a scope lets see."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session, self._scope = session, scope

    async def of(self, pks: Iterable[UUID]) -> dict[UUID, tuple[Judgement, ...]]:
        """The kept verdicts of revisions that the caller has read, oldest first."""
        rows = await self._session.exec(
            select(VerdictRow)
            .where(col(VerdictRow.revision).in_(list(pks)))
            .order_by(col(VerdictRow.at), col(VerdictRow.id))
        )
        found: dict[UUID, list[Judgement]] = defaultdict(list)
        for row in rows:
            found[row.revision].append(_judgement(row))
        return {pk: tuple(given) for pk, given in found.items()}

    async def add(self, revision: UUID, given: Sequence[Judgement], *, now: datetime) -> None:
        """Keep verdicts about a revision, in their order."""
        ids = sorted(uuid7(now) for _ in given)
        await self._session.exec(
            insert(VerdictRow),
            params=[
                {
                    "id": id_, "revision": revision, "at": each.at, "actor": each.actor,
                    "instrument": each.instrument, "version": each.version, "code": each.code,
                    "problems": notes_json(each.problems),
                    "warnings": notes_json(each.warnings),
                }
                for id_, each in zip(ids, given, strict=True)
            ],
        )  # fmt: skip

    async def waiting(
        self,
        assessment: str,
        *,
        limit: int,
        after: UUID | None = None,
        instrument: str | None = None,
        version: str | None = None,
        code: str | None = None,
    ) -> list[Held]:
        """Revisions that a rule holds back, as they arrived, narrowed by what is given.

        They are in quarantine, or were returned from there and stand.
        """
        is_returned = (
            (col(_ROW.state) == SubmissionState.RETURNED.value)
            & col(_ROW.is_head)
            & col(_ROW.code).is_not(None)
        )
        statement = (
            visible_in(self._scope)
            .where(col(_ROW.assessment) == assessment)
            .where((col(_ROW.state) == SubmissionState.QUARANTINED.value) | is_returned)
            .order_by(col(_ROW.pk))
            .limit(limit)
        )
        given = ((_ROW.instrument, instrument), (_ROW.instrument_version, version))
        for column, value in (*given, (_ROW.code, code)):
            if value is not None:
                statement = statement.where(col(column) == value)
        if after is not None:
            statement = statement.where(col(_ROW.pk) > after)
        return [held_of(row) for row in await self._session.exec(statement)]

    async def files(self, pk: UUID) -> list[ExpectedFile]:
        """The files that a revision's answers name."""
        rows = await self._session.exec(
            select(ExpectedFileRow)
            .where(col(ExpectedFileRow.revision) == pk)
            .order_by(col(ExpectedFileRow.position))
        )
        return [
            ExpectedFile(
                row.pointer, FieldClass(row.field_class), row.name_mac, row.sha256, row.size,
                row.media_type,
            )
            for row in rows
        ]  # fmt: skip

    async def replace_files(self, pk: UUID, files: Sequence[ExpectedFile]) -> None:
        """Await these files of a revision, and no others."""
        await self._session.exec(
            delete(ExpectedFileRow).where(col(ExpectedFileRow.revision) == pk)
        )
        await insert_files(Bulk(await self._session.connection()), [(pk, files)])


def pointers_json(pointers: Sequence[str]) -> str | None:
    """Pointers of what was lawfully dropped, as the column keeps them."""
    return orjson.dumps(list(pointers)).decode() if pointers else None


def _judgement(row: VerdictRow) -> Judgement:
    return Judgement(
        at=row.at, actor=row.actor, instrument=row.instrument, version=row.version, code=row.code,
        problems=notes_of(row.problems), warnings=notes_of(row.warnings),
    )  # fmt: skip
