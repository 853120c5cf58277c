"""How interviews are shown, and what a review or a withdrawal says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.i18n import Messages
from usga_shared.wire.sync import AssessmentCode, ItemProblem, Sha256Hex
from usga_shared.wire.vocabulary import FieldClass, Purpose, SubmissionState

from usga_assessment.domain.submission.held import Held, ReviewStep
from usga_assessment.domain.submission.review import Decision
from usga_assessment.schemas.base import Body, Text
from usga_assessment.schemas.sync import problem_views


class SubmissionView(BaseModel):
    """One revision of an interview, without its answers."""

    id: UUID = Field(description="Made on the tablet.")
    revision: UUID = Field(description="Made by the server; names exactly one content.")
    assessment: AssessmentCode
    state: SubmissionState
    is_head: bool = Field(description="Whether this revision stands for the interview.")
    root: UUID = Field(description="The first revision of the interview.")
    revises: UUID | None = Field(description="The revision that this one edits.")
    digest: Sha256Hex = Field(description="Of the bytes that were received.")
    instrument: str | None = Field(examples=["hvs"])
    version: str | None = Field(examples=["2026.1.0"])
    purpose: Purpose
    case: str | None = Field(examples=["s01-p03-07"])
    device: str | None
    install: UUID
    seq: int = Field(examples=[17])
    started_at: datetime | None
    ended_at: datetime | None
    received_at: datetime
    language: str | None = Field(examples=["sw"])
    disposition: str | None = Field(description="AAPOR code.", examples=["1.1"])
    code: str | None = Field(description="The rule that quarantined it.", examples=["E-01"])
    problems: list[ItemProblem]
    redacted: list[str] = Field(
        description="Where answers were lawfully dropped.", examples=[["/answers/loc"]]
    )

    @classmethod
    def of(cls, held: Held, messages: Messages, language: str) -> "SubmissionView":
        """The view of a held revision, problems in the caller's language."""
        return cls(
            id=held.id,
            revision=held.pk,
            assessment=held.assessment,
            state=held.state,
            is_head=held.is_head,
            root=held.root,
            revises=held.revises,
            digest=held.digest.hex(),
            instrument=held.instrument,
            version=held.instrument_version,
            purpose=held.purpose,
            case=held.case_id,
            device=held.device,
            install=held.install,
            seq=held.seq,
            started_at=held.started_at,
            ended_at=held.ended_at,
            received_at=held.received_at,
            language=held.language,
            disposition=held.disposition,
            code=held.code,
            problems=problem_views(held.problems, messages, language),
            redacted=list(held.redacted),
        )


class RevisionView(BaseModel):
    """One of the revisions of an interview, as its history lists it."""

    id: UUID
    revision: UUID
    state: SubmissionState
    is_head: bool
    revises: UUID | None
    received_at: datetime


class ReviewView(BaseModel):
    """One step of review."""

    revision: UUID
    at: datetime
    actor: str = Field(examples=["person:018f"])
    from_state: SubmissionState
    to_state: SubmissionState
    comment: str

    @classmethod
    def of(cls, step: ReviewStep) -> "ReviewView":
        """The view of a step."""
        return cls(
            revision=step.revision,
            at=step.at,
            actor=step.actor,
            from_state=step.from_state,
            to_state=step.to_state,
            comment=step.comment,
        )


class SubmissionDetail(SubmissionView):
    """An interview with the answers that the caller's roles may read."""

    answers: dict[str, Any] = Field(description="Groups are flat, repeats are arrays.")
    opened: list[FieldClass] = Field(
        description="Sealed classes among the answers; this reading stands in the audit log."
    )
    withheld: list[FieldClass] = Field(
        description="Classes that there are and that your roles may not read."
    )
    revisions: list[RevisionView]
    reviews: list[ReviewView]


def revision_views(family: Sequence[Held]) -> list[RevisionView]:
    """The history of an interview."""
    return [
        RevisionView(
            id=held.id,
            revision=held.pk,
            state=held.state,
            is_head=held.is_head,
            revises=held.revises,
            received_at=held.received_at,
        )
        for held in family
    ]


class Review(Body):
    """A decision about an interview."""

    decision: Decision = Field(examples=["return"])
    comment: Text = Field(
        "",
        description="For the interviewer; needed to return or reject. No answers, no names.",
        examples=["The age does not fit the year of birth."],
    )
    revision: UUID | None = Field(
        None, description="One revision under this id; else what stands."
    )


class Revalidation(Body):
    """Ask to check a quarantined interview again."""

    revision: UUID | None = Field(
        None, description="One revision under this id; else what stands."
    )


class Withdrawal(Body):
    """The code on the respondent's card."""

    assessment: AssessmentCode
    code: str = Field(min_length=4, max_length=64, examples=["7KQ4-9XPM"])


class Withdrawn(BaseModel):
    """What a withdrawal did; asking again answers the same."""

    state: SubmissionState = SubmissionState.WITHDRAWN
    interviews: int = Field(description="Interviews with this code.", examples=[1])
