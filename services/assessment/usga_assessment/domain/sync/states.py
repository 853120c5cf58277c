"""From verdicts and held revisions to the states that receipts name."""

from usga_shared.wire.vocabulary import ItemState, SubmissionState

from usga_assessment.domain.submission.ledger import Placement, Verdict

_SHOWN = frozenset(
    {SubmissionState.QUARANTINED, SubmissionState.BRANCHED, SubmissionState.CONFLICT}
)
_FIRST = frozenset({Verdict.STORED, Verdict.BRANCHED})
_STATES = {verdict: ItemState(verdict.value) for verdict in Verdict}


def item_state(placement: Placement) -> ItemState:
    """The state of one pushed item.

    A first push that is invalid is `quarantined`; every later push of the same bytes is a
    `duplicate`, whose code tells where it is still held.
    """
    if placement.revision.state is SubmissionState.QUARANTINED and placement.verdict in _FIRST:
        return ItemState.QUARANTINED
    return _STATES[placement.verdict]


def item_code(placement: Placement) -> str | None:
    """The rule or held state that a receipt adds to the item's state."""
    revision = placement.revision
    if placement.verdict is Verdict.DUPLICATE:
        return revision.state.value if revision.state in _SHOWN else None
    if revision.state is SubmissionState.QUARANTINED:
        return revision.code
    return None
