"""Composite indices of releases."""

from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from usga_indicators.storage.tables.base import Base


class ReleaseIndexRow(Base, table=True):
    """Scores, intervals and ranks of one version of an index; never changed."""

    __tablename__ = "release_index"

    release_id: str = Field(primary_key=True, max_length=36, foreign_key="release.id")
    code: str = Field(primary_key=True, max_length=16)
    version: str = Field(primary_key=True, max_length=16)
    content: dict[str, Any] = Field(sa_type=JSON)
