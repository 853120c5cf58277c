"""What a receipt says is written by hand; here the published model writes the same."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from usga_assessment.domain.sync.digests import batch_digest
from usga_assessment.domain.sync.outcome import Outcome, Received, receipt_content
from usga_shared.wire.sync import (
    ReceiptBatch,
    ReceiptException,
    ReceiptPayload,
    Redaction,
    SequencePicture,
)
from usga_shared.wire.vocabulary import ItemState

AT = datetime(2026, 6, 1, 9, 0, 0, 999_999, tzinfo=UTC)
ISSUER = "https://usga.example.org"
PICTURE = SequencePicture(install=UUID(int=7), contiguous=4, max=9, gaps=[(5, 8)], forks=[3])
STORED = Outcome(UUID(int=1), b"\1" * 32, ItemState.STORED)


def by_the_model(received: Received) -> ReceiptPayload:
    outcomes = received.outcomes
    return ReceiptPayload(
        iss=ISSUER,
        iat=int(AT.timestamp()),
        epoch=received.epoch,
        assessment=received.assessment,
        device=UUID(received.device),
        install=received.picture.install if received.picture else None,
        batch=ReceiptBatch(
            count=len(outcomes), digest=batch_digest((o.id, o.digest, o.state) for o in outcomes)
        ),
        exceptions=[
            ReceiptException(
                id=o.id, index=i if o.id is None else None, state=o.state, code=o.code, head=o.head
            )
            for i, o in enumerate(outcomes)
            if o.state is not ItemState.STORED or o.code
        ],
        sequence=received.picture,
        redacted=[
            Redaction(id=o.id, pointers=list(o.redacted))
            for o in outcomes
            if o.id is not None and o.redacted
        ],
    )


@pytest.mark.parametrize(
    ("outcomes", "picture"),
    [
        ([STORED], PICTURE),
        ([STORED], None),
        ([Outcome(UUID(int=2), b"\2" * 32, ItemState.QUARANTINED, "E-09",
                  redacted=("/answers/s3", "/paradata"))], PICTURE),
        ([STORED, Outcome(None, b"\3" * 32, ItemState.REJECTED, "malformed")], None),
        ([Outcome(UUID(int=4), b"\4" * 32, ItemState.BRANCHED, None, UUID(int=5)),
          Outcome(UUID(int=6), b"\5" * 32, ItemState.DUPLICATE), STORED], PICTURE),
    ],
)  # fmt: skip
def test_a_receipt_reads_as_its_model_P30(
    outcomes: list[Outcome], picture: SequencePicture | None
) -> None:
    received = Received("KE-TEST-2026", str(UUID(int=0xD1)), outcomes, picture, "epoch-1")
    written: dict[str, Any] = orjson.loads(
        orjson.dumps(receipt_content(received, issuer=ISSUER, at=AT))
    )
    model = by_the_model(received).model_dump(mode="json", exclude_none=True)
    assert written == {"install": None, **model}
    assert received.has_exceptions == bool(written["exceptions"])
