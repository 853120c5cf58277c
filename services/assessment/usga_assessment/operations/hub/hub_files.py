"""At a hub: files of tablets, taken in by the same tus core as at the centre (H-48 to H-52)."""

import asyncio
import contextlib
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from usga_shared.ids import uuid7
from usga_shared.problems import (
    Conflict,
    ErrorItem,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    UnsupportedMedia,
)
from usga_shared.wire.hub import FileLabel

from usga_assessment.domain.attachments.attachment import Attachment, AttachmentState
from usga_assessment.domain.attachments.frames import Extent
from usga_assessment.domain.attachments.kinds import EXTENSIONS, is_taken, known
from usga_assessment.domain.attachments.tus import Checksum, Metadata
from usga_assessment.domain.hub.cargo import (
    CargoFrames,
    CargoLabel,
    frames_from,
    seal_manifest,
)
from usga_assessment.domain.hub.hub import Cargo, CargoState
from usga_assessment.domain.hub.parcel import PublicSealingKey
from usga_assessment.domain.hub.words import hub_file_word
from usga_assessment.operations.attachment_refusals import (
    AttachmentTooLarge,
    AttachmentUnreadable,
    StorageFull,
    UploadBusy,
    UploadGone,
    UploadOffset,
)
from usga_assessment.operations.finish_attachment import check_start
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.hub.take_push import HubFull
from usga_assessment.operations.receive_attachment import Ending, Intake, Receive
from usga_assessment.storage.attachments.staging import Busy, Staged, Staging, StoreFull
from usga_assessment.storage.attachments.turns import Turn, Turns, TurnTaken
from usga_assessment.storage.hub.files import CargoHold
from usga_assessment.storage.hub.room import free_bytes

_MOST_HELD = 5000
"""Files of one tablet that a hub holds: small ones fill a disk too."""
LOST = "lost"
"""Why a file is returned whose bytes are no longer on the hub's disk."""
_UNKNOWN = UUID(int=0)
_log = logging.getLogger("usga.hub")
_STATES = {
    CargoState.COMING: AttachmentState.COMING,
    CargoState.WHOLE: AttachmentState.WAITING,
    CargoState.PROVEN: AttachmentState.KEPT,
    CargoState.RETURNED: AttachmentState.GONE,
}


@dataclass(frozen=True, slots=True)
class _Sender:
    assessment: str
    device: UUID


