"""What the server proves to hold, range by range: only that is deleted here (T-3, T-14)."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from usga_tablet.answers import Shape, identifier, listed, record, text
from usga_tablet.outbox import Finalised, Outbox

MOST_ITEMS, MOST_RANGES, MOST_NUMBERS = 5_000, 100, 20_000
"""What one question may hold (P-52)."""

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
Segment = Sequence[Finalised]


def answer_to(query: dict[str, Any]) -> Shape:
    """The shape of an answer to this question: as many ranges as were asked for."""
    fits = record(
        items=listed(record(id=identifier, state=text)), ranges=listed(record(digest=text))
    )
    asked = len(query.get("ranges", ()))
    return lambda value: fits(value) and len(value["ranges"]) == asked


def range_digest(ledger: Sequence[tuple[int, str, str]]) -> str:
    """SHA-256 over a line "<seq> <id> <digest>" for each interview of the range, by seq."""
    lines = "".join(f"{seq} {id_} {digest}\n" for seq, id_, digest in ledger)
    return hashlib.sha256(lines.encode()).hexdigest()


async def absent_of(ask: Ask, held: Segment) -> list[UUID]:
    """Which of these the server does not hold, though it said so once."""
    absent: list[UUID] = []
    for start in range(0, len(held), MOST_ITEMS):
        some = held[start : start + MOST_ITEMS]
        items = [{"id": str(each.id), "digest": each.digest} for each in some]
        answer = await ask({"items": items})
        absent += [UUID(item["id"]) for item in answer["items"] if item["state"] == "absent"]
    return sorted(absent)


async def proven_of(ask: Ask, outbox: Outbox, held: Segment) -> list[UUID]:
    """Those that lie in a range whose digest matches.

    A number that the server holds otherwise (a conflict, a clone's) spoils only its own range: one
    that does not match is asked for again in halves.
    """
    proven: list[UUID] = []
    waiting = [held] if held else []
    while waiting:
        asked = _fitting(waiting)
        del waiting[: len(asked)]
        ranges = [
            {"install": str(outbox.install), "first": each[0].seq, "last": each[-1].seq}
            for each in asked
        ]
        answer = await ask({"ranges": ranges})
        for segment, found in zip(asked, answer["ranges"], strict=True):
            if found["digest"] == range_digest(outbox.ledger(segment[0].seq, segment[-1].seq)):
                proven += [each.id for each in segment]
            elif len(segment) > 1:
                waiting += _halves(segment)
    return proven


def _fitting(waiting: list[Segment]) -> list[Segment]:
    """As many of the first segments as one question may hold; a segment too long is halved."""
    while _span(waiting[0]) > MOST_NUMBERS:
        waiting[:1] = _halves(waiting[0])
    numbers, count = 0, 0
    for segment in waiting[:MOST_RANGES]:
        numbers += _span(segment)
        if numbers > MOST_NUMBERS:
            break
        count += 1
    return waiting[:count]


def _span(segment: Segment) -> int:
    return segment[-1].seq - segment[0].seq + 1


def _halves(segment: Segment) -> list[Segment]:
    cuts = (0, len(segment) // 2, len(segment))
    return [segment[first:last] for first, last in pairwise(cuts)]
