"""Decide about a file that has come whole: keep it, let it wait, or forget it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import Unavailable

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Fate,
    Ruling,
    class_of,
    judge,
)
from usga_assessment.domain.attachments.keys import FileKeys
from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.submission.prepared import ExpectedFile
from usga_assessment.operations.announce_attachment import refuse_unexpected
from usga_assessment.operations.attachment_refusals import (
    AttachmentDiffers,
    AttachmentUnreadable,
    StorageFull,
    UploadGone,
)
from usga_assessment.operations.finish_attachment import (
    Seen,
    columns_of,
    keep,
    look_at,
    object_name,
)
from usga_assessment.storage.attachments.objects import Objects, StoreRefused
from usga_assessment.storage.attachments.records import Attachments
from usga_assessment.storage.attachments.staging import Staged, StoreFull
from usga_assessment.storage.audit import AuditLog, Note
from usga_assessment.storage.counters import lock_assessments

EVERYWHERE = Scope(everywhere=True)
_log = logging.getLogger("usga.attachments")


def scope_of(assessment: str) -> Scope:
    """The scope of one assessment."""
    return Scope(everywhere=False, codes=frozenset({assessment}))


class Keeper:
    """Finishes uploads; whoever calls it is the only one that works on the upload."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        objects: Objects,
        *,
        keys: Callable[[str], FileKeys],
        forget: Callable[[Attachment, Fate], Awaitable[bool]],
        cleared: Callable[[Attachment], Awaitable[None]],
        waiting_for: timedelta,
        crash_point: Callable[[str], None],
    ) -> None:
        self._database, self._clock, self._objects = database, clock, objects
        self._keys, self._forget, self._cleared = keys, forget, cleared
        self._waiting_for, self._crash_point = waiting_for, crash_point
        self._one_at_a_time = asyncio.Semaphore(1)  # unpacked pictures are large

    async def finish(self, found: Attachment, staged: Staged) -> bool:
        """Keep a whole file, or let it wait for its interview; whether it is kept.

        Raises AttachmentDiffers, AttachmentUnreadable, and what its interview has against it:
        then it is gone.
        """
        try:
            async with self._one_at_a_time:
                seen = await look_at(staged, found)
        except AttachmentDiffers:
            await self._forget(found, Fate.DIFFERS)
            raise
        except AttachmentUnreadable:
            await self._forget(found, Fate.UNREADABLE)
            raise
        except Unreadable:
            await self._forget(found, Fate.KEY_GONE)
            raise UploadGone(fate=Fate.KEY_GONE.value) from None
        known = replace(found, sha256=seen.sha256, media_type=seen.media_type)
        said: dict[str, Any] = {
            "name_mac": known.name_mac, "sha256": known.sha256, "size": known.size,
            "media_type": known.media_type,
        }  # fmt: skip
        async with self._database.read() as session:
            seen_here = Attachments(session, scope_of(found.assessment))
            named = (await seen_here.named([found.submission])).get(found.submission)
            others = await seen_here.of_submissions([found.submission])
        ruling, expected = judge(named, **said)
        fates = {
            Ruling.WITHDRAWN: Fate.WITHDRAWN,
            Ruling.NOT_EXPECTED: Fate.NOT_EXPECTED,
            Ruling.DIFFERS: Fate.DIFFERS,
        }
        if ruling in fates:
            await self._forget(found, fates[ruling])
            refuse_unexpected(named, **said)
        if expected is None:
            await self._let_wait(known)
            return False
        rival = _rival(others, known)
        if rival is not None:
            return await self._give_way(known, rival)
        is_kept = await self._keep(known, staged, seen, expected)
        for other in others:
            if _is_same(other, known):
                await self._forget(other, Fate.HELD_ALREADY)
        return is_kept

    async def _keep(
        self, known: Attachment, staged: Staged, seen: Seen, expected: ExpectedFile
    ) -> bool:
        kind = class_of(expected, seen.media_type)
        try:
            kept = await keep(
                staged, known, seen, self._objects, self._keys(known.assessment),
                field_class=kind, at=self._clock.now(),
            )  # fmt: skip
        except StoreFull:
            _log.warning("attachment_store_full")
            raise StorageFull from None
        except StoreRefused as refused:  # what has come stays, and is finished when asked again
            _log.warning("attachment_store_refused", extra={"error": str(refused.args)})
            raise Unavailable from None
        except Unreadable:
            await self._forget(known, Fate.KEY_GONE)
            raise UploadGone(fate=Fate.KEY_GONE.value) from None
        self._crash_point("sealed")
        async with self._database.write() as session:
            await lock_assessments(session, [known.assessment])
            files = Attachments(session, EVERYWHERE)
            rival = _rival(await files.of_submissions([known.submission]), known)
            is_there = rival is None and await files.change(
                known.id, state=AttachmentState.KEPT.value, media_type=known.media_type,
                **columns_of(kept, seen, pointer=expected.pointer),
            )  # fmt: skip
            if is_there:
                details = {"class": kind.value, "bytes": kept.size}
                note = Note(f"device:{known.device}", "file.kept", str(known.submission), details)
                await AuditLog(session).note(known.assessment, kept.at, note)
        self._crash_point("kept")
        if rival is not None:  # kept by somebody else, while this one was sealed
            return await self._give_way(known, rival)
        if not is_there:  # withdrawn meanwhile
            await self._objects.delete(object_name(known))
            raise UploadGone(fate=Fate.WITHDRAWN.value)
        await self._cleared(known)
        return True

    async def _give_way(self, known: Attachment, rival: Attachment) -> bool:
        """What is kept stands; raises AttachmentDiffers for another content under its name."""
        is_same = rival.sha256 == known.sha256
        await self._forget(known, Fate.HELD_ALREADY if is_same else Fate.DIFFERS)
        if not is_same:
            raise AttachmentDiffers
        return True

    async def _let_wait(self, known: Attachment) -> None:
        if known.state is AttachmentState.WAITING:
            return
        async with self._database.write() as session:
            await Attachments(session, EVERYWHERE).change(
                known.id, state=AttachmentState.WAITING.value, sha256=known.sha256,
                media_type=known.media_type,
                expires_at=self._clock.now() + self._waiting_for,
            )  # fmt: skip


def _is_same(other: Attachment, known: Attachment) -> bool:
    """Whether it is the same file, still coming by somebody else."""
    return (
        other.id != known.id
        and other.state is AttachmentState.COMING
        and (other.name_mac, other.sha256) == (known.name_mac, known.sha256)
    )


def _rival(held: Iterable[Attachment], known: Attachment) -> Attachment | None:
    """What is kept under its name already."""
    return next(
        (
            each
            for each in held
            if each.state is AttachmentState.KEPT
            and each.id != known.id
            and each.name_mac == known.name_mac
        ),
        None,
    )
