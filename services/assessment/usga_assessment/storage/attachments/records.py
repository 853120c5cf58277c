"""What the database knows of files: who may reach a row is decided here, once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from usga_shared.database.engine import forget_after_commit
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Fate,
    Named,
)
from usga_assessment.domain.submission.check import UNKNOWN_INSTRUMENT
from usga_assessment.domain.submission.prepared import ExpectedFile
from usga_assessment.storage.counters import lock_assessments
from usga_assessment.storage.scoping import within
from usga_assessment.storage.tables.attachment import AttachmentRow
from usga_assessment.storage.tables.sync import ExpectedFileRow, SubmissionRevisionRow

_ROW, _REVISION, _FILE = AttachmentRow, SubmissionRevisionRow, ExpectedFileRow
_LIVE = [state.value for state in AttachmentState if state is not AttachmentState.GONE]
_UNDER_WAY = [AttachmentState.COMING.value, AttachmentState.WAITING.value]


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes that were announced, lately by who sends, and of the assessment altogether."""

    sender: int
    """The hub that brings it, or the device itself without what hubs brought."""
    assessment: int
    coming: int
    """Uploads of the device that have not ended."""
    waiting: int
    """Whole files of the device that wait for their interviews."""


def visible_in(scope: Scope) -> SelectOfScalar[AttachmentRow]:
    """Every read of files on behalf of a caller starts from this statement."""
    rows = select(_ROW).where(within(col(_ROW.assessment), scope))
    return rows.execution_options(populate_existing=True)


