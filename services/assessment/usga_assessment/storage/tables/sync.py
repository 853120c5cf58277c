"""Tables of interviews: revisions, their sealed content, sequences, reviews, audit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Text, text
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_assessment.storage.tables.base import Base


class SubmissionRevisionRow(Base, table=True):
    """One held content of one interview id; never deleted: a withdrawn one is a tombstone.

    `version` 0 stands under its id, others are conflicts. `feed` is the place of its last change
    in the assessment's change feed, which follows the order of commits.
    """

    __tablename__ = "submission_revision"
    __table_args__ = (
        Index("ux_submission_revision_id", "id", "assessment", "version", unique=True),
        Index(
            "ix_submission_revision_root",
            "root",
            sqlite_where=text("revises IS NOT NULL"),
            postgresql_where=text("revises IS NOT NULL"),
        ),
        Index("ix_submission_revision_install", "install", "seq"),
        Index("ix_submission_revision_feed", "assessment", "feed"),
        Index(
            "ix_submission_revision_withdraw",
            "withdraw_hash",
            sqlite_where=text("withdraw_hash IS NOT NULL"),
            postgresql_where=text("withdraw_hash IS NOT NULL"),
        ),
        Index(
            "ix_submission_revision_case",
            "assessment",
            "case_id",
            sqlite_where=text("case_id IS NOT NULL"),
            postgresql_where=text("case_id IS NOT NULL"),
        ),
    )

    pk: UUID = Field(primary_key=True)
    id: UUID
    version: int
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    root: UUID
    revises: UUID | None = None
    assessment: str = Field(max_length=32)
    device: str | None = Field(None, max_length=64)
    install: UUID
    seq: int
    instrument: str | None = Field(None, max_length=64)
    instrument_version: str | None = Field(None, max_length=64)
    purpose: str = Field(max_length=16)
    case_id: str | None = Field(None, max_length=64)
    started_at: datetime | None = Field(None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(None, sa_type=UtcDateTime)
    language: str | None = Field(None, max_length=35)
    received_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(max_length=16)
    is_head: bool
    code: str | None = Field(None, max_length=64)
    problems: str | None = Field(None, sa_type=Text)
    """JSON array of [pointer, code]; never an answer."""
    warnings: str | None = Field(None, sa_type=Text)
    """The same of what is doubtful and keeps nothing back."""
    judged_by: str | None = Field(None, max_length=64)
    """The version that it was judged by last, when that is another than its own."""
    redacted: str | None = Field(None, sa_type=Text)
    """JSON array of pointers that were lawfully dropped."""
    has_s3: bool = False
    disposition: str | None = Field(None, max_length=8)
    n_eligible: int | None = None
    withdraw_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    former: str | None = Field(None, sa_type=Text)
    """JSON array of roots under which this interview was announced before."""
    feed: int = Field(sa_column=Column(BigInteger, nullable=False))


class SubmissionContentRow(Base, table=True):
    """What a revision holds: its wrapped key, the sealed whole, the open part, sealed parts.

    The row goes away at withdrawal, and with it the only copy of the key.
    """

    __tablename__ = "submission_content"

    pk: UUID = Field(
        sa_column=Column(ForeignKey("submission_revision.pk"), primary_key=True, nullable=False)
    )
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    raw: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    open: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    identifier: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    location: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    text: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    s3: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class InstallSequenceRow(Base, table=True):
    """The numbers held of one install, as ranges; so a picture is never a scan."""

    __tablename__ = "install_sequence"

    assessment: str = Field(primary_key=True, max_length=32)
    install: UUID = Field(primary_key=True)
    device: str = Field(max_length=64)
    ranges: str = Field(sa_type=Text)
    forks: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class SyncCounterRow(Base, table=True):
    """The last numbers given in an assessment: of the change feed and of the audit chain."""

    __tablename__ = "sync_counter"

    assessment: str = Field(primary_key=True, max_length=32)
    feed: int = Field(sa_column=Column(BigInteger, nullable=False))
    audit: int = Field(sa_column=Column(BigInteger, nullable=False))
    audit_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class InstallationRow(Base, table=True):
    """The one row of this installation: its epoch, which changes after a restore."""

    __tablename__ = "installation"

    id: int = Field(primary_key=True)
    epoch: str = Field(max_length=36)
    began_at: datetime = Field(sa_type=UtcDateTime)


class ReviewRow(Base, table=True):
    """One step of review; the steps of a revision are its history."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_revision", "revision"),)

    id: UUID = Field(primary_key=True)
    revision: UUID = Field(foreign_key="submission_revision.pk")
    assessment: str = Field(max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=80)
    from_state: str = Field(max_length=16)
    to_state: str = Field(max_length=16)
    comment: str = Field(sa_type=Text)


class VerdictRow(Base, table=True):
    """One verdict of the rules about a revision; the first is kept when there is a second."""

    __tablename__ = "submission_verdict"
    __table_args__ = (Index("ix_submission_verdict_revision", "revision"),)

    id: UUID = Field(primary_key=True)
    revision: UUID = Field(foreign_key="submission_revision.pk")
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=80)
    instrument: str | None = Field(None, max_length=64)
    version: str | None = Field(None, max_length=64)
    code: str | None = Field(None, max_length=64)
    problems: str | None = Field(None, sa_type=Text)
    warnings: str | None = Field(None, sa_type=Text)


class ExpectedFileRow(Base, table=True):
    """A file that an answer names; its name is kept sealed in the answer, here only its HMAC."""

    __tablename__ = "expected_file"

    revision: UUID = Field(foreign_key="submission_revision.pk", primary_key=True)
    position: int = Field(primary_key=True)
    pointer: str = Field(sa_type=Text)
    field_class: str = Field(max_length=16)
    name_mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sha256: str | None = Field(None, max_length=64)
    size: int | None = Field(None, sa_column=Column(BigInteger, nullable=True))
    media_type: str | None = Field(None, max_length=127)


class AuditEntryRow(Base, table=True):
    """One entry of an assessment's hash chain; nothing updates or deletes it."""

    __tablename__ = "audit_entry"

    assessment: str = Field(primary_key=True, max_length=32)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=80)
    action: str = Field(max_length=40)
    subject: str = Field(max_length=120)
    details: str = Field(sa_type=Text)
    previous: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
