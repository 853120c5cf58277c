"""What signed words say; whether the signature is right only their readers must know."""

import base64
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

Outcomes = Iterator[tuple[str | None, str, str]]
"""Id, digest and state of each line of a batch."""


def payload_of(token: str) -> dict[str, Any]:
    """The content of a compact JWS."""
    return part_of(token.split(".")[1])


def part_of(part: str) -> dict[str, Any]:
    """One part of it."""
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def outcomes_in(payload: dict[str, Any], lines: Iterable[tuple[str | None, str]]) -> Outcomes:
    """What a receipt says of the lines of its batch, given as id and digest."""
    named = {e["id"]: e["state"] for e in payload["exceptions"] if e.get("id")}
    unread = {e["index"]: e["state"] for e in payload["exceptions"] if not e.get("id")}
    for index, (id_, digest) in enumerate(lines):
        yield id_, digest, unread.get(index) or named.get(id_) or payload["state"]
