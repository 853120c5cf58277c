"""From verdicts and held revisions to the states that receipts name."""

from usga_shared.wire.vocabulary import ItemState, SubmissionState

from usga_assessment.domain.submission.ledger import Placement, Verdict

_SHOWN = frozenset(
    {SubmissionState.QUARANTINED, SubmissionState.BRANCHED, SubmissionState.CONFLICT}
)


def item_state(placement: Placement) -> ItemState:
    """The state of one pushed item.

    A first push that is invalid is `quarantined`; every later push of the same bytes is a
    `duplicate`, whose code tells where it is still held.
    """
    match placement.verdict:
        case Verdict.STORED | Verdict.BRANCHED if (
            placement.revision.state is SubmissionState.QUARANTINED
        ):
            return ItemState.QUARANTINED
        case verdict:
            return ItemState(verdict.value)


def item_code(placement: Placement) -> str | None:
    """The rule or held state that a receipt adds to the item's state."""
    revision = placement.revision
    if placement.verdict is Verdict.DUPLICATE:
        return revision.state.value if revision.state in _SHOWN else None
    if revision.state is SubmissionState.QUARANTINED:
        return revision.code
    return None
