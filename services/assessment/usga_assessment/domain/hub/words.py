"""Signed words of hubs and about them: certificates and hub receipts (compact JWS, ES256)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from usga_shared.wire.hub import (
    HubCertificate,
    HubException,
    HubFilePayload,
    HubReceiptPayload,
    Named,
)
from usga_shared.wire.sync import ReceiptBatch, ReceiptPayload
from usga_shared.wire.vocabulary import ItemState

from usga_assessment.domain.attachments.proof import TYPE as FILES
from usga_assessment.domain.hub.hub import Cargo
from usga_assessment.domain.sync.digests import batch_digest
from usga_assessment.domain.sync.receipt import (
    NotAReceipt,
    ReceiptKey,
    sign_content,
    verify,
    verify_content,
)

CERTIFICATE, HUB_RECEIPT = "usga-hub+jwt", "usga-hub-receipt+jwt"
HUB_FILE = "usga-hub-file+jwt"
CARRIED, REJECTED = "carried", "rejected"
_JWK = ("kty", "crv", "x", "y")


class NotThisBatch(Exception):
    """A receipt that verifies, but does not cover the batch that it is said to cover."""


def public_jwk(key: ReceiptKey) -> dict[str, str]:
    """The public half of a hub's key, as it is enrolled with."""
    jwk = key.public_jwk()
    return {name: str(jwk[name]) for name in (*_JWK, "kid", "use", "alg")}


def certify(content: HubCertificate, key: ReceiptKey) -> str:
    """The centre vouches for a hub's key, with the key that signs receipts."""
    return sign_content(content.model_dump(mode="json"), CERTIFICATE, key)


def hub_receipt(  # noqa: PLR0917 - what a receipt says
    hub: UUID,
    epoch: str,
    device: UUID,
    items: Sequence[Named],
    rejected: dict[int, str],
    at: int,
    key: ReceiptKey,
) -> str:
    """A hub's receipt: it has the lines of this batch and will carry them; no more than that."""
    payload = HubReceiptPayload(
        hub=hub,
        iat=at,
        epoch=epoch,
        device=device,
        batch=ReceiptBatch(count=len(items), digest=_batch_digest(items, rejected)),
        exceptions=[
            HubException(
                id=items[index][0],
                index=index if items[index][0] is None else None,
                state=REJECTED,
                code=code,
            )
            for index, code in sorted(rejected.items())
        ],
    )
    return sign_content(payload.model_dump(mode="json", exclude_none=True), HUB_RECEIPT, key)


def hub_file_word(cargo: Cargo, epoch: str, at: int, key: ReceiptKey) -> str:
    """A hub's word that a file of a tablet came whole, and that it carries it: no more than that.

    It names the file by its tablet's proof, which tells nobody else anything.
    """
    payload = HubFilePayload(
        hub=cargo.hub, iat=at, epoch=epoch, device=cargo.device, proof=cargo.proof, size=cargo.size
    )
    return sign_content(payload.model_dump(mode="json"), HUB_FILE, key)


def _batch_digest(items: Sequence[Named], rejected: dict[int, str]) -> str:
    return batch_digest(
        (id_, bytes.fromhex(digest), REJECTED if index in rejected else CARRIED)
        for index, (id_, digest) in enumerate(items)
    )


def read_central(
    receipt: str, keys: dict[str, Any], *, device: UUID, items: Sequence[Named]
) -> ReceiptPayload:
    """A central receipt that covers this batch of this device.

    Raises NotAReceipt when no key of the centre signed it, NotThisBatch for another's.
    """
    payload = verify(receipt, keys)
    states = _states(payload, items)
    bound = batch_digest(
        (id_, bytes.fromhex(digest), state)
        for (id_, digest), state in zip(items, states, strict=True)
    )
    ids = [id_ for id_, _ in items if id_ is not None]
    if len(set(ids)) < len(ids):  # exceptions cannot tell two contents of one id apart
        bound = payload.batch.digest
    if payload.device != device or payload.batch != ReceiptBatch(count=len(items), digest=bound):
        raise NotThisBatch
    return payload


def read_files(receipt: str, keys: dict[str, Any], *, device: UUID, file: UUID) -> None:
    """The centre's word that it keeps this file of this device.

    Raises NotAReceipt when no key of the centre signed it, NotThisBatch for another's.
    """
    said = verify_content(receipt, FILES, keys)
    if said.get("device") != str(device) or said.get("carried") != str(file):
        raise NotThisBatch
    if not said.get("files"):
        raise NotThisBatch


def _states(payload: ReceiptPayload, items: Sequence[Named]) -> Iterable[ItemState]:
    named = {e.id: e.state for e in payload.exceptions if e.id is not None}
    unread = {e.index: e.state for e in payload.exceptions if e.id is None}
    for index, (id_, _) in enumerate(items):
        if id_ is None:
            yield unread.get(index, payload.state)
        else:
            yield named.get(id_, payload.state)


__all__ = [
    "CERTIFICATE", "HUB_FILE", "HUB_RECEIPT", "NotAReceipt", "NotThisBatch", "certify",
    "hub_file_word", "hub_receipt",
    "public_jwk", "read_central", "read_files",
]  # fmt: skip
