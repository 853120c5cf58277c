"""Instrument versions: made once, then published, then perhaps retired; never changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class InstrumentState(StrEnum):
    """Tablets get published versions; interviews made with a retired one are still checked."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class InstrumentVersion:
    """One immutable version of a form in an assessment."""

    id: UUID
    assessment: str
    name: str
    version: str
    digest: str
    document: dict[str, Any]
    state: InstrumentState
    findings: tuple[dict[str, Any], ...]
    created_at: datetime
    published_at: datetime | None = None
    retired_at: datetime | None = None


MOVES = {
    (InstrumentState.DRAFT, InstrumentState.PUBLISHED),
    (InstrumentState.PUBLISHED, InstrumentState.RETIRED),
    (InstrumentState.DRAFT, InstrumentState.RETIRED),
}


def may_move(now: InstrumentState, to: InstrumentState) -> bool:
    """Whether a version in this state may go to that one; staying is always allowed."""
    return now is to or (now, to) in MOVES
