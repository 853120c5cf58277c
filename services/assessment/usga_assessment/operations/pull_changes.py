"""What a tablet must know: forms, lists, its cases, returned and withdrawn interviews (P-60 ff.).

Small things are compared as a whole: the cursor holds a fingerprint of the forms, lists and cases
that the tablet was told of, and whatever changed is told again, all of that kind. Interviews
follow the change feed. So nothing can be skipped, whoever changed it.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import orjson
from usga_shared.wire.sync import Change, ChangesPage
from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.assessment.assessment import ReferenceList
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.sampling.case import Case
from usga_assessment.domain.submission.held import Held, ReviewStep
from usga_assessment.domain.sync.dictionary import Dictionary

_BY_DIGEST = frozenset({"document", "rows", "content"})
_KINDS = 5
_BEFORE_DICTIONARIES = 7
"""Length of cursors from before there were dictionaries: their fingerprint was not told."""


class Feed(Protocol):
    """What pulling needs of the feed."""

    async def for_device_after(self, device: str, place: int, *, limit: int) -> list[Held]:
        """Interviews of a tablet that were returned or withdrawn after a place."""
        ...


class Reviews(Protocol):
    """What pulling needs of the reviews."""

    async def reviews(self, pks: Iterable[UUID]) -> list[ReviewStep]:
        """The steps of review of these revisions."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tablet's pull stands: the feed, fingerprints by kind, and changes half told."""

    feed: int = 0
    told: tuple[str, ...] = ("",) * _KINDS
    pending: str = ""
    offset: int = 0

    def encoded(self) -> list[Any]:
        """As a cursor holds it."""
        return [self.feed, *self.told, self.pending, self.offset]

    @classmethod
    def of(cls, place: list[Any]) -> "Place":
        """From what a cursor holds."""
        if len(place) == _BEFORE_DICTIONARIES:
            place = [*place[:3], "", *place[3:]]
        return cls(place[0], tuple(place[1 : 1 + _KINDS]), place[-2], place[-1])


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to a tablet now."""

    device: Device
    instruments: Sequence[InstrumentVersion]
    lists: Sequence[ReferenceList]
    cases: Sequence[Case]
    dictionaries: Mapping[UUID, Dictionary] = field(default_factory=dict)


async def pull_changes(
    feed: Feed, reviews: Reviews, scope: Scope, place: Place, *, limit: int
) -> tuple[ChangesPage, Place]:
    """One page after `place`, and the place after it (the caller fills in `next`)."""
    kinds = [
        _settings(scope),
        _instruments(scope),
        _dictionaries(scope),
        _lists(scope),
        _cases(scope),
    ]
    prints = tuple(_fingerprint(changes) for changes in kinds)
    open_changes = [
        change
        for changes, now, told in zip(kinds, prints, place.told, strict=True)
        if now != told
        for change in changes
    ]
    pending = _fingerprint(open_changes)
    start = place.offset if place.pending == pending else 0
    page = open_changes[start : start + limit]
    if start + len(page) < len(open_changes):
        after = Place(place.feed, place.told, pending, start + len(page))
        return ChangesPage(items=page, next="", more=True), after
    room = limit - len(page)
    found = await feed.for_device_after(str(scope.device.id), place.feed, limit=room + 1)
    told = found[:room]
    comments = await _comments(reviews, told)
    page += [_interview(held, comments.get(held.pk, [])) for held in told]
    after = Place(told[-1].feed if told else place.feed, prints)
    return ChangesPage(items=page, next="", more=len(found) > room), after


async def _comments(reviews: Reviews, told: Sequence[Held]) -> dict[UUID, list[ReviewStep]]:
    returned = [held.pk for held in told if held.state is SubmissionState.RETURNED]
    found: dict[UUID, list[ReviewStep]] = {}
    for step in await reviews.reviews(returned) if returned else []:
        found.setdefault(step.revision, []).append(step)
    return found


def _interview(held: Held, steps: Sequence[ReviewStep]) -> Change:
    if held.state is SubmissionState.WITHDRAWN:
        return Change(kind="withdrawn", id=str(held.id), removed=True)
    last = steps[-1] if steps else None
    return Change(
        kind="returned",
        id=str(held.id),
        value={
            "case": held.case_id,
            "instrument": held.instrument,
            "version": held.instrument_version,
            "comment": last.comment if last else "",
            "at": last.at.isoformat() if last else None,
        },
    )


def _settings(scope: Scope) -> list[Change]:
    """What belongs to the tablet by name: whatever is not named is no longer its own."""
    value = {
        "instruments": sorted(str(v.id) for v in scope.instruments if _published(v)),
        "lists": sorted(item.name for item in scope.lists),
        "cases": sorted(case.case_id for case in scope.cases),
    }
    changes = [Change(kind="settings", id="scope", value=value)]
    if scope.device.wipe:
        changes.append(Change(kind="wipe", id=str(scope.device.id)))
    return changes


def _published(version: InstrumentVersion) -> bool:
    return version.state is InstrumentState.PUBLISHED


def _instruments(scope: Scope) -> list[Change]:
    """Published versions with their documents; of retired ones the news that they are."""
    return [
        Change(
            kind="instrument",
            id=str(version.id),
            value={
                "name": version.name,
                "version": version.version,
                "digest": version.digest,
                "document": version.document,
            },
        )
        if _published(version)
        else Change(kind="instrument", id=str(version.id), removed=True)
        for version in scope.instruments
        if version.state is not InstrumentState.DRAFT
    ]


def _dictionaries(scope: Scope) -> list[Change]:
    """What bodies with interviews of published versions may be compressed with (P-9)."""
    changes: list[Change] = []
    for version in scope.instruments:
        made = scope.dictionaries.get(version.id)
        if made is not None and _published(version):
            value = {
                "number": made.id,
                "instrument": version.name,
                "version": version.version,
                "sha256": made.sha256,
                "content": b64encode(made.content).decode(),
            }
            changes.append(Change(kind="dictionary", id=str(version.id), value=value))
        elif made is not None:
            changes.append(Change(kind="dictionary", id=str(version.id), removed=True))
    return changes


def _lists(scope: Scope) -> list[Change]:
    return [
        Change(kind="list", id=item.name, value={"digest": item.digest, "rows": item.rows})
        for item in scope.lists
    ]


def _cases(scope: Scope) -> list[Change]:
    return [
        Change(
            kind="case",
            id=case.case_id,
            value={
                "stratum": case.design.stratum,
                "psu": case.design.psu,
                "disposition": case.disposition,
                "visits": case.visits,
                "preload": {
                    "stratum": case.design.stratum,
                    "psu_code": case.design.psu,
                    "psu": case.design.psu,
                },
            },
        )
        for case in scope.cases
    ]


def _fingerprint(changes: Sequence[Change]) -> str:
    """Eight bytes that change with the content; documents stand for themselves by digest."""
    parts: list[Any] = []
    for change in changes:
        value = {k: v for k, v in change.value.items() if k not in _BY_DIGEST}
        parts.append([change.kind, change.id, change.removed, value])
    content = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:16]
