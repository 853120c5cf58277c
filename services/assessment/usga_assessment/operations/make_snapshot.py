"""Make the file of a tablet's first sync: everything of its scope, and where to go on (P-70)."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from usga_shared.wire.sync import Change

from usga_assessment.domain.sync.snapshot import (
    Coding,
    Snapshot,
    compress,
    last_line,
    lines_of,
    name_of,
)
from usga_assessment.domain.sync.told import Entry, Place, Told
from usga_assessment.operations.pull_changes import Feed, Reviews, interviews_after
from usga_assessment.operations.tablet_scope import (
    DICTIONARY,
    INSTRUMENT,
    LIST,
    Scope,
    entries_of,
)

_FOR_ALL = frozenset({INSTRUMENT, DICTIONARY, LIST})
_PAGE = 500
_KNOWN = 16


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot, its two parts, and what the tablet knows that has taken it in."""

    snapshot: Snapshot
    parts: tuple[bytes, bytes]
    told: Told


class Press:
    """Compresses what is the same for many tablets once; one for each application."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, Coding], bytes] = OrderedDict()

    def common(self, plain: bytes, coding: Coding) -> bytes:
        """The compressed part of these lines."""
        key = hashlib.sha256(plain).hexdigest(), coding
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = compress(plain, coding, for_all=True)
            while len(self._made) > _KNOWN:
                self._made.popitem(last=False)
        return made


async def make_snapshot(  # noqa: PLR0917 - two sources, then the question
    feed: Feed,
    reviews: Reviews,
    scope: Scope,
    press: Press,
    coding: Coding,
    cursor_of: Callable[[Place], str],
) -> Made:
    """The file with everything that belongs to a tablet now."""
    entries = await asyncio.to_thread(entries_of, scope)
    told, place = Told.of(entries), 0
    interviews: list[Change] = []
    more = True
    while more:
        found, place, more = await interviews_after(feed, reviews, scope, place, room=_PAGE)
        interviews += found
    cursor = cursor_of(Place(place, told.name()))
    return await asyncio.to_thread(_press, entries, interviews, told, press, coding, cursor)


def _press(  # noqa: PLR0917 - one call
    entries: list[Entry],
    interviews: list[Change],
    told: Told,
    press: Press,
    coding: Coding,
    cursor: str,
) -> Made:
    common = lines_of(e.change() for e in entries if e.kind in _FOR_ALL)
    mine = [e.change() for e in entries if e.kind not in _FOR_ALL] + interviews
    own = lines_of(mine) + last_line(cursor, len(entries) + len(interviews))
    parts = press.common(common, coding), compress(own, coding, for_all=False)
    return Made(Snapshot(name_of(parts[0]), name_of(parts[1])), parts, told)
