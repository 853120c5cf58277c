"""Placing pushed interviews among those held, in one transaction with everything that follows.

Reads what the batch touches, lets the ledger decide, and writes revisions, contents, sequences,
outcomes of cases, the change feed and the audit log with a few statements, however many items.
"""

from collections import Counter as Counted
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from usga_shared.database.direct import Direct
from usga_shared.ids import many_uuid7
from usga_shared.wire.sync import SequencePicture
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.sampling.dispositions import INTERVIEWS
from usga_assessment.domain.submission.ledger import (
    SECOND_INTERVIEW,
    Arrival,
    Ledger,
    Placement,
    Revision,
)
from usga_assessment.domain.submission.prepared import Prepared
from usga_assessment.domain.sync.digests import batch_digest
from usga_assessment.domain.sync.sequence import InstallSequence
from usga_assessment.domain.sync.states import item_state
from usga_assessment.storage import rows
from usga_assessment.storage.audit import AUDIT, AUDIT_NAMES, Note, append
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.counters import Counter, read_counter, save_counter
from usga_assessment.storage.interviewed import interviews_of, sampled

SECOND_S3 = "E-03"
"""Only one person of a household is asked S3 questions."""

Request = tuple[str, str, list[Prepared]]
Result = tuple[list[Placement], dict[str, SequencePicture], str, str]
"""Placements, pictures of installs, the epoch, the digest of the items by P-30."""


class Placing:
    """The work of one ingest transaction."""

    def __init__(self, direct: Direct, now: datetime) -> None:
        self._direct, self._now = direct, now

    async def place(self, requests: Sequence[Request]) -> list[Result]:
        """Store the items of each request; answers in the same order.

        The transaction holds the locks of their assessments.
        """
        bulk = Bulk(self._direct)
        by_assessment: dict[str, list[int]] = defaultdict(list)
        for index, (assessment, _, _) in enumerate(requests):
            by_assessment[assessment].append(index)
        results: dict[int, Result] = {}
        for assessment, indexes in by_assessment.items():
            batch = _Batch(self._direct, bulk, assessment, self._now)
            chosen = [requests[index] for index in indexes]
            results.update(zip(indexes, await batch.run(chosen), strict=True))
        return [results[index] for index in range(len(requests))]


