"""An assessment and its moves, as plain values."""

from dataclasses import dataclass
from datetime import date, datetime
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
    from_state: State
    to_state: State
    at: datetime
    actor: str
    note: str
