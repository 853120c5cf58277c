"""What files of interviews are worked on with: their store, their turns, their keys."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7
from usga_shared.problems import Conflict, NotFound

from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Fate,
)
from usga_assessment.domain.attachments.frames import Extent, Frames
from usga_assessment.domain.attachments.keys import FileKeys
from usga_assessment.domain.attachments.tus import Checksum, Metadata
from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.submission.prepared import mac_of_name
from usga_assessment.operations.announce_attachment import (
    Announcement,
    Limits,
    announce_attachment,
)
from usga_assessment.operations.attachment_refusals import (
    AttachmentTooLarge,
    AttachmentUnreadable,
    StorageFull,
    UploadBusy,
    UploadGone,
    UploadOffset,
)
from usga_assessment.operations.finish_attachment import check_start
from usga_assessment.operations.keep_attachment import EVERYWHERE, Keeper, scope_of
from usga_assessment.operations.receive_attachment import Ending, Intake, Receive
from usga_assessment.operations.sync_desk import SyncDesk
from usga_assessment.storage.attachments.objects import Objects
from usga_assessment.storage.attachments.records import Attachments
from usga_assessment.storage.attachments.staging import Busy, Staged, Staging, StoreFull
from usga_assessment.storage.attachments.stores import objects_of
from usga_assessment.storage.attachments.turns import Turn, Turns, TurnTaken

_PATIENCE = 20
_PAUSE = 0.1
_MOST_REMEMBERED = 10_000
_RIGHT = frozenset({AttachmentState.KEPT, AttachmentState.WAITING})
"""States in which the bytes are those that were announced, whoever sent them."""
_log = logging.getLogger("usga.attachments")


class AttachmentDesk:
    """One for each application; `open` before the first request, `close` after the last."""

    staging: Staging
    objects: Objects
    limits: Limits

    def __init__(
        self,
        database: Database,
        sync: SyncDesk,
        clock: Clock,
        *,
        crash_point: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.database, self.sync, self.clock = database, sync, clock
        self.turns = Turns()
        self._crash_point = crash_point
        self._extents: dict[UUID, Extent] = {}

    async def open(self) -> None:
        """Open the folders."""
        settings = self.sync.settings
        folder = settings.data_dir / "attachments"
        self.staging = Staging(folder / "coming")
        self.objects = objects_of(settings, self.clock)
        self.limits = Limits(
            file=settings.attachment_max_bytes,
            device_daily=settings.attachment_device_daily_bytes,
            hub_daily=settings.attachment_hub_daily_bytes,
            assessment=settings.attachment_assessment_bytes,
            coming=settings.attachment_uploads,
            coming_for=timedelta(days=settings.attachment_upload_days),
            waiting_for=timedelta(days=settings.attachment_wait_days),
        )
        self._keeper = Keeper(
            self.database,
            self.clock,
            self.objects,
            keys=self.keys,
            forget=self.forget,
            cleared=self._clear,
            waiting_for=self.limits.waiting_for,
            crash_point=self._crash_point,
        )

    async def close(self) -> None:
        """Give back what is held open."""
        await self.objects.close()

    def keys(self, assessment: str) -> FileKeys:
        """The keys of an assessment's files."""
        keyring = self.sync.keyring
        return FileKeys(keyring.class_keys(assessment), keyring.wrap, os.urandom)

    def mac(self, assessment: str, name: str) -> bytes:
        """The keyed hash under which a file is awaited."""
        return mac_of_name(self.sync.sealer(assessment).withdrawal_key, assessment, name)

    async def announce(
        self,
        metadata: Metadata,
        size: int,
        *,
        assessment: str,
        device: str,
        hub: UUID | None = None,
    ) -> Attachment:
        """An upload for this file; raises what `announce_attachment` raises, and StorageFull.

        With `hub` it is that hub which brings it: a new upload counts to the hub's day.
        """
        now = self.clock.now()
        id_ = uuid7(now)
        announced = Announcement(
            id=id_, assessment=assessment, device=device, size=size, metadata=metadata,
            name_mac=self.mac(assessment, metadata.name),
            wrapped_key=self.keys(assessment).new(id_), at=now, hub=hub,
        )  # fmt: skip
        async with self.database.write() as session:
            found, is_new = await announce_attachment(
                Attachments(session, scope_of(assessment)), announced, self.limits
            )
            if is_new:  # before the commit: a row without its file would be an upload of nothing
                try:
                    await asyncio.to_thread(self.staging.create, id_)
                except StoreFull:
                    raise StorageFull from None
        return found

    async def find(
        self, id_: UUID, *, assessment: str, device: str, hub: UUID | None = None
    ) -> Attachment:
        """The upload of a device, or the one by which a hub brings its file; raises NotFound."""
        async with self.database.read() as session:
            found = await Attachments(session, scope_of(assessment)).find(id_)
        if found is None or found.device != device:
            raise NotFound
        if found.hub != hub and found.state not in _RIGHT:
            raise NotFound
        return found

    async def progress(
        self, id_: UUID, *, assessment: str, device: str, hub: UUID | None = None
    ) -> tuple[Attachment, int]:
        """How far an upload has come on disk; what has come whole is finished here, if needed.

        Raises NotFound, UploadGone, UploadBusy, and what finishing raises.
        """
        find = partial(self.find, id_, assessment=assessment, device=device, hub=hub)
        found = await find()
        if (end := self._end_of(found)) is not None:
            return found, end
        async with self._turn(id_):
            found = await find()
            if (end := self._end_of(found)) is not None:
                return found, end
            async with self._opened(found) as staged:
                offset = staged.offset
                if offset == found.size:
                    await self._keeper.finish(found, staged)
        return found, offset

    async def receive(
        self,
        id_: UUID,
        offset: int,
        receive: Receive,
        *,
        assessment: str,
        device: str,
        declared: int | None,
        checksum: Checksum | None,
        hub: UUID | None = None,
    ) -> tuple[Attachment, int]:
        """Take in the bytes of one request that go on at `offset`; answers the new offset.

        Raises NotFound, UploadGone, UploadBusy, UploadOffset, ChecksumDiffers,
        AttachmentTooLarge, StorageFull, and what finishing raises.
        """
        find = partial(self.find, id_, assessment=assessment, device=device, hub=hub)
        await find()
        async with self._turn(id_) as turn:
            found = await find()
            end = self._end_of(found)
            if end is not None and end != offset:
                raise UploadOffset.at(end)
            if end is not None:
                return found, end
            async with self._opened(found) as staged:
                if staged.offset != offset:
                    raise UploadOffset.at(staged.offset)
                if declared is not None and declared > found.size - offset:
                    raise AttachmentTooLarge(
                        limit=found.size - offset, headers={"Connection": "close"}
                    )
                ending = await self._take(found, staged, receive, turn, checksum)
                if ending is Ending.ASKED_TO_STOP:
                    raise UploadBusy(headers={"Connection": "close"})
                if staged.offset == found.size:
                    self._crash_point("whole")
                    await self._keeper.finish(found, staged)
                return found, staged.offset

    async def terminate(self, id_: UUID, *, assessment: str, device: str) -> None:
        """Forget an upload that is not kept yet; raises NotFound, UploadGone, Conflict."""
        async with self._turn(id_):
            found = await self.find(id_, assessment=assessment, device=device)
            if found.state is AttachmentState.KEPT:
                raise Conflict
            self._end_of(found)
            await self.forget(found, Fate.TERMINATED)

    async def word_of(self, _attachment: Attachment, _offset: int) -> str | None:
        """None: what the centre keeps, `check` proves."""
        return None

    async def forget(self, attachment: Attachment, fate: Fate) -> bool:
        """Destroy the key of an upload, then its bytes; False when it is kept or gone by now."""
        async with self.database.write() as session:
            is_done = await Attachments(session, EVERYWHERE).forget(attachment.id, fate)
        await self._clear(attachment)
        return is_done

    async def _clear(self, attachment: Attachment) -> None:
        self._extents.pop(attachment.id, None)
        await asyncio.to_thread(self.staging.remove, attachment.id)

    async def settle(self, attachment: Attachment) -> bool:
        """Look again at a file that has come whole; whether it is kept now."""
        try:
            async with self._turn(attachment.id):
                found = await self._again(attachment)
                if found is None or found.state is AttachmentState.KEPT:
                    return found is not None
                async with self._opened(found) as staged:
                    if staged.offset != found.size:
                        return False
                    return await self._keeper.finish(found, staged)
        except (UploadBusy, UploadGone):
            return False

    async def _take(
        self,
        found: Attachment,
        staged: Staged,
        receive: Receive,
        turn: Turn,
        checksum: Checksum | None,
    ) -> Ending:
        def check(start: bytes) -> None:
            if found.size:
                check_start(found.media_type, start)

        intake = Intake(staged, found.size - staged.offset, checksum, check)
        try:
            return await intake.take(receive, turn.asked_to_stop)
        except StoreFull:
            _log.warning("attachment_store_full")
            raise StorageFull(headers={"Connection": "close"}) from None
        except AttachmentUnreadable:
            await self.forget(found, Fate.UNREADABLE)
            raise

    def _remember(self, id_: UUID, extent: Extent) -> None:
        if len(self._extents) >= _MOST_REMEMBERED:
            self._extents.clear()
        self._extents[id_] = extent

    async def _again(self, attachment: Attachment) -> Attachment | None:
        async with self.database.read() as session:
            found = await Attachments(session, EVERYWHERE).find(attachment.id)
        return None if found is None or found.state is AttachmentState.GONE else found

    def _end_of(self, found: Attachment) -> int | None:
        """The offset of a file that has come whole; raises UploadGone."""
        if found.state is AttachmentState.GONE:
            if found.fate is Fate.HELD_ALREADY:
                return found.size
            raise UploadGone(fate=found.fate.value if found.fate else None)
        if found.state is not AttachmentState.COMING:
            return found.size
        if found.expires_at <= self.clock.now():
            raise UploadGone(fate=Fate.EXPIRED.value)
        return None

    @asynccontextmanager
    async def _turn(self, id_: UUID) -> AsyncIterator[Turn]:
        try:
            async with self.turns.take(id_) as turn:
                yield turn
        except TurnTaken:
            raise UploadBusy from None

    @asynccontextmanager
    async def _opened(self, found: Attachment) -> AsyncIterator[Staged]:
        """The upload's file, this process its only writer; raises UploadBusy, UploadGone."""
        assert found.wrapped_key is not None
        try:
            key = self.keys(found.assessment).coming(found.id, found.wrapped_key)
        except Unreadable:
            await self.forget(found, Fate.KEY_GONE)
            raise UploadGone(fate=Fate.KEY_GONE.value) from None
        frames = Frames(key, os.urandom)
        for attempt in range(_PATIENCE):
            opened = self.staging.open(found.id, frames, self._extents.get(found.id))
            try:
                staged = await asyncio.to_thread(opened.__enter__)
            except Busy:  # another process; it gives way when its link breaks
                if attempt + 1 == _PATIENCE:
                    raise UploadBusy from None
                await asyncio.sleep(_PAUSE)
                continue
            except FileNotFoundError:  # a restored database knows what the folder does not
                if await self.forget(found, Fate.LOST):
                    raise UploadGone(fate=Fate.LOST.value) from None
                raise UploadBusy from None  # another instance finished it since it was read
            try:
                yield staged
            finally:
                self._remember(found.id, staged.extent)
                opened.__exit__(None, None, None)
            return
