"""What became of the items of a push, and the receipt that says so."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from usga_shared.wire.sync import (
    ReceiptBatch,
    ReceiptException,
    ReceiptPayload,
    Redaction,
    SequencePicture,
)
from usga_shared.wire.vocabulary import ItemState

from usga_assessment.domain.submission.check import ProblemNote
from usga_assessment.domain.sync.digests import batch_digest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line."""

    id: UUID | None
    digest: bytes
    state: ItemState
    code: str | None = None
    head: UUID | None = None
    problems: tuple[ProblemNote, ...] = ()
    redacted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a push, in the order of its lines."""

    assessment: str
    device: str
    outcomes: list[Outcome]
    picture: SequencePicture | None
    epoch: str


def receipt_payload(received: Received, *, issuer: str, at: datetime) -> ReceiptPayload:
    """What the receipt of a push says: every id, digest and state is bound by it."""
    digest = batch_digest((o.id, o.digest, o.state) for o in received.outcomes)
    return ReceiptPayload(
        iss=issuer,
        iat=int(at.timestamp()),
        epoch=received.epoch,
        assessment=received.assessment,
        device=UUID(received.device),
        install=received.picture.install if received.picture else None,
        batch=ReceiptBatch(count=len(received.outcomes), digest=digest),
        exceptions=[
            ReceiptException(
                id=o.id,
                index=index if o.id is None else None,
                state=o.state,
                code=o.code,
                head=o.head,
            )
            for index, o in enumerate(received.outcomes)
            if o.state is not ItemState.STORED or o.code
        ],
        sequence=received.picture,
        redacted=[
            Redaction(id=o.id, pointers=list(o.redacted))
            for o in received.outcomes
            if o.id is not None and o.redacted
        ],
    )
