"""Weights as data: population margins, weight sets, who was trimmed, and the design's rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_indicators.storage.tables.base import Base


class PopulationMarginRow(Base, table=True):
    """Counts of a population by categories; never changed once uploaded."""

    __tablename__ = "population_margin"

    assessment: str = Field(primary_key=True, max_length=32)
    name: str = Field(primary_key=True, max_length=64)
    variables: list[str] = Field(sa_type=JSON)
    cells: list[list[Any]] = Field(sa_type=JSON)
    source: str = Field(max_length=400)
    as_of: str = Field(max_length=10)
    sha256: str = Field(max_length=64)
    created_by: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UtcDateTime)


class WeightSetRow(Base, table=True):
    """A weight set: a recipe, and the tables that solving it gave; never changed."""

    __tablename__ = "weight_set"
    __table_args__ = (UniqueConstraint("assessment", "number", name="uq_weight_set_number"),)

    id: str = Field(primary_key=True, max_length=36)
    assessment: str = Field(max_length=32)
    number: int
    instrument: str = Field(max_length=64)
    title: str = Field(max_length=200)
    recipe: list[dict[str, Any]] = Field(sa_type=JSON)
    steps: list[dict[str, Any]] = Field(sa_type=JSON)
    margins: list[dict[str, Any]] = Field(sa_type=JSON)
    cases: list[dict[str, Any]] = Field(sa_type=JSON)
    diagnostics: dict[str, Any] = Field(sa_type=JSON)
    sha256: str = Field(max_length=64)
    weights_sha256: str = Field(max_length=64)
    snapshot_sha256: str = Field(max_length=64)
    generation: int
    interviews: int
    created_by: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UtcDateTime)


class WeightTrimRow(Base, table=True):
    """One trimmed weight; of a withdrawn interview `unit` is forgotten (rule C-02)."""

    __tablename__ = "weight_trim"

    weight_set_id: str = Field(primary_key=True, max_length=36, foreign_key="weight_set.id")
    position: int = Field(primary_key=True)
    step: int
    of: str = Field(max_length=16)
    unit: str | None = Field(None, max_length=64, index=True)
    before: float
    after: float


class AnalysisDesignRow(Base, table=True):
    """How an assessment's sample is analysed; the highest number holds, none is changed."""

    __tablename__ = "analysis_design"

    assessment: str = Field(primary_key=True, max_length=32)
    number: int = Field(primary_key=True)
    lonely_psu: str = Field(max_length=16)
    adjust_domain_lonely: bool
    fpc: str = Field(max_length=16)
    nested: bool
    created_by: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UtcDateTime)
