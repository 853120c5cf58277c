"""How files of interviews are shown to people and to the tablet that sends them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.wire.attachments import AwaitedFile, CheckedFiles, FileState
from usga_shared.wire.sync import Sha256Hex
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Awaited,
    Checked,
)


class UploadView(BaseModel):
    """How far an upload has come."""

    id: UUID
    submission: UUID = Field(description="The interview that it belongs to.")
    state: AttachmentState = Field(description="`waiting`: whole, but its interview is not here.")
    size: int = Field(description="Bytes.", examples=[184320])
    offset: int = Field(description="Bytes that are on the server's disk.", examples=[65536])
    expires_at: datetime = Field(description="When it is forgotten unless it is kept before.")

    @classmethod
    def of(cls, attachment: Attachment, offset: int) -> "UploadView":
        """The view of an upload that stands at this offset."""
        return cls(
            id=attachment.id,
            submission=attachment.submission,
            state=attachment.state,
            size=attachment.size,
            offset=offset,
            expires_at=attachment.expires_at,
        )


class AttachmentView(BaseModel):
    """A file that an interview names, as people see it; its name stands in the answers alone."""

    pointer: str = Field(description="Where it is named.", examples=["/answers/photo_door"])
    field_class: FieldClass = Field(description="Who may read it.", examples=["identifier"])
    state: FileState = Field(examples=["kept"])
    id: UUID | None = Field(description="To download it by, once it is kept.")
    size: int | None = Field(description="Bytes, as kept; else as listed.", examples=[184320])
    type: str | None = Field(description="Media type, likewise.", examples=["image/jpeg"])
    sha256: Sha256Hex | None = Field(description="Of the bytes that the tablet has.")
    stored_sha256: Sha256Hex | None = Field(
        description="Of the `size` bytes that are kept and downloaded; pictures are drawn anew."
    )
    kept_at: datetime | None

    @classmethod
    def of(cls, awaited: Awaited) -> "AttachmentView":
        """The view of an awaited file."""
        file, come = awaited.file, awaited.come
        kept = come if come is not None and awaited.is_kept else None
        return cls(
            pointer=file.pointer,
            field_class=kept.field_class or file.field_class if kept else file.field_class,
            state=file_state(awaited),
            id=kept.id if kept else None,
            size=kept.kept_size if kept else file.size,
            type=kept.kept_type if kept else file.media_type,
            sha256=kept.sha256 if kept else file.sha256,
            stored_sha256=kept.kept_sha256 if kept else None,
            kept_at=kept.kept_at if kept else None,
        )


class AttachmentList(BaseModel):
    """The files of an interview, in the order of the form."""

    items: list[AttachmentView]
    missing: int = Field(description="How many are not kept yet.", examples=[1])


def file_state(awaited: Awaited) -> FileState:
    """The word for how far a file has come."""
    states: dict[AttachmentState, FileState] = {
        AttachmentState.COMING: "coming",
        AttachmentState.WAITING: "waiting",
        AttachmentState.KEPT: "kept",
    }
    return states.get(awaited.come.state, "missing") if awaited.come else "missing"


def checked_files(one: Checked, *, device: str, uploads: str | None = None) -> CheckedFiles:
    """What a check tells a device of an interview's files; `uploads` is where they are sent."""
    return CheckedFiles(
        submission=one.id,
        known=bool(one.states),
        withdrawn=one.states == (SubmissionState.WITHDRAWN.value,),
        files=[_awaited(each, device, uploads) for each in one.files],
    )


def _awaited(awaited: Awaited, device: str, uploads: str | None) -> AwaitedFile:
    file, come = awaited.file, awaited.come
    is_mine = uploads is not None and come is not None and come.device == device
    is_mine = is_mine and come is not None and come.hub is None  # a hub's is the hub's own
    return AwaitedFile(
        pointer=file.pointer,
        sha256=file.sha256,
        size=file.size,
        state=file_state(awaited),
        upload=f"{uploads}/{come.id}" if come is not None and is_mine else None,
    )
