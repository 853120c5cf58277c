"""Take in a push: read, check, seal, store, and say in a receipt what became of each item."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from usga_shared.http.bodies import loads_strict
from usga_shared.problems import MalformedBody, Problem
from usga_shared.wire.vocabulary import ItemState, SubmissionState

from usga_assessment.domain.submission.check import Checked, Form, ProblemNote, open_and_check
from usga_assessment.domain.submission.envelope import (
    Envelope,
    NoEnvelope,
    digest_of,
    read_envelope,
)
from usga_assessment.domain.submission.ledger import Placement, Verdict
from usga_assessment.domain.submission.prepared import Prepared, Rejected, Sealer
from usga_assessment.domain.sync.outcome import Outcome, Received
from usga_assessment.domain.sync.states import item_code, item_state
from usga_assessment.storage.forms import FormName, Intake
from usga_assessment.storage.ingest import Committed, Push

MALFORMED = "malformed"
WRONG_ASSESSMENT = "wrong-assessment"
_AT_ONCE = 32
"""Interviews that are checked before others get their turn on the event loop."""
_WHITE = b" \t\r"
"""What JSON calls white space, but for the newline."""


class BatchTooLong(Problem):
    """A push of more interviews than one batch takes; `limit` and `fits` say how many."""

    slug = "batch-too-long"
    title = "There are too many interviews in one batch"
    status = 413


class Forms(Protocol):
    """What checking needs of the storage."""

    async def intake(
        self, assessment: str, wanted: Iterable[FormName], *, fresh: bool = False
    ) -> Intake:
        """The state of an assessment, and the forms among `wanted` that it has."""
        ...


class Writer(Protocol):
    """What storing needs of the storage."""

    async def store(self, push: Push) -> Committed:
        """Make the items durable; returns after the commit."""
        ...


def split_lines(body: bytes, *, most: int) -> list[bytes]:
    """The lines of an NDJSON body, byte for byte as they were sent (protocol P-3, P-4, P-6).

    Raises MalformedBody for an empty body or one that was cut inside its last line,
    BatchTooLong for more than `most` lines.
    """
    lines = body.split(b"\n")
    last = lines.pop()
    if last.strip(_WHITE):
        loads_strict(last)  # the beginning of an object is never an object: a cut raises
        lines.append(last)
    lines = [line for line in lines if line.strip(_WHITE)]
    if not lines:
        raise MalformedBody
    if len(lines) > most:
        raise BatchTooLong(limit=most, fits=most)
    return lines


def read_lines(lines: Sequence[bytes], assessment: str) -> list[Envelope | Rejected]:
    """Each line as an envelope of this assessment, or why it is none.

    Raises MalformedBody when not one line is JSON: then the body is not what it claims to be.
    """
    items = [_read(line, assessment) for line in lines]
    if all(isinstance(item, Rejected) and item.code == MALFORMED for item in items):
        raise MalformedBody
    return items


def _read(line: bytes, assessment: str) -> Envelope | Rejected:
    try:
        envelope = read_envelope(line)
    except NoEnvelope as error:
        return Rejected(error.id, digest_of(line), error.code, error.pointer)
    if envelope.assessment != assessment:
        return Rejected(envelope.id, envelope.digest, WRONG_ASSESSMENT, "/assessment")
    return envelope


async def receive_submissions(
    items: Sequence[Envelope | Rejected],
    *,
    assessment: str,
    device: str,
    forms: Forms,
    sealer: Sealer,
    writer: Writer,
    epoch: Callable[[], Awaitable[str]],
    aside: str | None = None,
) -> Received:
    """Check, seal and store what was read; nothing is answered before the commit.

    `aside` is a code under which everything is quarantined that is not for another reason.
    """
    envelopes = [item for item in items if isinstance(item, Envelope)]
    prepared = await _prepare(envelopes, assessment, forms, sealer)
    if aside is not None:
        prepared = [replace(each, code=each.code or aside) for each in prepared]
    if prepared:
        done = await writer.store(Push(assessment, device, prepared))
    else:
        done = Committed([], {}, await epoch())
    stored = iter(zip(prepared, done.placements, strict=True))
    outcomes = [
        _rejected(item) if isinstance(item, Rejected) else _outcome(*next(stored))
        for item in items
    ]
    installs = {str(envelope.install) for envelope in envelopes}
    picture = done.pictures.get(installs.pop()) if len(installs) == 1 else None
    digest = done.digest if len(prepared) == len(items) else None
    return Received(assessment, device, outcomes, picture, done.epoch, digest)


async def _prepare(
    envelopes: Sequence[Envelope], assessment: str, forms: Forms, sealer: Sealer
) -> list[Prepared]:
    if not envelopes:
        return []
    names = {(e.instrument, e.version) for e in envelopes}
    intake = await forms.intake(assessment, names)
    newest: Intake | None = None
    prepared: list[Prepared] = []
    for index, envelope in enumerate(envelopes, 1):
        read, checked, form = _check(envelope, newest or intake)
        if checked.code is not None and newest is None:
            # Before anything goes to quarantine: perhaps a form or a list has just arrived.
            newest = await forms.intake(assessment, names, fresh=True)
            read, checked, form = _check(envelope, newest)
        prepared.append(sealer.prepare(read, checked, form))
        if index % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return prepared


def _check(envelope: Envelope, intake: Intake) -> tuple[Envelope, Checked, Form | None]:
    form = intake.forms.get((envelope.instrument, envelope.version))
    return open_and_check(envelope, form, age_floor=intake.age_floor, collecting=intake.collecting)


def _rejected(item: Rejected) -> Outcome:
    note = ProblemNote(item.pointer, item.code)
    return Outcome(item.id, item.digest, ItemState.REJECTED, item.code, problems=(note,))


def _outcome(item: Prepared, placement: Placement) -> Outcome:
    revision, envelope = placement.revision, item.envelope
    if placement.verdict is Verdict.STORED and revision.state is SubmissionState.STORED:
        return Outcome(
            envelope.id, envelope.digest, ItemState.STORED, None, placement.head, item.problems,
            item.redacted,
        )  # fmt: skip
    state = item_state(placement)
    code = item_code(placement)
    problems = item.problems if state is not ItemState.WITHDRAWN else ()
    if state is ItemState.QUARANTINED and code and not problems:  # found among those held
        problems = (ProblemNote("", code),)
    return Outcome(
        envelope.id,
        envelope.digest,
        state,
        code,
        placement.head,
        problems,
        item.redacted if state is not ItemState.WITHDRAWN else (),
    )