class Attachments:
    """The files that a scope lets see; whatever is outside reads as absent."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session, self._scope = session, scope

    async def find(self, id_: UUID) -> Attachment | None:
        """One file."""
        row = (
            await self._session.exec(visible_in(self._scope).where(col(_ROW.id) == id_))
        ).first()
        return None if row is None else _attachment(row)

    async def of_submissions(self, submissions: Iterable[UUID]) -> list[Attachment]:
        """What came for these interviews, what is gone included."""
        found: list[Attachment] = []
        for some in _portions(submissions):
            rows = await self._session.exec(
                visible_in(self._scope)
                .where(col(_ROW.submission).in_(some))
                .order_by(col(_ROW.id))
            )
            found.extend(map(_attachment, rows))
        return found

    async def relatives(self, submissions: Iterable[UUID]) -> dict[UUID, list[UUID]]:
        """For each interview id that is held, the ids of all its revisions."""
        found: dict[UUID, list[UUID]] = {}
        for some in _portions(submissions):
            asked = (
                select(col(_REVISION.id), col(_REVISION.root))
                .where(within(col(_REVISION.assessment), self._scope))
                .where(col(_REVISION.id).in_(some))
            )
            roots = dict((await self._session.exec(asked)).all())
            family: dict[UUID, list[UUID]] = {root: [root] for root in roots.values()}
            below = (
                select(col(_REVISION.id), col(_REVISION.root))
                .where(within(col(_REVISION.assessment), self._scope))
                .where(col(_REVISION.root).in_(list(family)))
                .where(col(_REVISION.revises).is_not(None))
            )
            for id_, root in await self._session.exec(below):
                family[root].append(id_)
            found.update((id_, sorted({id_, *family[root]})) for id_, root in roots.items())
        return found

    async def named(self, submissions: Iterable[UUID]) -> dict[UUID, Named]:
        """What is held under these ids: states, and the files that the contents name."""
        states: dict[UUID, set[SubmissionState]] = {}
        files: dict[UUID, list[ExpectedFile]] = {}
        unread: set[UUID] = set()
        for some in _portions(submissions):
            held = (
                select(col(_REVISION.id), col(_REVISION.state), col(_REVISION.code))
                .where(within(col(_REVISION.assessment), self._scope))
                .where(col(_REVISION.id).in_(some))
            )
            for id_, state, code in await self._session.exec(held):
                states.setdefault(id_, set()).add(SubmissionState(state))
                if code == UNKNOWN_INSTRUMENT:
                    unread.add(id_)
            named = (
                select(col(_REVISION.id), _FILE)
                .join(_FILE, col(_FILE.revision) == col(_REVISION.pk))
                .where(within(col(_REVISION.assessment), self._scope))
                .where(col(_REVISION.id).in_(some))
                .order_by(col(_REVISION.version), col(_FILE.position))
            )
            for id_, row in await self._session.exec(named):
                files.setdefault(id_, []).append(_expected(row))
        return {
            id_: Named(frozenset(found), tuple(files.get(id_, ())), id_ in unread)
            for id_, found in states.items()
        }

    async def incomplete(self, device: str, limit: int) -> list[UUID]:
        """The latest interviews of a device that name a file of which nothing is kept."""
        kept = (
            select(_ROW.id)
            .where(col(_ROW.submission) == col(_REVISION.id))
            .where(col(_ROW.name_mac) == col(_FILE.name_mac))
            .where(col(_ROW.state) == AttachmentState.KEPT.value)
            .exists()
        )
        rows = await self._session.exec(
            select(col(_REVISION.id))
            .join(_FILE, col(_FILE.revision) == col(_REVISION.pk))
            .where(within(col(_REVISION.assessment), self._scope))
            .where(col(_REVISION.device) == device)
            .where(col(_REVISION.state) != SubmissionState.WITHDRAWN.value)
            .where(~kept)
            .group_by(col(_REVISION.id))
            .order_by(func.max(_REVISION.feed).desc())
            .limit(limit)
        )
        return list(rows)

    async def usage(
        self, assessment: str, device: str, *, hub: UUID | None, now: datetime
    ) -> Usage:
        """What is used already; others of the assessment wait until this transaction ends."""
        await lock_assessments(self._session, [assessment])
        own = (col(_ROW.device) == device) & col(_ROW.hub).is_(None)
        live = col(_ROW.state).in_(_LIVE)
        total = select(func.coalesce(func.sum(_ROW.size), 0))
        whole = await self._session.exec(
            total.where(col(_ROW.assessment) == assessment).where(live)
        )
        lately = await self._session.exec(
            total.where(own if hub is None else col(_ROW.hub) == hub)
            .where(live)
            .where(col(_ROW.created_at) > now - timedelta(days=1))
        )
        counts = await self._session.exec(
            select(_ROW.state, func.count())
            .where(col(_ROW.device) == device)
            .where(col(_ROW.state).in_(_UNDER_WAY))
            .group_by(col(_ROW.state))
        )
        of_state = dict(counts.all())
        return Usage(
            int(lately.one()),
            int(whole.one()),
            of_state.get(AttachmentState.COMING.value, 0),
            of_state.get(AttachmentState.WAITING.value, 0),
        )

    async def add(self, attachment: Attachment) -> None:
        """Keep what was announced."""
        await self._session.exec(
            insert(_ROW).values(
                id=attachment.id, assessment=attachment.assessment, device=attachment.device,
                submission=attachment.submission, name_mac=attachment.name_mac,
                size=attachment.size, sha256=attachment.sha256,
                media_type=attachment.media_type, state=attachment.state.value,
                wrapped_key=attachment.wrapped_key, created_at=attachment.created_at,
                expires_at=attachment.expires_at, is_swept=False, hub=attachment.hub,
            )
        )  # fmt: skip

    async def change(self, id_: UUID, **values: Any) -> bool:
        """Change columns of a file that is not gone; whether there was one."""
        done = await self._session.exec(
            update(_ROW)
            .where(col(_ROW.id) == id_)
            .where(col(_ROW.state) != AttachmentState.GONE.value)
            .where(col(_ROW.wrapped_key).is_not(None))
            .values(**values)
        )
        return bool(done.rowcount)

    async def forget(self, id_: UUID, fate: Fate) -> bool:
        """Destroy the key of a file that is not kept; whether that was done.

        Its row stays for a while to say why. Somebody else may have kept it since it was read,
        and its tablet may have deleted it on that proof: a kept file ends with its interview.
        """
        forget_after_commit(self._session)
        done = await self._session.exec(
            update(_ROW)
            .where(col(_ROW.id) == id_)
            .where(col(_ROW.state).in_(_UNDER_WAY))
            .values(
                state=AttachmentState.GONE.value, fate=fate.value, wrapped_key=None,
                name_mac=b"", sha256=None,
            )
        )  # fmt: skip
        return bool(done.rowcount)

    async def overdue(self, state: AttachmentState, now: datetime, limit: int) -> list[Attachment]:
        """Files in a state whose time has run out."""
        rows = await self._session.exec(
            visible_in(self._scope)
            .where(col(_ROW.state) == state.value)
            .where(col(_ROW.expires_at) <= now)
            .limit(limit)
        )
        return [_attachment(row) for row in rows]

    async def unswept(self, limit: int) -> list[Attachment]:
        """Files that are gone and whose bytes may still be there."""
        rows = await self._session.exec(
            visible_in(self._scope)
            .where(col(_ROW.state) == AttachmentState.GONE.value)
            .where(col(_ROW.is_swept).is_(False))
            .limit(limit)
        )
        return [_attachment(row) for row in rows]

    async def note_swept(self, ids: Iterable[UUID], *, before: datetime) -> None:
        """The bytes of these are removed; rows that were gone since `before` go too."""
        for some in _portions(ids):
            await self._session.exec(
                update(_ROW).where(col(_ROW.id).in_(some)).values(is_swept=True)
            )
        await self._session.exec(
            delete(_ROW)
            .where(col(_ROW.state) == AttachmentState.GONE.value)
            .where(col(_ROW.is_swept).is_(True))
            .where(col(_ROW.expires_at) < before)
        )

    async def in_state(
        self, state: AttachmentState, *, after: UUID | None, limit: int
    ) -> list[Attachment]:
        """Files in a state, by id."""
        statement = visible_in(self._scope).where(col(_ROW.state) == state.value)
        if after is not None:
            statement = statement.where(col(_ROW.id) > after)
        rows = await self._session.exec(statement.order_by(col(_ROW.id)).limit(limit))
        return [_attachment(row) for row in rows]


def _portions(values: Iterable[UUID]) -> list[list[UUID]]:
    wanted = list(values)
    return [wanted[start : start + 500] for start in range(0, len(wanted), 500)]


def _expected(row: ExpectedFileRow) -> ExpectedFile:
    return ExpectedFile(
        row.pointer, FieldClass(row.field_class), row.name_mac, row.sha256, row.size,
        row.media_type,
    )  # fmt: skip


def _attachment(row: AttachmentRow) -> Attachment:
    values = row.model_dump()
    values["state"] = AttachmentState(row.state)
    values["fate"] = None if row.fate is None else Fate(row.fate)
    values["field_class"] = None if row.field_class is None else FieldClass(row.field_class)
    return Attachment(**values)
