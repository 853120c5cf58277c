"""An assessment and its moves, as plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from usga_assessment.domain.assessment.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One assessment; `version` grows with every change (optimistic concurrency)."""

    code: str
    title: dict[str, str]
    city: str
    country: str
    variant: str
    state: State
    synthetic: bool
    probability_sample: bool
    require_approved: bool
    languages: tuple[str, ...]
    currency: str
    age_floor: int
    fieldwork_from: date | None
    fieldwork_to: date | None
    version: int
    created_at: datetime
    created_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One entry of the transition log."""

    id: UUID
    assessment: str
    version: int
    """The assessment's version before the move: it orders the log."""
    from_state: State
    to_state: State
    at: datetime
    actor: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One revision of a record of an assessment: an approval, an agreement, a decision."""

    kind: str
    revision: int
    value: dict[str, Any]
    synthetic: bool
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceList:
    """Choices that a form gets per assessment, as rows of a CSV file would say them."""

    name: str
    rows: list[dict[str, Any]]
    digest: str
    updated_at: datetime
