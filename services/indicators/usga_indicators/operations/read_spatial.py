"""Patterns in space of a release: computed when they are asked for, from what it shows."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.http.etag import etag_of
from usga_shared.problems import NotFound, Unavailable
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import TOTAL

from usga_indicators.domain.spatial import (
    LEAST_PLACES,
    Because,
    Choice,
    Neighbouring,
    TooManyNeighbours,
    Undefined,
    choose,
    places_of,
)
from usga_indicators.messages.spatial import SpatialUndefined
from usga_indicators.operations.describe_space import Question, describe_space
from usga_indicators.operations.put_beside import areas_of
from usga_indicators.operations.read_observations import IndicatorNotThere
from usga_indicators.operations.withhold import require_shown
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Release, Releases, is_out
from usga_indicators.storage.shares import Shares

#: Questions that may wait for the one that is computed.
MOST_WAITING = 8
_ENTRY = 2048


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; an answer depends on nothing else."""

    release: str
    indicator: str
    item: str
    kind: str | None
    neighbouring: Neighbouring


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer, and whether everybody may have them."""

    content: bytes
    etag: str
    published: bool


class SpatialDesk:
    """One question is computed at a time, in a thread; answers are kept, as many as fit.

    Who may see the release is asked each time: nothing that is kept outlives a retraction.
    """

    def __init__(self, database: Database, *, memory: int) -> None:
        self._database, self._memory = database, memory
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._kept: OrderedDict[Wanted, bytes] = OrderedDict()
        self._size = 0

    async def read(self, wanted: Wanted, actor: Actor) -> Answer:
        """The answer as JSON; the same question about a release always has the same one.

        Raises NotFound for a release that the actor may not see, Forbidden for S3 answers of one
        that is not published, IndicatorNotThere, SpatialUndefined, and Unavailable when too many
        questions wait.
        """
        kept = self._kept.get(wanted)
        if kept is not None and await is_out(self._database, wanted.release):
            return _given(kept, published=True)  # without a look at a whole map
        async with self._database.read() as session:
            releases = Releases(session)
            release = await releases.get(wanted.release, actor)
            if release is None:
                raise NotFound
            await require_shown(Shares(session), release, actor, wanted.indicator)
            if kept is not None:
                return _given(kept, published=release.is_published)
            cells = await _cells(Observations(session), wanted.release, wanted.indicator)
        if not cells and wanted.indicator not in {i["code"] for i in release.indicators}:
            raise IndicatorNotThere
        if self._waiting >= MOST_WAITING:
            raise Unavailable
        self._waiting += 1
        try:
            async with self._turn:
                content = self._kept.get(wanted)
                if content is None:
                    content = await asyncio.to_thread(_rendered, wanted, release, cells)
                    self._keep(wanted, content)
        finally:
            self._waiting -= 1
        return _given(content, published=release.is_published)

    def _keep(self, wanted: Wanted, content: bytes) -> None:
        """Kept until newer ones need the room."""
        self._kept[wanted] = content
        self._size += len(content) + _ENTRY
        while self._size > self._memory:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped) + _ENTRY


def _given(content: bytes, *, published: bool) -> Answer:
    return Answer(content, etag_of(content), published)


async def _cells(observations: Observations, release: str, indicator: str) -> list[Observation]:
    found = await observations.published(
        Selection(release, indicator, sex=TOTAL, age=TOTAL, subgroup=TOTAL)
    )
    return [Observation.model_validate_json(text) for _, text in found]


def _rendered(wanted: Wanted, release: Release, cells: Sequence[Observation]) -> bytes:
    context = AssessmentContext.model_validate(release.context)
    chosen = choose(
        [cell for cell in cells if cell.item == wanted.item],
        places_of(context.areas),
        areas_of(context),
        kind=wanted.kind,
    )
    if not (chosen.shown or chosen.left_out):
        by_area = [c for c in cells if (c.ref_area, c.stratum) != (TOTAL, TOTAL)]
        items = sorted({cell.item for cell in by_area})
        raise SpatialUndefined.of(Because.NO_CELLS.value, items=items)
    question = Question(wanted.indicator, wanted.item, wanted.neighbouring, release.view)
    try:
        return describe_space(question, chosen).model_dump_json().encode()
    except Undefined as undefined:
        raise _refusal(undefined.because, chosen) from None
    except TooManyNeighbours:
        raise _refusal(Because.TOO_MANY, chosen) from None


def _refusal(because: Because, chosen: Choice) -> SpatialUndefined:
    return SpatialUndefined.of(
        because.value,
        n=len(chosen.shown),
        least=LEAST_PLACES,
        hidden=list(chosen.hidden),
        limits=list(chosen.limits),
        missing=list(chosen.missing),
        off_map=list(chosen.off_map),
    )
