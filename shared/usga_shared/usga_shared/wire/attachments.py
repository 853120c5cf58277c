"""Messages about files of interviews (docs/protocol/sync.md, attachments)."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from usga_shared.wire.sync import Sha256Hex

FileState = Literal["missing", "coming", "waiting", "kept"]
"""Nothing came; some bytes came; all came and its interview has not; it is kept for good."""


class AttachmentCheckRequest(BaseModel):
    """Ask which files of interviews are still missing."""

    model_config = ConfigDict(extra="forbid")

    submissions: list[UUID] = Field(
        min_length=1, max_length=500, description="Ids of interviews, as the tablet made them."
    )


class AwaitedFile(BaseModel):
    """One file that an interview names."""

    pointer: str = Field(description="Where it is named.", examples=["/answers/photo_door"])
    sha256: Sha256Hex | None = Field(description="As the envelope lists it.")
    size: int | None = Field(description="Bytes, as the envelope lists them.", examples=[184320])
    state: FileState
    upload: str | None = Field(
        None,
        description="Where to go on, when this device has begun to send it.",
        examples=["/v1/sync/attachments/019a0000-0000-7000-8000-000000000001"],
    )


class CheckedFiles(BaseModel):
    """The files of one interview; `known` says whether the interview is here."""

    submission: UUID
    known: bool
    withdrawn: bool = Field(description="The person withdrew: delete the files.")
    files: list[AwaitedFile]


class AttachmentCheckAnswer(BaseModel):
    """What is kept and what is missing; only `proof` lets a tablet delete a file."""

    items: list[CheckedFiles]
    proof: str = Field(
        description="Compact JWS, `typ` `usga-files+jwt`: interview and SHA-256 of kept files."
    )
