"""At a hub: check a push in memory, keep it sealed to the centre, and say so (H-10 to H-14)."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import zstandard
from usga_shared.ids import uuid7
from usga_shared.problems import ErrorItem, InvalidRequest, Problem
from usga_shared.wire.hub import Named

from usga_assessment.domain.hub.hub import Parcel
from usga_assessment.domain.hub.parcel import Label, seal_parcel
from usga_assessment.domain.hub.words import hub_receipt
from usga_assessment.domain.submission.check import ProblemNote, open_and_check
from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.prepared import Rejected
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.receive_submissions import read_lines, split_lines
from usga_assessment.storage.hub.hold import Hold

_PROOF = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_AT_ONCE = 32
"""Interviews that are checked before others get their turn on the event loop."""
_CODINGS = {"": "identity", "x-gzip": "gzip"}


class HubFull(Problem):
    """The hub holds as much for the centre as it may; nothing of this push or file was kept."""

    slug = "hub-full"
    title = "The hub is full"
    status = 507


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a hub noticed about a line; the centre judges it."""

    index: int
    id: UUID | None
    code: str
    problems: tuple[ProblemNote, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a hub says of a push."""

    receipt: str
    noticed: list[Noticed]
    listing: dict[UUID, list[dict[str, Any]]]
    """The files that the envelopes list, by interview."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A push as it came: the bytes sent, their coding, what they are decoded, and the proof."""

    sent: bytes
    coding: str
    body: bytes
    proof: str


async def take_push(desk: HubDesk, pushed: Pushed, *, assessment: str, device: UUID) -> Taken:
    """Keep a push durably; answers the hub's receipt and what was noticed.

    Raises InvalidRequest without a proof, Unavailable before the hub knows the centre's key,
    HubFull, and what a push to the centre raises for its body.
    """
    if not _PROOF.match(pushed.proof):
        raise InvalidRequest(
            errors=[ErrorItem("/headers/usga-proof", "proof", "It is no proof of a tablet.")]
        )
    told, life = desk.told, desk.life
    items = read_lines(split_lines(pushed.body, most=desk.settings.sync_batch_items), assessment)
    named = [(item.id, item.digest.hex()) for item in items]
    envelopes = [item for item in items if isinstance(item, Envelope)]
    noticed = await _check(desk, items, assessment)
    if envelopes:
        await _keep(desk, pushed, named, envelopes, assessment=assessment, device=device)
    rejected = {i: item.code for i, item in enumerate(items) if isinstance(item, Rejected)}
    at = int(desk.clock.now().timestamp())
    receipt = hub_receipt(told.hub, life, device, named, rejected, at, desk.key)
    listing = {e.id: e.document["attachments"] for e in envelopes if e.document.get("attachments")}
    return Taken(receipt, noticed, listing)


async def _keep(
    desk: HubDesk,
    pushed: Pushed,
    named: list[Named],
    envelopes: Sequence[Envelope],
    *,
    assessment: str,
    device: UUID,
) -> None:
    lines = [(envelope.id, envelope.digest) for envelope in envelopes]
    coding, content = await asyncio.to_thread(_compressed, pushed)
    now = desk.clock.now()
    async with desk.database.write() as session:
        hold = Hold(session)
        if await hold.has(device, lines, pushed.proof):
            return  # the same bytes, once more: they are under way or receipted already
        if await hold.waiting_bytes() + len(content) > desk.settings.hub_max_bytes:
            raise HubFull
        told = desk.told  # here, where no other number can be told meanwhile
        label = Label(
            hub=told.hub,
            parcel=uuid7(now),
            assessment=assessment,
            device=device,
            coding=coding,
            key=told.sealing.id,
            proof=pushed.proof,
        )
        parcel = Parcel(
            id=label.parcel,
            device=device,
            assessment=assessment,
            coding=coding,
            key=label.key,
            proof=pushed.proof,
            sealed=seal_parcel(content, label, told.sealing),
            items=named,
            received_at=now,
        )
        await hold.add(parcel, lines)


def _compressed(pushed: Pushed) -> tuple[str, bytes]:
    """As it was sent; only what was sent plain is compressed for the way to the centre."""
    coding = _CODINGS.get(pushed.coding, pushed.coding)
    if coding != "identity":
        return coding, pushed.sent
    return "zstd", zstandard.ZstdCompressor(level=12).compress(pushed.body)


async def _check(
    desk: HubDesk, items: Sequence[Envelope | Rejected], assessment: str
) -> list[Noticed]:
    """What the form says, where the hub has it: a hint for the interviewer, kept nowhere."""
    names = {(e.instrument, e.version) for e in items if isinstance(e, Envelope)}
    intake = await desk.forms.intake(assessment, names)
    noticed: list[Noticed] = []
    for index, item in enumerate(items):
        if isinstance(item, Rejected):
            note = ProblemNote(item.pointer, item.code)
            noticed.append(Noticed(index, item.id, item.code, (note,)))
            continue
        if index % _AT_ONCE == 0:
            await asyncio.sleep(0)
        form = intake.forms.get((item.instrument, item.version))
        if form is None:
            continue
        _, checked, _ = open_and_check(
            item, form, age_floor=intake.age_floor, collecting=intake.collecting
        )
        if checked.code is not None:
            noticed.append(Noticed(index, item.id, checked.code, checked.problems))
    return noticed
