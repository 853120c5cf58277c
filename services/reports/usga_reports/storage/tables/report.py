"""A report is ordered once, rendered by a job, and then never changes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint, Uuid
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_reports.storage.tables.base import Base


class ReportRow(Base, table=True):
    """One report: what was ordered, and the digests of what came of it."""

    __tablename__: ClassVar[str] = "report"
    __table_args__ = (
        UniqueConstraint(
            "release", "release_state", "template", "template_version", "language", "format"
        ),
        Index("ix_report_assessment_id", "assessment", "id"),
    )

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32)
    release: str = Field(max_length=64)
    release_state: str = Field(max_length=16)
    title: str
    synthetic: bool
    template: str = Field(max_length=64)
    template_version: str = Field(max_length=32)
    language: str = Field(max_length=16)
    format: str = Field(max_length=8)
    state: str = Field(max_length=16)
    progress: int
    problem: str | None = Field(default=None, max_length=64)
    ordered_by: str = Field(max_length=128)
    ordered_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    bundle_sha256: str | None = Field(default=None, max_length=64)
    sha256: str | None = Field(default=None, max_length=64)
    size: int | None = Field(default=None)


class JobRow(Base, table=True):
    """The work on one report: a queue in a table, so that it survives whatever happens."""

    __tablename__: ClassVar[str] = "report_job"
    __table_args__ = (Index("ix_report_job_state_run_at", "state", "run_at"),)

    report: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    )
    state: str = Field(max_length=16)
    attempts: int
    run_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    worker: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class OrderKeyRow(Base, table=True):
    """An Idempotency-Key that a caller used, and what it stood for."""

    __tablename__: ClassVar[str] = "report_order_key"

    actor: str = Field(primary_key=True, max_length=128)
    key: str = Field(primary_key=True, max_length=128)
    digest: str = Field(max_length=64)
    report: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("report.id", ondelete="CASCADE"), nullable=False)
    )
    used_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
