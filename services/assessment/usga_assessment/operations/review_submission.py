"""Approve, return or reject an interview; every step stays in its history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from usga_shared.problems import Problem
from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.sampling.dispositions import REJECTED_IN_REVIEW
from usga_assessment.domain.submission.held import Held, ReviewStep
from usga_assessment.domain.submission.review import Decision, Refusal, decide
from usga_assessment.operations.standing import Cases, Journal, chosen, tell_the_sample


class ReviewRefused(Problem):
    """The interview is not in a state for this decision; `reason` says which rule."""

    slug: ClassVar[str] = "review-refused"
    title: ClassVar[str] = "The interview cannot be reviewed like this"
    status: ClassVar[int] = 409

    @classmethod
    def because(cls, reason: Refusal) -> "ReviewRefused":
        """The refusal, in the words of its reason."""
        refusal = cls(reason=reason.value)
        refusal.detail_key = reason.value
        return refusal


class Submissions(Protocol):
    """What reviewing needs of the storage."""

    async def find(self, id_: UUID) -> list[Held]: ...

    async def family(self, held: Held) -> list[Held]: ...

    async def add_review(self, step: ReviewStep) -> None: ...

    async def change(self, pk: UUID, *, feed: int, **values: Any) -> None: ...


async def review_submission(
    submissions: Submissions,
    cases: Cases,
    journal: Journal,
    *,
    id_: UUID,
    revision: UUID | None,
    decision: Decision,
    comment: str,
    actor: str,
    new_id: Callable[[datetime], UUID],
) -> Held:
    """Carry out a decision about what stands under an id, or about one `revision` of it.

    Raises NotFound, ReviewRefused.
    """
    held = chosen(await submissions.find(id_), revision)
    after = decide(held, decision, comment)
    if isinstance(after, Refusal):
        raise ReviewRefused.because(after)
    former = held.former
    if held.state is SubmissionState.BRANCHED and after is SubmissionState.APPROVED:
        former = await _take_the_head(submissions, journal, held)
    await submissions.add_review(
        ReviewStep(
            id=new_id(journal.at),
            revision=held.pk,
            assessment=held.assessment,
            at=journal.at,
            actor=actor,
            from_state=held.state,
            to_state=after,
            comment=comment,
        )
    )
    stands = held.is_head or after is SubmissionState.APPROVED
    await submissions.change(
        held.pk, feed=journal.next_feed(), state=after.value, is_head=stands, former=former
    )
    if stands:
        rejected = after is SubmissionState.REJECTED
        code = REJECTED_IN_REVIEW if rejected else held.disposition
        await tell_the_sample(cases, held, code, at=journal.at)
    details = {"from": held.state.value, "to": after.value}
    await journal.close(actor, "submission.reviewed", str(held.id), details)
    (changed,) = [h for h in await submissions.find(id_) if h.pk == held.pk]
    return changed


async def _take_the_head(
    submissions: Submissions, journal: Journal, held: Held
) -> tuple[UUID, ...]:
    """Put the head aside; the roots under which the interview was announced, for its new head."""
    family = await submissions.family(held)
    for other in family:
        if other.is_head and other.pk != held.pk:
            stood = other.state in {SubmissionState.STORED, SubmissionState.APPROVED}
            is_rival = stood and other.id != held.revises  # what it edits is not beside, but below
            kept = SubmissionState.BRANCHED if is_rival else other.state
            await submissions.change(
                other.pk, feed=journal.next_feed(), state=kept.value, is_head=False
            )
    return tuple(sorted({root for each in family for root in each.former}))
