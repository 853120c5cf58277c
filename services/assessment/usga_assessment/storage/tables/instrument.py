"""Instrument versions: immutable documents; only their state moves."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_assessment.storage.tables.base import Base


class InstrumentRow(Base, table=True):
    """One version of a form in one assessment; `document` holds its canonical bytes."""

    __tablename__: ClassVar[str] = "instrument_version"
    __table_args__ = (UniqueConstraint("assessment", "name", "version"),)

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32, index=True)
    name: str = Field(max_length=64)
    version: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    state: str = Field(max_length=16)
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    published_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=True)
    )
    retired_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class DictionaryRow(Base, table=True):
    """The compression dictionary of a published version; `number` is the id in its frames."""

    __tablename__: ClassVar[str] = "instrument_dictionary"
    __table_args__ = (Index("ix_instrument_dictionary_assessment", "assessment", "number"),)

    instrument: UUID = Field(primary_key=True, foreign_key="instrument_version.id")
    assessment: str = Field(max_length=32)
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str = Field(max_length=64)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
