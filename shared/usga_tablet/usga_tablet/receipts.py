"""Only a signed receipt in our format permits a tablet to believe anything."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from usga_tablet.outbox import Finalised

TYPE = "usga-receipt+jwt"


class ReceiptRefused(Exception):
    """The answer is no receipt of this server for this batch; nothing of it may be believed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server vouches for: a state for each id of the batch."""

    jws: str
    epoch: str
    outcomes: dict[UUID, tuple[str, str | None]]
    contiguous: int
    gaps: list[tuple[int, int]]
    forks: list[int]


def batch_digest(items: Sequence[tuple[str, str, str]]) -> str:
    """SHA-256 over a line "<id> <digest> <state>" for each item, in the order of the batch."""
    lines = "".join(f"{id_} {digest} {state}\n" for id_, digest, state in items)
    return hashlib.sha256(lines.encode()).hexdigest()


def verify(
    token: str, *, keys: dict[str, Any], device: str, batch: Sequence[Finalised]
) -> Receipt:
    """Check signature, addressee and content of a receipt; raises ReceiptRefused."""
    payload = read_receipt(token, keys)
    try:
        return _verified(token, payload, device, batch)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReceiptRefused("it is signed, but no receipt") from error


def _verified(
    token: str, payload: dict[str, Any], device: str, batch: Sequence[Finalised]
) -> Receipt:
    if payload.get("device") != device:
        raise ReceiptRefused("it is another device's receipt")
    default = payload["state"]
    named, unread = _exceptions(payload["exceptions"])
    outcomes: dict[UUID, tuple[str, str | None]] = {}
    bound: list[tuple[str, str, str]] = []
    for index, item in enumerate(batch):
        found = unread.get(index) or named.get(item.id) or (default, None)
        outcomes[item.id] = found
        bound.append(("-" if index in unread else str(item.id), item.digest, found[0]))
    recomputed = batch_digest(bound)
    if payload["batch"] != {"count": len(batch), "digest": recomputed}:
        raise ReceiptRefused("it does not cover this batch")
    sequence = payload.get("sequence") or {"contiguous": 0, "gaps": [], "forks": []}
    return Receipt(
        token,
        payload["epoch"],
        outcomes,
        sequence["contiguous"],
        [(first, last) for first, last in sequence["gaps"]],
        list(sequence["forks"]),
    )


def _exceptions(
    listed: Sequence[dict[str, Any]],
) -> tuple[dict[UUID, tuple[str, str | None]], dict[int, tuple[str, str | None]]]:
    """Outcomes by id, and by position where the server could not read an id."""
    named: dict[UUID, tuple[str, str | None]] = {}
    unread: dict[int, tuple[str, str | None]] = {}
    for exception in listed:
        outcome = (exception["state"], exception.get("code"))
        if exception.get("id") is None:
            unread[exception["index"]] = outcome
        else:
            named[UUID(exception["id"])] = outcome
    return named, unread


def read_receipt(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The content of a receipt that one of these published keys signed; raises ReceiptRefused."""
    return read_word(token, keys, TYPE)


def read_word(token: str, keys: dict[str, Any], type_: str) -> dict[str, Any]:
    """The content of a signed word of this type; raises ReceiptRefused for anything else."""
    try:
        signed = jws.deserialize_compact(
            token.encode(),
            KeySet.import_key_set(cast("KeySetSerialization", keys)),
            algorithms=["ES256"],
        )
        payload = orjson.loads(signed.payload)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptRefused("its signature does not verify") from error
    if signed.protected.get("typ") != type_ or not isinstance(payload, dict):
        raise ReceiptRefused("it is signed, but no receipt")
    return payload
