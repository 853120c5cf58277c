"""The bulk statements of the ingest: what is read and written for a whole batch at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.sealing.box import SealedClass
from usga_assessment.domain.sealing.content import Content
from usga_assessment.domain.submission.check import ProblemNote
from usga_assessment.domain.submission.ledger import Revision
from usga_assessment.domain.submission.prepared import ExpectedFile, Prepared
from usga_assessment.domain.sync.sequence import InstallSequence
from usga_assessment.storage.bulk import Bulk, read_uuid
from usga_assessment.storage.tables import metadata

REVISION: Table = metadata.tables["submission_revision"]
CONTENT: Table = metadata.tables["submission_content"]
SEQUENCE: Table = metadata.tables["install_sequence"]
CASE: Table = metadata.tables["sample_case"]
FILE: Table = metadata.tables["expected_file"]
VERDICT: Table = metadata.tables["submission_verdict"]

_HELD = "pk, id, digest, root, revises, state, is_head, install, version, code, former"
REVISION_NAMES = (
    "pk", "id", "version", "digest", "root", "revises", "assessment", "device", "install", "seq",
    "instrument", "instrument_version", "purpose", "case_id", "started_at", "ended_at",
    "language", "received_at", "state", "is_head", "code", "problems", "redacted", "has_s3",
    "disposition", "n_eligible", "withdraw_hash", "former", "feed", "warnings",
)  # fmt: skip
_FILE_NAMES = (
    "revision", "position", "pointer", "field_class", "name_mac", "sha256", "size", "media_type",
)  # fmt: skip
_WORDS: dict[str, str] = {word: word.value for kind in (Purpose, SubmissionState) for word in kind}
"""The texts of words: asking an enumeration for them takes longer."""
_PARTS = (SealedClass.IDENTIFIER, SealedClass.LOCATION, SealedClass.TEXT, SealedClass.S3)
CONTENT_NAMES = ("pk", "wrapped_key", "raw", "open", *(part.value for part in _PARTS))


async def held(bulk: Bulk, assessment: str, ids: Iterable[UUID]) -> list[Revision]:
    """Every revision under one of these ids, or whose root is one of them."""
    wanted = {*ids}
    same, parameter = bulk.any_of("id", wanted, 2)
    below, _ = bulk.any_of("root", wanted, 2)
    here = f"{bulk.unindexed('assessment')} = {bulk.mark(1)}"
    below = (
        f"SELECT {_HELD} FROM submission_revision WHERE {here} AND revises IS NOT NULL AND {below}"  # noqa: S608
    )
    found = await bulk.fetch(
        f"SELECT {_HELD} FROM submission_revision WHERE {here} AND {same} UNION ALL {below}",  # noqa: S608
        (assessment, parameter, assessment, parameter)
        if bulk.is_sqlite
        else (assessment, parameter),
    )
    revisions = {r.pk: r for r in map(_revision, found)}
    roots = {r.root for r in revisions.values()} - wanted
    if roots:  # an edit: the others of its family
        _, parameter = bulk.any_of("root", roots, 2)
        found = await bulk.fetch(below, (assessment, parameter))
        revisions.update((r.pk, r) for r in map(_revision, found))
    return sorted(revisions.values(), key=lambda r: r.pk)


def _revision(row: Any) -> Revision:
    return Revision(
        read_uuid(row[0]), read_uuid(row[1]), bytes(row[2]), read_uuid(row[3]),
        None if row[4] is None else read_uuid(row[4]), SubmissionState(row[5]), bool(row[6]),
        read_uuid(row[7]), row[8], row[9],
        tuple(UUID(root) for root in orjson.loads(row[10])) if row[10] else (),
    )  # fmt: skip


async def withdrawn_hashes(bulk: Bulk, assessment: str, hashes: Iterable[bytes]) -> set[bytes]:
    """Which of these withdrawal codes were already used."""
    used: set[bytes] = set()
    for withdraw_hash in {*hashes}:  # rare: only edits that name a code
        found = await bulk.fetch(
            f"SELECT 1 FROM submission_revision WHERE withdraw_hash = {bulk.mark(1)} "  # noqa: S608
            f"AND {bulk.unindexed('assessment')} = {bulk.mark(2)} AND state = 'withdrawn' LIMIT 1",
            (withdraw_hash, assessment),
        )
        if found:
            used.add(withdraw_hash)
    return used


async def installs(
    bulk: Bulk, assessment: str, wanted: Iterable[UUID]
) -> tuple[dict[UUID, set[str]], list[InstallSequence]]:
    """The devices of each of these installs, revoked ones too, and what is held of the installs.

    There are no devices of an install of nobody.
    """
    same, parameter = bulk.any_of("install", list(wanted), 2)
    here = f"assessment = {bulk.mark(1)} AND {same}"
    of_install = f"{bulk.unindexed('assessment')} = {bulk.mark(1)} AND {same}"
    found = await bulk.fetch(
        f"SELECT install, id, NULL, NULL FROM device WHERE {of_install} "  # noqa: S608
        f"UNION ALL SELECT install, NULL, ranges, forks FROM install_sequence WHERE {here}",
        (assessment, parameter, assessment, parameter)
        if bulk.is_sqlite
        else (assessment, parameter),
    )
    bound: dict[UUID, set[str]] = {}
    held: list[InstallSequence] = []
    for install, device, ranges, forks in found:
        if device is None:
            held.append(_sequence(install, ranges, forks))
        else:
            bound.setdefault(read_uuid(install), set()).add(str(read_uuid(device)))
    return bound, held


async def s3_roots(bulk: Bulk, assessment: str, cases: Iterable[str]) -> list[tuple[str, UUID]]:
    """The interviews of these cases that hold S3 answers, but for those that came second."""
    wanted = list(cases)
    if not wanted:
        return []
    same, parameter = bulk.any_of("case_id", wanted, 2)
    found = await bulk.fetch(
        f"SELECT case_id, root FROM submission_revision WHERE assessment = {bulk.mark(1)} "  # noqa: S608
        f"AND has_s3 AND {same} AND purpose = 'production' AND version = 0 "
        "AND state NOT IN ('rejected', 'withdrawn') AND (code IS NULL OR code <> 'E-03')",
        (assessment, parameter),
    )
    return [(row[0], read_uuid(row[1])) for row in found]


async def sequences(
    bulk: Bulk, assessment: str, installs: Iterable[UUID]
) -> list[InstallSequence]:
    """What is held of these installs."""
    same, parameter = bulk.any_of("install", list(installs), 2)
    found = await bulk.fetch(
        "SELECT install, ranges, forks FROM install_sequence "  # noqa: S608
        f"WHERE assessment = {bulk.mark(1)} AND {same}",
        (assessment, parameter),
    )
    return [_sequence(*row) for row in found]


def _sequence(install: Any, ranges: str, forks: str) -> InstallSequence:
    return InstallSequence(
        read_uuid(install),
        [(first, last) for first, last in orjson.loads(ranges)],
        orjson.loads(forks),
    )


async def used_by_others(
    bulk: Bulk, assessment: str, numbers: Sequence[tuple[UUID, int, UUID]]
) -> list[tuple[UUID, int]]:
    """Which of these (install, seq) are held under another id: forks."""
    forks: list[tuple[UUID, int]] = []
    for install, seq, id_ in numbers:  # rare: only numbers that are held already
        found = await bulk.fetch(
            f"SELECT 1 FROM submission_revision WHERE install = {bulk.mark(1)} "  # noqa: S608
            f"AND seq = {bulk.mark(2)} AND assessment = {bulk.mark(3)} AND version = 0 "
            f"AND id <> {bulk.mark(4)} LIMIT 1",
            (bulk.value(install), seq, assessment, bulk.value(id_)),
        )
        if found:
            forks.append((install, seq))
    return forks


async def insert_revisions(
    bulk: Bulk,
    new: Sequence[tuple[Prepared, Revision, str, int]],
    assessment: str,
    now: datetime,
) -> None:
    """Keep new revisions; one that is withdrawn keeps nothing but install, seq, id, digest."""
    await bulk.insert(
        REVISION,
        REVISION_NAMES,
        [
            _tombstone(item, revision, assessment, now, feed)
            if revision.is_withdrawn
            else _values(item, revision, device, assessment, now, feed)
            for item, revision, device, feed in new
        ],
    )


def _values(  # noqa: PLR0917 - one call, in the order of the columns
    item: Prepared, revision: Revision, device: str, assessment: str, now: datetime, feed: int
) -> tuple[Any, ...]:
    e = item.envelope
    problems = None
    if item.problems or revision.code:
        problems = _problems(item, revision)
    return (
        revision.pk, e.id, revision.version, e.digest, revision.root, e.revises, assessment,
        device, e.install, e.seq, e.instrument, e.version, _WORDS[e.purpose], e.case,
        e.started_at, e.ended_at, e.language, now, _WORDS[revision.state], revision.is_head,
        revision.code, problems, _json(item.redacted) if item.redacted else None, item.has_s3,
        item.disposition, item.n_eligible, item.withdraw_hash,
        _json([str(r) for r in revision.former]) if revision.former else None, feed,
        notes_json(item.warnings) if item.warnings else None,
    )  # fmt: skip


def _problems(item: Prepared, revision: Revision) -> str | None:
    problems = [[note.pointer, note.code] for note in item.problems]
    if revision.code and revision.code != item.code:  # found among those held, not in the form
        problems.insert(0, ["", revision.code])
    return _json(problems)


def _tombstone(
    item: Prepared, revision: Revision, assessment: str, now: datetime, feed: int
) -> tuple[Any, ...]:
    e = item.envelope
    return (
        revision.pk, e.id, revision.version, e.digest, revision.root, e.revises, assessment,
        None, e.install, e.seq, None, None, e.purpose.value, None, None, None, None, now,
        revision.state.value, revision.is_head, None, None, None, False, None, None,
        item.withdraw_hash, None, feed, None,
    )  # fmt: skip


async def insert_contents(bulk: Bulk, kept: Sequence[tuple[UUID, Content]]) -> None:
    """Keep the sealed contents of new revisions."""
    await bulk.insert(
        CONTENT,
        CONTENT_NAMES,
        [
            (pk, content.wrapped_key, content.raw, content.open, *map(content.parts.get, _PARTS))
            for pk, content in kept
        ],
    )  # fmt: skip


async def insert_files(bulk: Bulk, kept: Sequence[tuple[UUID, Sequence[ExpectedFile]]]) -> None:
    """Await the files that the answers of new revisions name."""
    await bulk.insert(
        FILE,
        _FILE_NAMES,
        [
            (
                pk, position, file.pointer, file.field_class.value, file.name_mac, file.sha256,
                file.size, file.media_type,
            )
            for pk, files in kept
            for position, file in enumerate(files)
        ],
    )  # fmt: skip


async def update_revisions(bulk: Bulk, changed: Sequence[tuple[Revision, int]]) -> None:
    """Write what the ledger changed of held revisions, with their new place in the feed."""
    await bulk.update(
        REVISION,
        ("root", "state", "is_head", "former", "feed"),
        ("pk",),
        [
            (r.root, r.state.value, r.is_head, _json([str(f) for f in r.former]), feed, r.pk)
            for r, feed in changed
        ],
    )


async def delete_contents(bulk: Bulk, revisions: Sequence[UUID]) -> None:
    """Destroy keys and contents; what stays is the tombstone."""
    if not revisions:
        return
    if bulk.is_sqlite:
        await bulk.execute("PRAGMA secure_delete = ON")
    await bulk.delete(CONTENT, "pk", revisions)
    await bulk.delete(FILE, "revision", revisions)
    await bulk.delete(VERDICT, "revision", revisions)
    same, parameter = bulk.any_of("pk", revisions, 1)
    await bulk.execute(  # its files are noise from here on, and swept away later
        "UPDATE attachment SET wrapped_key = NULL, state = 'gone', fate = 'withdrawn', "  # noqa: S608
        "name_mac = substr(name_mac, 1, 0), sha256 = NULL, kept_sha256 = NULL, pointer = NULL "
        "WHERE id IN (SELECT a.id FROM submission_revision r JOIN attachment a "
        f"ON a.assessment = r.assessment AND a.submission = r.id WHERE r.{same})",
        (parameter,),
    )
    await bulk.execute(
        "UPDATE submission_revision SET device = NULL, instrument = NULL, "  # noqa: S608
        "instrument_version = NULL, case_id = NULL, started_at = NULL, ended_at = NULL, "
        "language = NULL, code = NULL, problems = NULL, warnings = NULL, judged_by = NULL, "
        f"redacted = NULL, disposition = NULL, n_eligible = NULL WHERE {same}",
        (parameter,),
    )


async def save_sequences(
    bulk: Bulk,
    assessment: str,
    touched: Sequence[tuple[InstallSequence, str]],
    now: datetime,
) -> None:
    """Keep what is now held of the installs that a batch touched."""
    values = "assessment, install, device, ranges, forks, updated_at"
    marks = ", ".join(bulk.mark(place) for place in range(1, 7))
    await bulk.many(
        f"INSERT INTO install_sequence ({values}) VALUES ({marks}) "  # noqa: S608
        "ON CONFLICT (assessment, install) DO UPDATE SET device = excluded.device, "
        "ranges = excluded.ranges, forks = excluded.forks, updated_at = excluded.updated_at",
        [
            (
                assessment, bulk.value(sequence.install), device,
                orjson.dumps(sequence.ranges).decode(), orjson.dumps(sequence.forks).decode(),
                bulk.value(now),
            )
            for sequence, device in touched
        ],
    )  # fmt: skip


async def number_tombstone(
    bulk: Bulk, assessment: str, number: tuple[UUID, int, UUID], now: datetime
) -> None:
    """Count a tombstone that did not come by a push: its number is no gap, and may be a fork."""
    install, seq, _ = number
    known = await sequences(bulk, assessment, [install])
    sequence = known[0] if known else InstallSequence(install)
    if await used_by_others(bulk, assessment, [number]):
        sequence.add_fork(seq)
    sequence.add([seq])
    found = await bulk.fetch(
        f"SELECT device FROM install_sequence WHERE assessment = {bulk.mark(1)} "  # noqa: S608
        f"AND install = {bulk.mark(2)}",
        (assessment, bulk.value(install)),
    )
    device = str(found[0][0]) if found else ""  # its next new interview says whose it is
    await save_sequences(bulk, assessment, [(sequence, device)], now)


async def record_outcomes(
    bulk: Bulk, assessment: str, outcomes: Sequence[tuple[str, str, int | None]], now: datetime
) -> None:
    """Set the dispositions of cases from the interviews that now stand."""
    await bulk.update(
        CASE,
        ("disposition", "disposition_at", "n_eligible"),
        ("assessment", "case_id"),
        [(code, now, eligible, assessment, case) for case, code, eligible in outcomes],
    )


def _json(value: Sequence[Any]) -> str | None:
    return orjson.dumps(list(value)).decode() if value else None


def notes_json(notes: Sequence[ProblemNote]) -> str | None:
    """Problems as the column keeps them."""
    return _json([[note.pointer, note.code] for note in notes])