class _Batch:
    """All items of one assessment in this transaction."""

    def __init__(self, direct: Direct, bulk: Bulk, assessment: str, now: datetime) -> None:
        self._direct, self._bulk = direct, bulk
        self._assessment, self._now = assessment, now
        self._ledger = Ledger()
        self._s3_roots: dict[str, set[UUID]] = defaultdict(set)
        self._interviews: dict[tuple[str, str], set[UUID]] = defaultdict(set)
        self._sampled: set[str] = set()
        self._sequences: dict[UUID, InstallSequence] = {}
        self._devices: dict[UUID, str] = {}
        self._bound: dict[UUID, set[str]] = {}
        self._new: list[tuple[Prepared, Placement, str]] = []
        self._pks: Iterator[UUID] = iter(())

    async def run(self, requests: Sequence[Request]) -> list[Result]:
        counter, epoch = await read_counter(self._bulk, self._assessment)
        items = [item for _, _, request_items in requests for item in request_items]
        self._pks = iter(many_uuid7(self._now, len(items)))  # in the order of the batch
        lost = await self._learn(items)
        placements = [
            [self._place(item, device, lost) for item in request_items]
            for _, device, request_items in requests
        ]
        await self._count(requests)
        await self._write(counter)
        notes = [
            _note(device, request_items, placed)
            for (_, device, request_items), placed in zip(requests, placements, strict=True)
        ]
        entries = [append(counter, self._assessment, self._now, note) for note in notes]
        await self._bulk.insert(AUDIT, AUDIT_NAMES, entries)
        await save_counter(self._bulk, self._assessment, counter)
        pictures = {str(i): sequence.picture() for i, sequence in self._sequences.items()}
        return [
            (placed, pictures, epoch, note.details["digest"])
            for placed, note in zip(placements, notes, strict=True)
        ]

    async def _learn(self, items: Sequence[Prepared]) -> set[bytes]:
        """Read what the items touch; answers the withdrawal hashes that are already used up."""
        ids = {item.envelope.id for item in items}
        edits = [item for item in items if item.envelope.revises is not None]
        ids.update(revised for item in edits if (revised := item.envelope.revises))
        self._ledger.learn(await rows.held(self._bulk, self._assessment, ids))
        hashes = {item.withdraw_hash for item in edits if item.withdraw_hash}
        lost = await rows.withdrawn_hashes(self._bulk, self._assessment, hashes)
        installs = {item.envelope.install for item in items}
        self._bound, known = await rows.installs(self._bulk, self._assessment, installs)
        self._sequences = {install: InstallSequence(install) for install in installs}
        self._sequences.update((sequence.install, sequence) for sequence in known)
        of_cases = [item for item in items if item.envelope.case is not None]
        cases = {item.envelope.case for item in of_cases if item.has_s3 and item.envelope.case}
        for case, root in await rows.s3_roots(self._bulk, self._assessment, cases):
            self._s3_roots[case].add(root)
        await self._learn_interviews([c for item in of_cases if (c := _interviewed(item))])
        return lost

    async def _learn_interviews(self, cases: Sequence[str]) -> None:
        """Which of these cases have an interview; few have, and only those are looked up."""
        found = await interviews_of(self._bulk, self._assessment, set(cases))
        for case, instrument, root in found:
            self._interviews[case, instrument].add(root)
        doubtful = {case for case, _, _ in found}
        doubtful |= {case for case, times in Counted(cases).items() if times > 1}
        self._sampled = await sampled(self._bulk, self._assessment, doubtful)

    def _place(self, item: Prepared, device: str, lost: set[bytes]) -> Placement:
        envelope = item.envelope
        code = item.code
        if code is None and envelope.case is not None:
            code = self._second_s3(item) or self._second_interview(item)
        arrival = Arrival(
            next(self._pks),
            envelope.id,
            envelope.digest,
            envelope.revises,
            code,
            item.withdraw_hash in lost,
            envelope.install,
            self._is_foreign(envelope.install, device),
        )
        placement = self._ledger.place(arrival)
        if placement.revision.pk is arrival.pk:  # else it is held by another row
            self._new.append((item, placement, device))
            if envelope.case is not None:
                self._note_case(item, placement.revision, envelope.case)
        return placement

    def _note_case(self, item: Prepared, revision: Revision, case: str) -> None:
        """Let those that follow know what the case gave."""
        first = item.has_s3 and revision.version == 0 and revision.code != SECOND_S3
        if first and item.envelope.purpose is Purpose.PRODUCTION:
            self._s3_roots[case].add(revision.root)
        stands = revision.state is SubmissionState.STORED and revision.is_head
        if stands and _interviewed(item) is not None:
            self._interviews[case, item.envelope.instrument].add(revision.root)

    def _is_foreign(self, install: UUID, device: str) -> bool:
        """Whether an install was enrolled, and by other devices only."""
        bound = self._bound.get(install)
        return bound is not None and device not in bound

    def _second_s3(self, item: Prepared) -> str | None:
        """E-03: somebody else of this household was asked S3 questions before."""
        envelope = item.envelope
        if not (item.has_s3 and envelope.case) or envelope.purpose is not Purpose.PRODUCTION:
            return None
        return SECOND_S3 if self._s3_roots[envelope.case] - self._own(item) else None

    def _second_interview(self, item: Prepared) -> str | None:
        """Another interview stands for this case of the sample, with the same form."""
        case = _interviewed(item)
        if case is None or case not in self._sampled:
            return None
        others = self._interviews[case, item.envelope.instrument] - self._own(item)
        return SECOND_INTERVIEW if others else None

    def _own(self, item: Prepared) -> set[UUID | None]:
        """Roots under which this very interview may be held already."""
        envelope = item.envelope
        parent = self._ledger.standing.get(envelope.revises) if envelope.revises else None
        own = {envelope.id, envelope.revises, parent.root if parent else None}
        stored = self._ledger.standing.get(envelope.id)
        if stored is not None:
            own.add(stored.root)
        return own

    async def _count(self, requests: Sequence[Request]) -> None:
        """Take the new numbers into the installs' sequences; a number used twice is a fork."""
        for _, device, request_items in requests:
            installs = {item.envelope.install for item in request_items}
            self._devices.update((i, device) for i in installs if not self._is_foreign(i, device))
        for install, seq in await rows.used_by_others(
            self._bulk, self._assessment, self._number()
        ):
            self._sequences[install].add_fork(seq)

    def _number(self) -> list[tuple[UUID, int, UUID]]:
        """Add the new numbers; answers those that were held already, perhaps by another id."""
        taken: dict[UUID, dict[int, UUID]] = defaultdict(dict)
        doubtful: list[tuple[UUID, int, UUID]] = []
        for item, placement, _ in self._new:
            if placement.revision.version:
                continue  # another content under an id that has its number already
            envelope = item.envelope
            seq, sequence = envelope.seq, self._sequences[envelope.install]
            owner = taken[envelope.install].setdefault(seq, envelope.id)
            if owner is not envelope.id and owner != envelope.id:
                sequence.add_fork(seq)
            elif sequence.ranges and sequence.holds(seq):
                doubtful.append((envelope.install, seq, envelope.id))
        for install, seqs in taken.items():
            self._sequences[install].add(seqs)
        return doubtful

    async def _write(self, counter: Counter) -> None:
        await rows.insert_revisions(
            self._bulk,
            [
                (item, placement.revision, device, counter.next_feed())
                for item, placement, device in self._new
            ],
            self._assessment,
            self._now,
        )
        kept = [
            (placement.revision.pk, item.content)
            for item, placement, _ in self._new
            if not placement.revision.is_withdrawn
        ]
        await rows.insert_contents(self._bulk, kept)
        await rows.insert_files(
            self._bulk,
            [
                (placement.revision.pk, item.files)
                for item, placement, _ in self._new
                if item.files and not placement.revision.is_withdrawn
            ],
        )
        changed = self._ledger.changed()
        await rows.update_revisions(
            self._bulk, [(revision, counter.next_feed()) for revision in changed]
        )
        withdrawn = [revision.pk for revision in changed if revision.is_withdrawn]
        if withdrawn:
            self._direct.forgets = True
            await rows.delete_contents(self._bulk, withdrawn)
        touched = {i.envelope.install for i, p, _ in self._new if not p.revision.version}
        await rows.save_sequences(
            self._bulk,
            self._assessment,
            [(self._sequences[i], self._devices[i]) for i in touched],
            self._now,
        )
        await rows.record_outcomes(self._bulk, self._assessment, self._outcomes(), self._now)

    def _outcomes(self) -> list[tuple[str, str, int | None]]:
        """What the interviews that now stand say of their cases."""
        found = {
            item.envelope.case: (item.envelope.case, item.disposition, item.n_eligible)
            for item, placement, _ in self._new
            if item.envelope.case is not None
            and item.disposition is not None
            and item.envelope.purpose is Purpose.PRODUCTION
            and placement.revision.is_head
            and placement.revision.state is SubmissionState.STORED
        }
        return list(found.values())


def _interviewed(item: Prepared) -> str | None:
    """The case that a production interview completes; None for anything else."""
    envelope = item.envelope
    if envelope.purpose is not Purpose.PRODUCTION or item.disposition not in INTERVIEWS:
        return None
    return envelope.case


def _note(device: str, items: Sequence[Prepared], placed: Iterable[Placement]) -> Note:
    """One entry for the whole batch: how many, which digest, how many of each verdict."""
    states = [item_state(p) for p in placed]
    counts: dict[str, int] = {}
    for state in states:
        counts[state.value] = counts.get(state.value, 0) + 1
    redacted = sum(1 for item in items if item.redacted)
    details: dict[str, Any] = {
        "count": len(items),
        "states": counts,
        "digest": batch_digest(
            (item.envelope.name, item.envelope.digest, state)
            for item, state in zip(items, states, strict=True)
        ),
    }
    if redacted:
        details["redacted"] = redacted
    return Note(f"device:{device}", "submissions.received", "", details)
