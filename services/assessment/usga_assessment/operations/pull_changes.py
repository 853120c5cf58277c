"""What a tablet must know: forms, lists, its cases, returned and withdrawn interviews (P-60 ff.).

What was told is remembered by the prints of its entries; the cursor carries their common name.
Whatever has another print now is told, and nothing else; what is no longer there is told as
removed; a list of which an older version is known comes as the rows that differ. Who is not
known, or whose memory was lost, is told everything. Interviews follow the change feed. So
nothing can be skipped, whoever changed it.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import orjson
from usga_shared.wire.sync import Change, ChangesPage

from usga_assessment.domain.submission.held import ReviewStep
from usga_assessment.domain.sync.recalled import Recalled
from usga_assessment.domain.sync.rows import Index, changes_between
from usga_assessment.domain.sync.told import Entry, Place, Told
from usga_assessment.operations.tablet_scope import (
    LIST,
    LOSABLE,
    SETTINGS,
    Scope,
    entries_of,
)

_ROWS_PER_CHANGE = 2
"""Of a list of which more than half changed the whole is told: it is hardly larger."""


class Feed(Protocol):
    """What pulling needs of the feed."""

    async def for_device_after(self, device: str, place: int, *, limit: int) -> list[Recalled]:
        """Interviews of a tablet of which it hears, that changed after a place."""
        ...


class Reviews(Protocol):
    """What pulling needs of the reviews."""

    async def reviews(self, pks: Iterable[UUID]) -> list[ReviewStep]:
        """The steps of review of these revisions."""
        ...


class Lists(Protocol):
    """What pulling needs of the older versions of lists."""

    async def kept(self, assessment: str, name: str, print_: str) -> tuple[str, Index] | None:
        """Digest and index of an older version whose digest begins so, if it is still kept."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page and the place after it; `told` is what the tablet then knows, when it is news."""

    page: ChangesPage
    after: Place
    told: Told | None = None


async def pull_changes(  # noqa: PLR0917 - three sources, then the question
    feed: Feed,
    reviews: Reviews,
    lists: Lists,
    scope: Scope,
    place: Place,
    before: Told | None,
    *,
    limit: int,
    by_rows: bool,
) -> Pulled:
    """One page after `place` to a tablet that was told `before` (None: nobody remembers).

    `by_rows`: the tablet takes lists as rows that differ. The caller fills in `next`.
    """
    entries = await asyncio.to_thread(entries_of, scope)
    told = Told.of(entries)
    name = told.name()
    page: list[Change] = []
    is_news = name != place.told  # else this is what it knows, whatever is remembered of it
    if is_news:
        open_changes = await _open(lists, scope, entries, before, by_rows=by_rows)
        pending = _fingerprint(open_changes)
        start = place.offset if place.pending == pending else 0
        page = open_changes[start : start + limit]
        if start + len(page) < len(open_changes):
            after = Place(place.feed, place.told, pending, start + len(page))
            return Pulled(ChangesPage(items=page, next="", more=True), after)
    room = limit - len(page)
    found, reached, more = await interviews_after(feed, reviews, scope, place.feed, room=room)
    items = ChangesPage(items=[*page, *found], next="", more=more)
    return Pulled(items, Place(reached, name), told if is_news else None)


async def interviews_after(
    feed: Feed, reviews: Reviews, scope: Scope, place: int, *, room: int
) -> tuple[list[Change], int, bool]:
    """Returned and withdrawn interviews after a place; the place after them; whether more come."""
    found = await feed.for_device_after(str(scope.device.id), place, limit=room + 1)
    told = found[:room]
    reached = told[-1].held.feed if told else place
    return await changes_of(reviews, told), reached, len(found) > room


async def _open(
    lists: Lists, scope: Scope, entries: Sequence[Entry], before: Told | None, *, by_rows: bool
) -> list[Change]:
    """What the tablet does not know, and what it knows and is gone."""
    known = before or Told()
    changes: list[Change] = []
    for entry in entries:
        if known.knows(entry):
            continue
        if by_rows and before is not None and entry.kind == SETTINGS:
            value = {k: v for k, v in entry.value.items() if k != "cases"}
            changes.append(Change(kind="settings", id=entry.id, value=value))
        elif by_rows and entry.kind == LIST:
            changes.append(await _rows(lists, scope, entry, known))
        else:
            changes.append(entry.change())
    now = {(entry.kind, entry.id) for entry in entries}
    gone = [
        Change.model_validate({"kind": kind, "id": id_, "removed": True})
        for kind in LOSABLE
        for id_ in sorted(known.prints.get(kind, {}))
        if (kind, id_) not in now
    ]
    return [*changes, *gone]


async def _rows(lists: Lists, scope: Scope, entry: Entry, known: Told) -> Change:
    """A list as the rows that differ from what the tablet has, or whole where that is less."""
    had = known.prints.get(LIST, {}).get(entry.id)
    older = await lists.kept(scope.device.assessment, entry.id, had) if had else None
    if older is None:
        return entry.change()
    digest, index = older
    rows = entry.value["rows"]
    differs = await asyncio.to_thread(changes_between, index, rows)
    if _ROWS_PER_CHANGE * len(differs.placed) + len(differs.removed) > len(rows):
        return entry.change()
    value = {
        "from": digest,
        "digest": entry.value["digest"],
        "size": len(rows),
        "removed": list(differs.removed),
        "rows": [{"after": after, "row": row} for after, row in differs.placed],
    }
    return Change(kind="list_rows", id=entry.id, value=value)


async def changes_of(reviews: Reviews, recalled: Sequence[Recalled]) -> list[Change]:
    """What a tablet is told of its interviews, with the comments on those to do again."""
    wanted = [each.held.pk for each in recalled if each.is_open]
    steps: dict[UUID, list[ReviewStep]] = {}
    for step in await reviews.reviews(wanted) if wanted else []:
        steps.setdefault(step.revision, []).append(step)
    return [each.change(steps.get(each.held.pk, [])) for each in recalled]


def _fingerprint(changes: Sequence[Change]) -> str:
    """Eight bytes that say which changes are being told, page by page.

    What stands for itself by a digest is not read again: documents and rows are long.
    """
    parts = [
        [c.kind, c.id, c.removed, c.value.get("digest") or c.value.get("sha256") or c.value]
        for c in changes
    ]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
