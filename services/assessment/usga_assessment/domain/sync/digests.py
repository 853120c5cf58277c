"""Digests that both sides compute (protocol P-30 to P-32); test vectors stand in the protocol."""

import hashlib
from collections.abc import Iterable
from uuid import UUID


def batch_digest(items: Iterable[tuple[UUID | str | None, bytes, str]]) -> str:
    r"""SHA-256 over "<id> <digest> <state>\n" for each item, in the order of the batch.

    An item whose id could not be read stands as "-".
    """
    lines = (f"{id_ or '-'} {digest.hex()} {state}\n" for id_, digest, state in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def range_digest(items: Iterable[tuple[int, UUID, bytes]]) -> str:
    r"""SHA-256 over "<seq> <id> <digest>\n" for each held interview, by seq, then id."""
    ordered = sorted(items, key=lambda item: (item[0], item[1].hex))
    lines = (f"{seq} {id_} {digest.hex()}\n" for seq, id_, digest in ordered)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
