"""Look after files that nobody asks about: those that wait, those whose time is over."""

import asyncio
import contextlib
import logging
from datetime import timedelta
from uuid import UUID

from usga_shared.background import BackgroundWork
from usga_shared.problems import Problem

from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Fate,
    Named,
    Ruling,
    judge,
)
from usga_assessment.operations.attachment_desk import AttachmentDesk
from usga_assessment.operations.finish_attachment import object_name
from usga_assessment.operations.keep_attachment import EVERYWHERE
from usga_assessment.storage.attachments.records import Attachments

_PAGE = 200
_REMEMBERED = timedelta(days=30)
"""So long the row of a file that is gone says why."""
_log = logging.getLogger("usga.attachments")


class Sweeper:
    """The one background task of files; each step may be repeated, by any number of processes."""

    def __init__(self, desk: AttachmentDesk) -> None:
        self._desk = desk
        self._work = BackgroundWork()
        self._is_first = True

    def start(self, pause: float) -> None:
        """Sweep now and after each pause, until `stop`."""

        async def step() -> float:
            await self._try()
            return pause

        self._work.start(step)

    async def stop(self) -> None:
        """Leave off between two files; what was half done is done again after the next start."""
        await self._work.stop()

    async def _try(self) -> None:
        try:
            await self.sweep(resume=self._is_first)
            self._is_first = False
        except Exception as error:  # noqa: BLE001 - the next round tries again
            _log.warning("attachment_sweep_failed", extra={"error": type(error).__name__})

    async def sweep(self, *, resume: bool = False) -> None:
        """One round; with `resume` also what a crash left whole but unfinished."""
        if resume:
            await self._finish_whole()
        for step in (self._settle_waiting, self._forget_overdue, self._remove_bytes):
            if not self._work.is_ending:
                await step()

    async def _finish_whole(self) -> None:
        for id_ in await asyncio.to_thread(self._desk.staging.uploads):
            if self._work.is_ending:
                return
            async with self._desk.database.read() as session:
                found = await Attachments(session, EVERYWHERE).find(id_)
            if found is None or found.state in {AttachmentState.KEPT, AttachmentState.GONE}:
                await asyncio.to_thread(self._desk.staging.remove, id_)
            elif found.state is AttachmentState.COMING:
                await self._settle(found)

    async def _settle_waiting(self) -> None:
        after: UUID | None = None
        while True:
            async with self._desk.database.read() as session:
                files = Attachments(session, EVERYWHERE)
                page = await files.in_state(AttachmentState.WAITING, after=after, limit=_PAGE)
                named = await files.named({each.submission for each in page})
            for each in page:
                if self._work.is_ending:
                    return
                if _ruling(each, named.get(each.submission)) is not Ruling.UNKNOWN:
                    await self._settle(each)
            if len(page) < _PAGE:
                return
            after = page[-1].id

    async def _forget_overdue(self) -> None:
        now = self._desk.clock.now()
        for state in (AttachmentState.COMING, AttachmentState.WAITING):
            async with self._desk.database.read() as session:
                files = Attachments(session, EVERYWHERE)
                overdue = await files.overdue(state, now, _PAGE)
                named = await files.named({each.submission for each in overdue})
            for each in overdue:
                if self._work.is_ending:
                    return
                if state is AttachmentState.WAITING and named.get(each.submission):
                    continue  # its interview is here, and its form is still to come
                await self._desk.forget(each, Fate.EXPIRED)

    async def _remove_bytes(self) -> None:
        async with self._desk.database.read() as session:
            gone = await Attachments(session, EVERYWHERE).unswept(_PAGE)
        for each in gone:
            await asyncio.to_thread(self._desk.staging.remove, each.id)
            await self._desk.objects.delete(object_name(each))
        if gone:
            async with self._desk.database.write() as session:
                await Attachments(session, EVERYWHERE).note_swept(
                    [each.id for each in gone], before=self._desk.clock.now() - _REMEMBERED
                )

    async def _settle(self, attachment: Attachment) -> None:
        with contextlib.suppress(Problem):  # then it is gone, and its row says why
            await self._desk.settle(attachment)


def _ruling(attachment: Attachment, named: Named | None) -> Ruling:
    ruling, _ = judge(
        named, name_mac=attachment.name_mac, sha256=attachment.sha256, size=attachment.size,
        media_type=attachment.media_type,
    )  # fmt: skip
    return ruling
