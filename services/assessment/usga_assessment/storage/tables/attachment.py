"""The table of files: uploads on their way, and what is kept of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_assessment.storage.tables.base import Base


class AttachmentRow(Base, table=True):
    """One file of an interview; its own key is emptied when it is to be forgotten.

    The bytes stand outside the database: in the folder of what comes in, then in the store.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_submission", "assessment", "submission"),
        Index("ix_attachment_state", "state", "expires_at"),
        Index("ix_attachment_device", "device", "created_at"),
        Index("ix_attachment_size", "assessment", "state", "size"),
        Index("ix_attachment_hub", "hub", "created_at"),
    )

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32)
    device: str = Field(max_length=64)
    submission: UUID
    """The id that the tablet gave its interview; it may not have come yet."""
    name_mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str | None = Field(None, max_length=64)
    media_type: str | None = Field(None, max_length=127)
    state: str = Field(max_length=16)
    fate: str | None = Field(None, max_length=16)
    wrapped_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    pointer: str | None = Field(None, sa_type=Text)
    field_class: str | None = Field(None, max_length=16)
    kept_size: int | None = Field(None, sa_column=Column(BigInteger))
    kept_type: str | None = Field(None, max_length=127)
    kept_sha256: str | None = Field(None, max_length=64)
    kept_at: datetime | None = Field(None, sa_type=UtcDateTime)
    is_swept: bool = False
    """Its bytes were removed, after it had gone."""
    hub: UUID | None = None
    """The hub that announced it for its tablet, and whose day it counts to."""
