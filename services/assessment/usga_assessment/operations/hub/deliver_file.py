"""At the centre: a piece of a file that a hub brings, taken in as if its tablet sent it (H-53)."""

import asyncio
from base64 import b64decode
from binascii import Error
from uuid import UUID

from usga_shared.wire.hub import FileAnswer, FileLabel

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.attachments.attachment import AttachmentState
from usga_assessment.domain.attachments.proof import sign_files
from usga_assessment.domain.attachments.tus import Metadata
from usga_assessment.domain.hub.cargo import CargoLabel, open_frames, open_manifest
from usga_assessment.domain.hub.courier import is_file_proof
from usga_assessment.domain.hub.hub import Hub
from usga_assessment.domain.hub.parcel import ParcelUnreadable, SealingKey
from usga_assessment.operations.attachment_desk import AttachmentDesk
from usga_assessment.operations.check_attachments import check_attachments, proof_of
from usga_assessment.operations.hub.centre import HubCentre
from usga_assessment.operations.hub.deliver_parcel import (
    ParcelNotReadable,
    ParcelUnproven,
    device_of,
)
from usga_assessment.operations.keep_attachment import scope_of
from usga_assessment.operations.receive_attachment import Receive
from usga_assessment.storage.attachments.records import Attachments
from usga_assessment.storage.hub.register import Hubs


async def deliver_piece(  # noqa: PLR0917 - who brings what of which file
    centre: HubCentre, files: AttachmentDesk, hub: Hub, file: UUID, label: FileLabel, frames: bytes
) -> FileAnswer:
    """Take in what goes on where the file stands; without frames only say where that is.

    Each hub has an upload of its own, which only its pieces go on with; the first that is whole
    and right ends the others. Raises Forbidden, ParcelNotReadable, ParcelUnproven, and what
    announcing and sending the file would raise.
    """
    device = await device_of(centre, hub, label.device, label.assessment)
    bound = CargoLabel(
        hub=hub.id, file=file, assessment=label.assessment, device=device.id, size=label.size,
        key=label.key, proof=label.proof,
    )  # fmt: skip
    said, plain = await _opened(centre, label, bound, frames)
    if said.sha256 is None or not is_file_proof(
        label.proof, centre.courier(device.id), submission=said.submission, name=said.name,
        sha256=said.sha256, size=label.size,
    ):  # fmt: skip
        raise ParcelUnproven
    assessment, sender = label.assessment, str(device.id)
    answer = await _kept(centre, files, said, file, device, label.size)
    if answer is None:
        upload = await files.announce(
            said, label.size, assessment=assessment, device=sender, hub=hub.id
        )
        found, offset = await files.progress(
            upload.id, assessment=assessment, device=sender, hub=hub.id
        )
        if found.state is AttachmentState.WAITING:
            await files.settle(found)  # its interview may have come meanwhile
        skipped = offset - label.offset
        if found.state is AttachmentState.COMING and 0 <= skipped < len(plain):
            rest = plain[skipped:]
            found, offset = await files.receive(
                upload.id, offset, _one(rest), assessment=assessment, device=sender,
                declared=len(rest), checksum=None, hub=hub.id,
            )  # fmt: skip
        answer = await _kept(centre, files, said, file, device, label.size) or FileAnswer(
            state="waiting" if offset == label.size else "coming", offset=offset
        )
    async with centre.database.write() as session:
        await Hubs(session).change(hub.id, seen_at=centre.clock.now())
    return answer


async def _opened(
    centre: HubCentre, label: FileLabel, bound: CargoLabel, frames: bytes
) -> tuple[Metadata, bytes]:
    key = await centre.sealing_key_named(label.key)
    if key is None:
        raise ParcelNotReadable

    def opened(key: SealingKey) -> tuple[Metadata, bytes]:
        manifest = b64decode(label.manifest, validate=True)
        return open_manifest(manifest, bound, key), open_frames(frames, label.offset, bound, key)

    try:
        return await asyncio.to_thread(opened, key)
    except (ParcelUnreadable, Error):
        raise ParcelNotReadable from None


async def _kept(  # noqa: PLR0917 - whose word of what
    centre: HubCentre, files: AttachmentDesk, said: Metadata, file: UUID, device: Device, size: int
) -> FileAnswer | None:
    """The centre's receipt for the tablet, when the file is kept: whoever brought it."""
    async with centre.database.read() as session:
        (checked,) = await check_attachments(
            Attachments(session, scope_of(device.assessment)), [said.submission]
        )
    desk = files.sync
    content = proof_of(
        [checked], issuer=desk.issuer, at=desk.now_seconds(), epoch=await desk.epoch(),
        assessment=device.assessment, device=str(device.id),
    )  # fmt: skip
    content["files"] = [each for each in content["files"] if each["sha256"] == said.sha256]
    if not content["files"]:
        return None
    word = sign_files(content | {"carried": str(file)}, desk.signing_key)
    return FileAnswer(state="kept", offset=size, receipt=word)


def _one(body: bytes) -> Receive:
    """A request's body that is here already, for whoever reads bodies."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, object]:
        return next(messages)

    return receive
