"""A held revision of an interview, as reads of storage give it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.submission.check import ProblemNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One revision without its answers; a withdrawn one has lost what could tell of a person."""

    pk: UUID
    id: UUID
    version: int
    digest: bytes
    root: UUID
    revises: UUID | None
    assessment: str
    device: str | None
    install: UUID
    seq: int
    instrument: str | None
    instrument_version: str | None
    purpose: Purpose
    case_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    language: str | None
    received_at: datetime
    state: SubmissionState
    is_head: bool
    code: str | None
    problems: tuple[ProblemNote, ...]
    warnings: tuple[ProblemNote, ...]
    judged_by: str | None
    """The version that it was judged by last, when that is another than its own."""
    redacted: tuple[str, ...]
    has_s3: bool
    disposition: str | None
    n_eligible: int | None
    former: tuple[UUID, ...]
    feed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStep:
    """One step of review of a revision."""

    id: UUID
    revision: UUID
    assessment: str
    at: datetime
    actor: str
    from_state: SubmissionState
    to_state: SubmissionState
    comment: str
