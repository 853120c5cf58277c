"""Releases and their observations."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_indicators.storage.tables.base import Base


class ReleaseRow(Base, table=True):
    """A release; after `frozen_at` only `state`, `published_at` and `not_recomputable` change.

    `audit` gains the attack at publication then, and a retraction says by whom and why.
    """

    __tablename__ = "release"
    __table_args__ = (Index("ix_release_assessment", "assessment", "state"),)

    id: str = Field(primary_key=True, max_length=36)
    assessment: str = Field(max_length=32)
    title: str = Field(max_length=200)
    state: str = Field(max_length=16)
    time_period: str = Field(max_length=32)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(max_length=80)
    frozen_at: datetime | None = Field(None, sa_type=UtcDateTime)
    published_at: datetime | None = Field(None, sa_type=UtcDateTime, index=True)
    snapshot_sha256: str = Field(max_length=64)
    definitions_sha256: str = Field(max_length=64)
    content_sha256: str = Field(max_length=64)
    code_version: str = Field(max_length=64)
    seed: int
    interviews: int
    observations: int
    suppressed: int
    lonely_psu: int = 0
    synthetic: bool
    order_key: str | None = Field(None, max_length=64, unique=True)
    order_sha256: str | None = Field(None, max_length=64)
    sources: list[dict[str, Any]] = Field(sa_type=JSON)
    not_recomputable: str | None = Field(None, max_length=32)
    context: dict[str, Any] = Field(sa_type=JSON)
    indicators: list[dict[str, Any]] = Field(sa_type=JSON)
    audit: dict[str, Any] | None = Field(None, sa_type=JSON)
    analysis: dict[str, Any] | None = Field(None, sa_type=JSON)
    statistics_sha256: str | None = Field(None, max_length=64)
    embargo_until: datetime | None = Field(None, sa_type=UtcDateTime)
    embargo_by: str | None = Field(None, max_length=80)
    corrects: str | None = Field(None, max_length=36)
    note: str | None = Field(None, max_length=2000)
    left_out: dict[str, Any] | None = Field(None, sa_type=JSON)
    retraction: dict[str, Any] | None = Field(None, sa_type=JSON)
    retracted_by: str | None = Field(None, max_length=80)


class ReleaseShareRow(Base, table=True):
    """A partner who was shown a frozen release; it stays when `ended_at`: it was seen."""

    __tablename__ = "release_share"

    release_id: str = Field(primary_key=True, max_length=36, foreign_key="release.id")
    partner: str = Field(primary_key=True, max_length=36)
    shared_at: datetime = Field(sa_type=UtcDateTime)
    shared_by: str = Field(max_length=80)
    ended_at: datetime | None = Field(None, sa_type=UtcDateTime)


class ObservationRow(Base, table=True):
    """One cell: `published` is the JSON that readers get, `internal` the unrounded numbers."""

    __tablename__ = "observation"
    __table_args__ = (Index("ix_observation_indicator", "release_id", "indicator"),)

    release_id: str = Field(primary_key=True, max_length=36, foreign_key="release.id")
    position: int = Field(primary_key=True)
    indicator: str = Field(max_length=16)
    ref_area: str = Field(max_length=32)
    stratum: str = Field(max_length=64)
    sex: str = Field(max_length=8)
    age: str = Field(max_length=16)
    item: str = Field(max_length=64)
    subgroup: str = Field("_T", max_length=64)
    published: str = Field(sa_type=Text)
    internal: dict[str, Any] = Field(sa_type=JSON)
