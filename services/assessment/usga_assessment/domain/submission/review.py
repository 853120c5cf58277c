"""Review of interviews: which decision is possible in which state, and what it makes."""

from enum import StrEnum

from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.submission.held import Held


class Decision(StrEnum):
    """What a supervisor decides about an interview."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


_MAKES = {
    Decision.APPROVE: SubmissionState.APPROVED,
    Decision.RETURN: SubmissionState.RETURNED,
    Decision.REJECT: SubmissionState.REJECTED,
}


class Refusal(StrEnum):
    """Why a decision is not possible."""

    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    STILL_INVALID = "still-invalid"
    ASIDE = "kept-aside"
    ALREADY = "already-decided"
    NEEDS_COMMENT = "needs-comment"


def decide(held: Held, decision: Decision, comment: str) -> SubmissionState | Refusal:
    """The state after a decision, or why there is none.

    A branch may be approved (it then stands in the place of the head) or rejected; a conflicting
    content only rejected: to adopt it, the tablet sends it as an edit. A quarantined interview is
    approved by nobody, also after it was returned or rejected: it is checked again, edited, or
    rejected; what another device sent in an install's name is only rejected.
    """
    made = _MAKES[decision]
    refusal = _refusal(held, decision)
    if refusal is not None:
        return refusal
    if held.state is made:
        return Refusal.ALREADY
    if decision is not Decision.APPROVE and not comment.strip():
        return Refusal.NEEDS_COMMENT
    return made


def _refusal(held: Held, decision: Decision) -> Refusal | None:
    match held.state:
        case SubmissionState.WITHDRAWN:
            return Refusal.WITHDRAWN
        case SubmissionState.CONFLICT | SubmissionState.QUARANTINED if held.version:
            return None if decision is Decision.REJECT else Refusal.ASIDE
        case SubmissionState.BRANCHED:
            return Refusal.ASIDE if decision is Decision.RETURN else None
        case _ if not held.is_head and held.state is not SubmissionState.QUARANTINED:
            return Refusal.SUPERSEDED
        case _ if decision is Decision.APPROVE and held.code is not None:
            return Refusal.STILL_INVALID  # its rule stays, in whatever state it is by now
    return None
