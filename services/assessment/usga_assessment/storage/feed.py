"""The change feed of an assessment: what changed after a place, in the order of commits."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.sealing.content import Content
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.sync.recalled import Recalled
from usga_assessment.domain.sync.sequence import InstallSequence
from usga_assessment.storage.bulk import Bulk, read_uuid
from usga_assessment.storage.rows import sequences
from usga_assessment.storage.submissions import content_of, held_of
from usga_assessment.storage.tables.field import DeviceRow
from usga_assessment.storage.tables.sync import (
    InstallSequenceRow,
    ReviewRow,
    SubmissionContentRow,
    SubmissionRevisionRow,
)

_ROW = SubmissionRevisionRow


@dataclass(frozen=True, slots=True)
class Known:
    """A revision as a check asks for it."""

    id: UUID
    digest: bytes
    state: SubmissionState


class Feed:
    """Reads of one assessment's feed and ledger; callers have checked who asks."""

    def __init__(self, session: AsyncSession, assessment: str) -> None:
        self._session, self._assessment = session, assessment

    async def heads_after(self, place: int, *, limit: int) -> list[tuple[Held, Content | None]]:
        """Production interviews whose standing revision changed after a place."""
        rows = await self._session.exec(
            select(_ROW, SubmissionContentRow)
            .outerjoin(SubmissionContentRow, col(SubmissionContentRow.pk) == col(_ROW.pk))
            .where(col(_ROW.assessment) == self._assessment)
            .where(col(_ROW.feed) > place)
            .where(col(_ROW.is_head))
            .where(col(_ROW.purpose) == Purpose.PRODUCTION.value)
            .order_by(col(_ROW.feed))
            .limit(limit)
        )
        pairs: list[tuple[SubmissionRevisionRow, SubmissionContentRow | None]] = list(rows)
        return [(held_of(row), content_of(content) if content else None) for row, content in pairs]

    async def for_device_after(self, device: str, place: int, *, limit: int) -> list[Recalled]:
        """What a tablet must hear of: its interviews that were returned once, or withdrawn.

        Its own are those of the install that it enrolled with, and those that it sent.
        """
        installs = (
            select(InstallSequenceRow.install)
            .where(col(InstallSequenceRow.assessment) == self._assessment)
            .where(col(InstallSequenceRow.device) == device)
        )
        enrolled = (
            select(DeviceRow.install)
            .where(col(DeviceRow.assessment) == self._assessment)
            .where(col(DeviceRow.id) == UUID(device))
        )
        edit = aliased(_ROW)
        is_edited = (
            select(edit.pk)
            .where(col(edit.root) == col(_ROW.root), col(edit.revises) == col(_ROW.id))
            .where(col(edit.revises).is_not(None), col(edit.version) == 0)
            .exists()
        )
        was_returned = (
            select(ReviewRow.id)
            .where(col(ReviewRow.revision) == col(_ROW.pk))
            .where(col(ReviewRow.to_state) == SubmissionState.RETURNED.value)
            .exists()
        )
        rows = await self._session.exec(
            select(_ROW, is_edited)
            .where(col(_ROW.assessment) == self._assessment)
            .where(col(_ROW.feed) > place)
            .where((col(_ROW.state) == SubmissionState.WITHDRAWN.value) | was_returned)
            .where(col(_ROW.install).in_(installs) | col(_ROW.install).in_(enrolled))
            .order_by(col(_ROW.feed))
            .limit(limit)
        )
        return [Recalled(held_of(row), bool(edited)) for row, edited in rows]

    async def known(self, ids: Iterable[UUID]) -> list[Known]:
        """What is held under these ids; what stands comes last."""
        bulk = Bulk(await self._session.connection())
        same, parameter = bulk.any_of("id", list(ids), 2)
        found = await bulk.fetch(
            f"SELECT id, digest, state FROM submission_revision "  # noqa: S608
            f"WHERE {bulk.unindexed('assessment')} = {bulk.mark(1)} AND {same} "
            "ORDER BY version DESC",
            (self._assessment, parameter),
        )
        return [Known(read_uuid(row[0]), bytes(row[1]), SubmissionState(row[2])) for row in found]

    async def numbered(
        self, install: UUID, first: int, last: int
    ) -> list[tuple[int, UUID, bytes]]:
        """(seq, id, digest) of what stands of an install in a range."""
        rows = await self._session.exec(
            select(_ROW.seq, _ROW.id, _ROW.digest)
            .where(col(_ROW.install) == install)
            .where(col(_ROW.seq).between(first, last))
            .where(col(_ROW.assessment) == self._assessment)
            .where(col(_ROW.version) == 0)
        )
        return [(seq, id_, digest) for seq, id_, digest in rows]

    async def sequences(self, installs: Iterable[UUID]) -> list[InstallSequence]:
        """What is held of installs."""
        bulk = Bulk(await self._session.connection())
        return await sequences(bulk, self._assessment, list(installs))

    async def count(self, *states: SubmissionState) -> int:
        """Production interviews whose standing revision is in one of these states."""
        rows = await self._session.exec(
            select(func.count())
            .select_from(_ROW)
            .where(col(_ROW.assessment) == self._assessment)
            .where(col(_ROW.is_head))
            .where(col(_ROW.purpose) == Purpose.PRODUCTION.value)
            .where(col(_ROW.state).in_([state.value for state in states]))
        )
        return rows.one()
