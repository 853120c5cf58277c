"""How interviews are shown, and what a review or a withdrawal says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.i18n import Messages
from usga_shared.wire.sync import AssessmentCode, ItemProblem, Sha256Hex
from usga_shared.wire.vocabulary import FieldClass, Purpose, SubmissionState

from usga_assessment.domain.submission.held import Held, ReviewStep
from usga_assessment.domain.submission.judgement import Judgement
from usga_assessment.domain.submission.prepared import ExpectedFile
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
    case: str | None = Field(
        description="The sampled household; null where you may read S3 answers.",
        examples=["s01-p03-07"],
    )
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
    warnings: list[ItemProblem] = Field(
        description="What is doubtful and keeps nothing back, e.g. `calculate-differs`."
    )
    judged_by: str | None = Field(
        description="Version that it was judged by last, when that is another than its own.",
        examples=["2026.2.0"],
    )
    redacted: list[str] = Field(
        description="Where answers were lawfully dropped.", examples=[["/answers/loc"]]
    )

    @classmethod
    def of(
        cls, held: Held, messages: Messages, language: str, *, knows_case: bool
    ) -> "SubmissionView":
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
            case=held.case_id if knows_case else None,
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
            warnings=problem_views(held.warnings, messages, language),
            judged_by=held.judged_by,
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


class VerdictView(BaseModel):
    """One verdict of the rules of a form about the interview."""

    at: datetime
    by: str = Field(
        description="The tablet that sent it, or who had it checked again.",
        examples=["person:018f"],
    )
    instrument: str | None = Field(examples=["hvs"])
    version: str | None = Field(description="The version it was judged by.", examples=["2026.2.0"])
    verdict: Literal["accepted", "quarantined"] = Field(examples=["quarantined"])
    code: str | None = Field(description="The rule against it.", examples=["invalid-answers"])
    problems: list[ItemProblem]
    warnings: list[ItemProblem]

    @classmethod
    def of(cls, given: Judgement, messages: Messages, language: str) -> "VerdictView":
        """The view of a verdict, in the caller's language."""
        return cls(
            at=given.at,
            by=given.actor,
            instrument=given.instrument,
            version=given.version,
            verdict="accepted" if given.accepted else "quarantined",
            code=given.code,
            problems=problem_views(given.problems, messages, language),
            warnings=problem_views(given.warnings, messages, language),
        )


class DifferenceView(BaseModel):
    """A calculation that gave one value on the tablet and another here."""

    pointer: str = Field(examples=["/answers/age_band"])
    sent: str | None = Field(
        description="What the tablet sent, which is kept; null when your roles may not read it.",
        examples=["a1824"],
    )
    computed: str | None = Field(
        description="What the server computes from the same answers; null likewise.",
        examples=["a2534"],
    )


class FileView(BaseModel):
    """A file that an answer names."""

    pointer: str = Field(examples=["/answers/photo_door"])
    field_class: FieldClass
    sha256: Sha256Hex | None = Field(
        description="As the envelope lists it; null: it does not list it."
    )
    size: int | None = Field(description="Bytes.", examples=[184320])
    type: str | None = Field(description="Media type.", examples=["image/jpeg"])

    @classmethod
    def of(cls, file: ExpectedFile) -> "FileView":
        """The view of an awaited file."""
        return cls(
            pointer=file.pointer,
            field_class=file.field_class,
            sha256=file.sha256,
            size=file.size,
            type=file.media_type,
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
    verdicts: list[VerdictView] = Field(description="Every verdict about it, oldest first.")
    differences: list[DifferenceView] = Field(
        description="Both values of each calculation that warns `calculate-differs`."
    )
    files: list[FileView] = Field(
        description="Files that its answers name; names stand in the answers alone."
    )


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


Against = Annotated[
    str | None,
    Field(
        max_length=64,
        pattern=r"^[A-Za-z0-9_.:+-]+$",
        description="Judge by this version of the form; else by each interview's own.",
        examples=["2026.2.0"],
    ),
]


class Revalidation(Body):
    """Ask to check a quarantined interview again."""

    revision: UUID | None = Field(
        None, description="One revision under this id; else what stands."
    )
    against: Against = None


class Revalidations(Body):
    """Ask to check all quarantined interviews again that these words describe."""

    assessment: AssessmentCode
    instrument: str | None = Field(None, max_length=64, examples=["hvs"])
    version: str | None = Field(
        None, max_length=64, description="Made with this version.", examples=["2026.1.0"]
    )
    code: str | None = Field(
        None, max_length=64, description="Held by this rule.", examples=["unknown-instrument"]
    )
    against: Against = None
    limit: int = Field(200, ge=1, le=500, description="Most interviews of one request.")
    cursor: str | None = Field(None, max_length=512, description="`next` of the request before.")


class Revalidated(BaseModel):
    """What became of a page of interviews; repeat with `next` until it is null."""

    checked: int = Field(examples=[200])
    accepted: int = Field(description="No rule holds them back any more.", examples=[188])
    quarantined: int = Field(
        description="They stay in it, or returned to their tablets.", examples=[11]
    )
    unreadable: int = Field(
        description="Their retention has ended; they stay as they were.", examples=[1]
    )
    next: str | None = Field(description="Goes on from here; null: these were the last.")


class Withdrawal(Body):
    """The code on the respondent's card."""

    assessment: AssessmentCode
    code: str = Field(min_length=4, max_length=64, examples=["7KQ4-9XPM"])


class Withdrawn(BaseModel):
    """What a withdrawal did; asking again answers the same."""

    state: SubmissionState = SubmissionState.WITHDRAWN
    interviews: int = Field(description="Interviews with this code.", examples=[1])
