"""Definitions of an assessment's own."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_indicators.storage.tables.base import Base


class DefinitionRow(Base, table=True):
    """A version of a definition; only `published_at` ever changes, once."""

    __tablename__ = "definition"

    assessment: str = Field(primary_key=True, max_length=32)
    code: str = Field(primary_key=True, max_length=16)
    version: str = Field(primary_key=True, max_length=16)
    content: dict[str, Any] = Field(sa_type=JSON)
    sha256: str = Field(max_length=64)
    created_by: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str | None = Field(None, max_length=80)
    published_at: datetime | None = Field(None, sa_type=UtcDateTime)
