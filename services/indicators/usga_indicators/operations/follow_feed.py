"""Bring the extract of an assessment up to date with the change feed."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from usga_shared.clients.base import UpstreamProblem
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import Conflict, InvalidCursor
from usga_shared.wire.extract import ExtractItem, ExtractPage, ExtractRequest

from usga_indicators.domain.codebook import Codebook, codebook_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition.names import variables_of, with_screeners
from usga_indicators.domain.sources import names_beside
from usga_indicators.domain.tabulation.groups import QUESTIONS
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.extract_tables import PERSONS, Tables, empty_tables, merge
from usga_indicators.storage.extracts import Extracts, ExtractState
from usga_indicators.storage.releases import Releases
from usga_indicators.storage.weights import Weights

#: Interviews taken into the tables at once: bounds memory on a first run.
_BATCH = 10_000
#: Questions by whose answers cells are broken down.
DISAGGREGATORS = QUESTIONS


class Feed(Protocol):
    """What the operation needs of the assessment service."""

    async def instruments(self, assessment: str) -> list[dict[str, object]]:
        """Documents of the instrument versions, published ones first."""
        ...

    async def extract(self, assessment: str, request: ExtractRequest) -> ExtractPage:
        """One page of the analysis extract."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """An extract that a release can be computed from."""

    codebook: Codebook
    layout: Layout
    generation: int
    tables: Tables


@dataclass(frozen=True, slots=True)
class Moved:
    """An extract that has moved on: what it was, what it is, and whose interviews differ.

    `before` is None where the tables were made anew.
    """

    assessment: str
    codebook: Codebook
    layout: Layout
    generations: tuple[int, int]
    before: Tables | None
    after: Tables
    units: frozenset[str]


class FeedFollower:
    """Follows feeds into files, one run per assessment at a time.

    `listener` is told of every move, in a thread, once it is committed.
    """

    def __init__(
        self,
        feed: Feed,
        database: Database,
        files: ExtractFiles,
        clock: Clock,
        *,
        page: int,
        listener: Callable[[Moved], None] | None = None,
    ) -> None:
        self._feed, self._database, self._files = feed, database, files
        self._clock, self._page, self._listener = clock, page, listener
        self._turns: dict[str, asyncio.Lock] = {}

    async def follow(self, assessment: str, definitions: Sequence[Definition]) -> list[Source]:
        """Take in everything new; a second call without news changes nothing."""
        return [
            Source(run.codebook, run.layout, run.generation, await run.tables())
            for run in await self._runs(assessment, definitions)
        ]

    async def keep_up(self, assessment: str, definitions: Sequence[Definition]) -> dict[str, int]:
        """Take in everything new, without opening the extract when there is no news.

        Gives the generation of each instrument's extract.
        """
        runs = await self._runs(assessment, definitions)
        return {run.layout.instrument: run.generation for run in runs}

    async def _runs(self, assessment: str, definitions: Sequence[Definition]) -> list["_Run"]:
        async with self._turns.setdefault(assessment, asyncio.Lock()):
            documents = documents_of(await self._feed.instruments(assessment))
            return [
                await self._one(assessment, versions, definitions)
                for versions in documents.values()
            ]

    async def _one(
        self,
        assessment: str,
        documents: list[dict[str, Any]],
        definitions: Sequence[Definition],
    ) -> "_Run":
        codebook = codebook_of(documents)
        layout = Layout.of(codebook, wanted_names(definitions, codebook))
        before, run = await self._start(assessment, codebook, layout)
        try:
            cursor, news = await self._pages(
                assessment, run, before.cursor if run.usable else None
            )
        except UpstreamProblem as refusal:
            if not (run.usable and refusal.kind == InvalidCursor.slug):
                raise
            # the server was restored: what it lost must leave here too, until it is sent again
            read = partial(empty_tables, layout)
            run = _Run(codebook, layout, run.generation, usable=False, read=read)
            cursor, news = await self._pages(assessment, run, None)
        if run.usable and not news.any:
            return run
        tables = await run.tables()
        after = ExtractState(cursor, run.generation + 1, layout.digest(), tables[PERSONS].num_rows)
        draft = await asyncio.to_thread(
            self._files.write, assessment, layout, after.generation, tables, documents
        )
        try:
            await self._commit(
                assessment=assessment,
                instrument=layout.instrument,
                before=None if before is _NOTHING else before,
                after=after,
                news=news,
                draft=draft,
            )
        finally:
            self._files.discard(draft)
        if self._listener is not None:
            moved = Moved(
                assessment,
                codebook,
                layout,
                (run.generation, after.generation),
                run.opened if run.usable else None,
                tables,
                frozenset(news.units),
            )
            await asyncio.to_thread(self._listener, moved)
        run.generation = after.generation
        return run

    async def _start(
        self, assessment: str, codebook: Codebook, layout: Layout
    ) -> tuple[ExtractState, "_Run"]:
        """Where to go on from; a new layout begins the feed anew, as a restored server does."""
        async with self._database.read() as session:
            found = await Extracts(session).get(assessment, layout.instrument)
        before = found or _NOTHING
        usable = before.layout_sha256 == layout.digest() and self._files.exists(
            assessment, layout.instrument, before.generation
        )

        def read() -> Tables:
            if not usable:
                return empty_tables(layout)
            return self._files.read(assessment, layout, before.generation)

        return before, _Run(codebook, layout, before.generation, usable, read)

    async def _pages(
        self, assessment: str, run: "_Run", cursor: str | None
    ) -> tuple[str | None, "_News"]:
        layout = run.layout
        waiting: list[ExtractItem] = []
        news = _News()
        more = True
        while more:
            page = await self._feed.extract(
                assessment,
                ExtractRequest(
                    cursor=cursor,
                    limit=self._page,
                    instrument=layout.instrument,
                    variables=layout.asked(s3=False),
                    s3_variables=layout.asked(s3=True),
                ),
            )
            news.see(page.items)
            waiting += page.items
            cursor, more = page.next, page.more
            if len(waiting) >= _BATCH or (waiting and not more):
                await run.take_in(waiting)
                waiting = []
        return cursor, news

    async def _commit(
        self,
        *,
        assessment: str,
        instrument: str,
        before: ExtractState | None,
        after: ExtractState,
        news: "_News",
        draft: Path,
    ) -> None:
        async with self._database.write() as session:
            moved = await Extracts(session).advance(
                assessment, instrument, before=before, after=after, at=self._clock.now()
            )
            if not moved:
                raise Conflict
            releases = Releases(session)
            needed = await releases.generations(assessment, instrument)
            lost = self._files.holding(assessment, instrument, needed, news.withdrawn)
            if lost:  # snapshots that hold what was withdrawn must go (C-02)
                await releases.lose_snapshots(assessment, instrument, lost, "withdrawal")
            if news.withdrawn:
                await Weights(session).forget(news.withdrawn)
            needed -= lost
            self._files.adopt(draft, assessment, instrument, after.generation)
        self._files.keep_only(
            assessment, instrument, needed | {after.generation}, current=after.generation
        )


_NOTHING = ExtractState(None, 0, "", 0)


class _Run:
    """An extract on its way; its tables are opened when somebody needs them."""

    def __init__(
        self,
        codebook: Codebook,
        layout: Layout,
        generation: int,
        usable: bool,
        read: Callable[[], Tables],
    ) -> None:
        self.codebook, self.layout = codebook, layout
        self.generation, self.usable = generation, usable
        self._read = read
        self._tables: Tables | None = None
        self.opened: Tables | None = None  # as they were before anything was taken in

    async def tables(self) -> Tables:
        if self._tables is None:
            self._tables = self.opened = await asyncio.to_thread(self._read)
        return self._tables

    async def take_in(self, items: list[ExtractItem]) -> None:
        self._tables = await asyncio.to_thread(merge, await self.tables(), self.layout, items)


class _News:
    """What a run has seen."""

    def __init__(self) -> None:
        self.any = False
        self.units: set[str] = set()
        self.withdrawn: set[str] = set()

    def see(self, items: Iterable[ExtractItem]) -> None:
        for item in items:
            self.any = True
            self.units.add(item.unit)
            if item.removed_because == "withdrawn":
                self.withdrawn.add(item.unit)


def wanted_names(definitions: Iterable[Definition], codebook: Codebook | None = None) -> list[str]:
    """Variables of the definitions with their screeners, gates and disaggregators."""
    rules = skip_rules().joined(codebook.skips if codebook else {})
    names: set[str] = {*DISAGGREGATORS, *rules.names()}
    for definition in definitions:
        names |= set(with_screeners((*variables_of(definition), *definition.union), rules))
        names |= set(names_beside(definition))
    return sorted(names)


def documents_of(found: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Instrument documents by name, in the order given (published versions first)."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for entry in found:
        if entry.get("state") == "draft":  # nobody was interviewed with it
            continue
        document = dict(entry.get("document") or entry)
        grouped.setdefault(str(document["name"]), []).append(document)
    return grouped