class HubFiles:
    """One for each hub; `open` before the first request."""

    staging: Staging

    def __init__(
        self, desk: HubDesk, *, crash_point: Callable[[str], None] = lambda _name: None
    ) -> None:
        self._desk = desk
        self._turns = Turns()
        self._extents: dict[UUID, Extent] = {}
        self._crash_point = crash_point

    async def open(self) -> None:
        """Open the folder, and put right what a crash left between it and the database."""
        self._folder = self._desk.settings.data_dir / "hub-files"
        self.staging = Staging(self._folder)
        await self._recover()

    async def announce(
        self, metadata: Metadata, size: int, *, assessment: str, device: str
    ) -> Attachment:
        """An upload for this file; the same one while the same file is here or was delivered.

        Raises InvalidRequest without digest and proof, AttachmentTooLarge, UnsupportedMedia,
        TooManyRequests, HubFull, StorageFull, Unavailable before the first meeting.
        """
        sender = _Sender(assessment, UUID(device))
        proof = _checked(metadata, size, most=self._desk.settings.attachment_max_bytes)
        async with self._desk.database.write() as session:
            hold = CargoHold(session)
            before = await hold.of_proof(sender.device, proof)
            if before is not None and before.size == size:
                return _shown(before, metadata.submission)
            cargo = self._cargo(sender, metadata, size, proof)
            await self._refuse_too_much(hold, cargo)
            await hold.add(cargo)
            try:  # before the commit: a row without its file would be an upload of nothing
                await asyncio.to_thread(self.staging.create, cargo.id)
            except StoreFull:
                raise StorageFull from None
        return _shown(cargo, metadata.submission)

    def _cargo(self, sender: _Sender, metadata: Metadata, size: int, proof: str) -> Cargo:
        """A new file, what is told of it sealed to the centre."""
        told, now = self._desk.told, self._desk.clock.now()
        cargo = Cargo(
            id=uuid7(now), hub=told.hub, device=sender.device, assessment=sender.assessment,
            proof=proof, size=size, key=told.sealing.id, public=told.sealing.raw, manifest=b"",
            state=CargoState.COMING, received_at=now,
            expires_at=now + timedelta(days=self._desk.settings.attachment_upload_days),
        )  # fmt: skip
        return replace(cargo, manifest=seal_manifest(metadata, self._label(cargo), told.sealing))

    async def _refuse_too_much(self, hold: CargoHold, cargo: Cargo) -> None:
        settings = self._desk.settings
        usage = await hold.usage(cargo.device)
        if usage.coming >= settings.attachment_uploads or usage.held >= _MOST_HELD:
            raise TooManyRequests
        limit = settings.hub_files_max_bytes
        free = await asyncio.to_thread(free_bytes, self._folder)
        if usage.bytes + cargo.size > limit or cargo.size + settings.hub_spare_bytes > free:
            _log.warning("hub_files_full")
            raise HubFull(limit=limit, used=usage.bytes)

    async def progress(self, id_: UUID, *, assessment: str, device: str) -> tuple[Attachment, int]:
        """How far an upload has come on disk; raises NotFound, UploadGone, UploadBusy."""
        cargo = await self._find(id_, assessment, device)
        if cargo.state is not CargoState.COMING:
            return _shown(cargo), cargo.size
        async with self._turn(id_):
            cargo = await self._find(id_, assessment, device)  # who had it may have ended it
            if cargo.state is not CargoState.COMING:
                return _shown(cargo), cargo.size
            async with self._opened(cargo) as staged:
                offset = staged.offset
                if offset == cargo.size:
                    await self._note_whole(cargo)
        return _shown(await self._find(id_, assessment, device)), offset

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
    ) -> tuple[Attachment, int]:
        """Take in the bytes of one request, sealed as they come; answers the new offset.

        Raises InvalidRequest without a checksum, and what AttachmentDesk.receive raises.
        """
        await self._find(id_, assessment, device)
        async with self._turn(id_) as turn:
            cargo = await self._find(id_, assessment, device)
            if cargo.state is not CargoState.COMING:
                if offset != cargo.size:
                    raise UploadOffset.at(cargo.size)
                return _shown(cargo), cargo.size
            if checksum is None and offset < cargo.size:
                error = ErrorItem("/headers/upload-checksum", "missing", "A hub asks for it.")
                raise InvalidRequest(errors=[error])
            async with self._opened(cargo) as staged:
                if staged.offset != offset:
                    raise UploadOffset.at(staged.offset)
                if declared is not None and declared > cargo.size - offset:
                    raise AttachmentTooLarge(
                        limit=cargo.size - offset, headers={"Connection": "close"}
                    )
                await self._take(cargo, staged, receive, turn, checksum)
                if staged.offset == cargo.size:
                    self._crash_point("file_whole")
                    await self._note_whole(cargo)
                reached = staged.offset
        return _shown(await self._find(id_, assessment, device)), reached

    async def _take(
        self,
        cargo: Cargo,
        staged: Staged,
        receive: Receive,
        turn: Turn,
        checksum: Checksum | None,
    ) -> None:
        def check(start: bytes) -> None:
            if cargo.size:
                check_start(None, start)

        intake = Intake(staged, cargo.size - staged.offset, checksum, check)
        try:
            ending = await intake.take(receive, turn.asked_to_stop)
        except StoreFull:
            _log.warning("hub_files_full")
            raise StorageFull(headers={"Connection": "close"}) from None
        except AttachmentUnreadable:
            await self.forget(cargo)
            raise
        if ending is Ending.ASKED_TO_STOP:
            raise UploadBusy(headers={"Connection": "close"})

    async def terminate(self, id_: UUID, *, assessment: str, device: str) -> None:
        """Forget an upload that has not come whole; raises NotFound, UploadGone, Conflict."""
        async with self._turn(id_):
            cargo = await self._find(id_, assessment, device)
            if cargo.state is not CargoState.COMING:
                raise Conflict
            await self.forget(cargo)

    async def word_of(self, attachment: Attachment, offset: int) -> str | None:
        """The hub's signed word that all bytes came; None before that."""
        if offset != attachment.size:
            return None
        desk = self._desk
        async with desk.database.read() as session:
            cargo = await CargoHold(session).find(attachment.id)
        if cargo is None or cargo.state not in {CargoState.WHOLE, CargoState.PROVEN}:
            return None
        at = int(desk.clock.now().timestamp())
        return await asyncio.to_thread(hub_file_word, cargo, desk.life, at, desk.key)

    async def piece(self, cargo: Cargo, offset: int, *, most: int) -> tuple[int, bytes]:
        """Sealed frames of a whole file that go on at an offset, and where they begin.

        Raises UploadGone when its bytes are not here.
        """

        def cut(staged: Staged) -> tuple[int, bytes]:
            return frames_from(staged.read(), offset, most=most)

        async with self._turn(cargo.id), self._opened(cargo) as staged:
            if staged.offset != cargo.size:  # the disk does not have any more what it had
                await self._note_lost(cargo)
                raise UploadGone(fate=LOST)
            return await asyncio.to_thread(cut, staged)

    def label_of(self, cargo: Cargo, offset: int) -> FileLabel:
        """What stands outside a piece of it."""
        return FileLabel(
            assessment=cargo.assessment, device=cargo.device, size=cargo.size, key=cargo.key,
            proof=cargo.proof, manifest=b64encode(cargo.manifest).decode(), offset=offset,
        )  # fmt: skip

    async def remove_bytes(self, id_: UUID) -> None:
        """The bytes are not needed any more; what the database says was committed before."""
        self._extents.pop(id_, None)
        await asyncio.to_thread(self.staging.remove, id_)

    async def forget(self, cargo: Cargo) -> None:
        """Forget an upload altogether, unless it came whole meanwhile."""
        async with self._desk.database.write() as session:
            is_done = await CargoHold(session).forget(cargo.id)
        if is_done:
            await self.remove_bytes(cargo.id)

    async def forget_overdue(self) -> None:
        """Uploads that did not come whole in their time, and bytes that nobody needs any more."""
        now = self._desk.clock.now()
        async with self._desk.database.read() as session:
            coming = await CargoHold(session).in_state(CargoState.COMING)
        for cargo in coming:
            if cargo.expires_at <= now:
                await self.forget(cargo)
        async with self._desk.database.write() as session:  # no upload begins meanwhile
            here = await CargoHold(session).here()
            left = set(await asyncio.to_thread(self.staging.uploads)) - here
        for id_ in left:
            await self.remove_bytes(id_)

    async def _recover(self) -> None:
        """Bytes that nobody needs go; what came whole before a crash is carried."""
        for id_ in await asyncio.to_thread(self.staging.uploads):
            async with self._desk.database.read() as session:
                cargo = await CargoHold(session).find(id_)
            if cargo is None or cargo.state in {CargoState.PROVEN, CargoState.RETURNED}:
                await self.remove_bytes(id_)
            elif cargo.state is CargoState.COMING:
                with contextlib.suppress(UploadBusy):  # who has it finishes it
                    async with self._opened(cargo) as staged:
                        if staged.offset == cargo.size:
                            await self._note_whole(cargo)

    async def _note_whole(self, cargo: Cargo) -> None:
        async with self._desk.database.write() as session:
            await CargoHold(session).whole(cargo.id)

    async def _find(self, id_: UUID, assessment: str, device: str) -> Cargo:
        async with self._desk.database.read() as session:
            cargo = await CargoHold(session).find(id_)
        if cargo is None or (cargo.assessment, str(cargo.device)) != (assessment, device):
            raise NotFound
        if cargo.state is CargoState.RETURNED:
            raise UploadGone(fate=cargo.refusal)
        if cargo.state is CargoState.COMING and cargo.expires_at <= self._desk.clock.now():
            raise UploadGone(fate="expired")
        return cargo

    @staticmethod
    def _label(cargo: Cargo) -> CargoLabel:
        return CargoLabel(
            hub=cargo.hub, file=cargo.id, assessment=cargo.assessment,
            device=cargo.device, size=cargo.size, key=cargo.key, proof=cargo.proof,
        )  # fmt: skip

    @asynccontextmanager
    async def _turn(self, id_: UUID) -> AsyncIterator[Turn]:
        try:
            async with self._turns.take(id_) as turn:
                yield turn
        except TurnTaken:
            raise UploadBusy from None

    @asynccontextmanager
    async def _opened(self, cargo: Cargo) -> AsyncIterator[Staged]:
        """The upload's file, this process its only writer; raises UploadBusy, UploadGone."""
        frames = CargoFrames(self._label(cargo), PublicSealingKey(cargo.key, cargo.public))
        opened = self.staging.open(cargo.id, frames, self._extents.get(cargo.id))
        try:
            staged = await asyncio.to_thread(opened.__enter__)
        except Busy:  # the process before this one, which still ends
            raise UploadBusy from None
        except FileNotFoundError:  # a restored database knows what the folder does not
            await self._note_lost(cargo)
            raise UploadGone(fate=LOST) from None
        try:
            yield staged
        finally:
            self._extents[cargo.id] = staged.extent
            opened.__exit__(None, None, None)

    async def _note_lost(self, cargo: Cargo) -> None:
        async with self._desk.database.write() as session:
            await CargoHold(session).returned(cargo, LOST)


def _checked(metadata: Metadata, size: int, *, most: int) -> str:
    """The tablet's proof, when all that a hub can see of the file is in order."""
    missing = [
        ErrorItem(f"/Upload-Metadata/{name}", "missing", "A hub asks for it.")
        for name, value in (("sha256", metadata.sha256), ("proof", metadata.proof))
        if value is None
    ]
    if metadata.proof is None or missing:
        raise InvalidRequest(errors=missing)
    if size > most:
        raise AttachmentTooLarge(limit=most, headers={"Connection": "close"})
    media_type = known(metadata.media_type)
    if media_type is not None and not is_taken(media_type):
        raise UnsupportedMedia(accepted=sorted(EXTENSIONS))
    return metadata.proof


def _shown(cargo: Cargo, submission: UUID = _UNKNOWN) -> Attachment:
    """As the routes of tus show an upload; of its interview a hub knows nothing afterwards."""
    return Attachment(
        id=cargo.id, assessment=cargo.assessment, device=str(cargo.device),
        submission=submission, name_mac=b"", size=cargo.size, sha256=None, media_type=None,
        state=_STATES[cargo.state], fate=None, wrapped_key=None, created_at=cargo.received_at,
        expires_at=cargo.expires_at,
    )  # fmt: skip
