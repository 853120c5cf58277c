"""Read the observations of a release as JSON pages or as CSV; published ones from memory."""

import csv
import io
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.http.etag import etag_of
from usga_shared.pagination import CursorCodec
from usga_shared.problems import NotFound
from usga_shared.wire.release import MissingCounts, Observation

from usga_indicators.operations.withhold import withheld
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Release, Releases, is_out
from usga_indicators.storage.shares import Shares

Format = Literal["json", "csv"]
MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
_LARGEST_SHARE = 8  # one answer never takes more than an eighth of the memory
_ENTRY = 2048  # bytes of a question and its place: an empty answer costs memory too


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asks for; without `release` the newest published one."""

    selection: Selection
    assessment: str | None
    format: Format
    limit: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of an answer; `lasting` when they can never change."""

    content: bytes
    etag: str
    next: str | None
    published: bool
    lasting: bool
    withheld: tuple[str, ...] = ()
    """Codes of indicators whose cells the reader does not read before they are published."""


class IndicatorNotThere(NotFound):
    """The release has no indicator of this code; without a code it tells those that it has."""

    detail_key = "indicator"


class ObservationReader:
    """Renders answers; those of published releases are kept, because they never change.

    What is kept is given only while its release is out: another instance may have retracted it.
    """

    def __init__(self, database: Database, cursors: CursorCodec, *, memory: int) -> None:
        self._database, self._cursors, self._memory = database, cursors, memory
        self._kept: OrderedDict[Query, Rendered] = OrderedDict()
        self._size = 0

    async def read(self, query: Query, actor: Actor) -> Rendered:
        """The answer; raises NotFound for a release that the actor may not see.

        Raises ReleaseRetracted, and IndicatorNotThere for a code that nothing in the release has.
        """
        kept = self._kept.get(query)
        if kept is not None and await is_out(self._database, query.selection.release):
            if query in self._kept:  # others may have pushed it out meanwhile
                self._kept.move_to_end(query)
            return kept
        async with self._database.read() as session:
            releases = Releases(session)
            wanted = query.selection.release
            release = wanted or await releases.latest_published(query.assessment)
            found = await releases.get(release, actor) if release else None
            if found is None or query.assessment not in {None, found.view.assessment}:
                raise NotFound
            rendered = await self._render(
                query,
                found,
                Observations(session),
                lasting=bool(wanted),
                without=await withheld(Shares(session), found, actor),
            )
        if rendered.published and rendered.lasting:
            self._keep(query, rendered)
        return rendered

    async def _render(
        self,
        query: Query,
        release: Release,
        observations: Observations,
        *,
        lasting: bool,
        without: tuple[str, ...],
    ) -> Rendered:
        selection = replace(query.selection, release=release.id, without=without)
        unread = tuple(code for code in without if selection.indicator in {None, code})
        scope = f"observations {release.id}"
        if query.format == "csv":
            found = await observations.published(selection)
            content, following = csv_of(text for _, text in found), None
        else:
            after = self._cursors.decode(scope, query.cursor)[0] if query.cursor else -1
            found = await observations.published(selection, after=after, limit=query.limit + 1)
            following = None
            if len(found) > query.limit:
                found = found[: query.limit]
                following = self._cursors.encode(scope, [found[-1][0]])
            content = _page([text for _, text in found], following, unread)
        if not found and selection.indicator is not None:
            frozen = {indicator["code"] for indicator in release.indicators}
            alone = Selection(release.id, selection.indicator)
            if selection.indicator not in frozen and not await observations.published(
                alone, limit=1
            ):
                raise IndicatorNotThere
        return Rendered(
            content, etag_of(content), following, release.is_published, lasting, unread
        )

    def _keep(self, query: Query, rendered: Rendered) -> None:
        if _cost(rendered) > self._memory // _LARGEST_SHARE:
            return
        before = self._kept.pop(query, None)  # two who asked at once have both rendered it
        self._kept[query] = rendered
        self._size += _cost(rendered) - (0 if before is None else _cost(before))
        while self._size > self._memory:
            _, dropped = self._kept.popitem(last=False)
            self._size -= _cost(dropped)


def _cost(rendered: Rendered) -> int:
    return len(rendered.content) + _ENTRY


def _page(items: list[str], following: str | None, unread: tuple[str, ...]) -> bytes:
    """A page from stored JSON texts, without parsing them again."""
    said = b',"withheld":' + orjson.dumps(unread) if unread else b""
    page = ",".join(items).encode(), orjson.dumps(following), said
    return b'{"items":[%s],"next":%s%s}' % page


_MISSING = tuple(MissingCounts.model_fields)
COLUMNS = [name for name in Observation.model_fields if name != "missing"] + [
    f"missing_{name}" for name in _MISSING
]


def csv_of(published: Any) -> bytes:
    """Observations as CSV (RFC 4180); a number that is not there is an empty field."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for text in published:
        row = orjson.loads(text)
        missing = row.pop("missing", None) or {}
        row |= {f"missing_{name}": missing.get(name) for name in _MISSING}
        writer.writerow({name: _safe(row.get(name)) for name in COLUMNS})
    return out.getvalue().encode()


def _safe(value: Any) -> Any:
    """No spreadsheet may take a text for a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
