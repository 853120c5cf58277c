"""Indicators while fieldwork goes on: protected pictures, each some interviews after the last."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import orjson
from usga_shared.auth.actors import Actor
from usga_shared.clients.base import UpstreamProblem
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import ReleaseAnalysis
from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.design import DesignError
from usga_indicators.domain.disclosure import LEAST_DIFFERENCE, Basis, too_close
from usga_indicators.domain.publication import Beside, Joined, Standing, protect_and_audit
from usga_indicators.domain.tabulation import Cell
from usga_indicators.domain.tabulation.analysis import without_later_stages
from usga_indicators.domain.tabulation.groups import groups_of_strata, is_of_nowhere
from usga_indicators.messages import UnknownWeightSet
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.compute_release import Contexts, time_period
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.live_statistics import (
    Followed,
    LiveStatistics,
    counts_margins,
    followed,
)
from usga_indicators.operations.put_beside import areas_of, drafted_beside, published_beside
from usga_indicators.operations.weigh import Weighing, rules_of
from usga_indicators.schemas_live import LiveView, StratumCoverage
from usga_indicators.storage.pictures import Picture, Pictures
from usga_indicators.storage.releases import Releases
from usga_indicators.storage.weights import Weights

RELEASE = "live"
#: Fewer changed interviews are not shown: the next picture waits for them.
STEP = 25
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class _Now:
    """What a look finds."""

    context: AssessmentContext
    weighing: Weighing
    forms: list[Followed]
    generations: dict[str, int]
    interviews: int
    waiting: int | None

    @property
    def weight_set(self) -> str:
        return self.weighing.weight_set.id if self.weighing.weight_set else ""


class LiveDesk:
    """Draws a picture when enough has changed, and shows the last one until then."""

    def __init__(
        self,
        *,
        contexts: Contexts,
        follower: FeedFollower,
        statistics: LiveStatistics,
        pictures: Pictures,
        database: Database,
        clock: Clock,
    ) -> None:
        self._contexts, self._follower, self._statistics = contexts, follower, statistics
        self._pictures, self._database, self._clock = pictures, database, clock
        self._turns: dict[str, asyncio.Lock] = {}

    async def read(
        self,
        assessment: str,
        actor: Actor,
        known: KnownDefinitions,
        weight_set: str | None = None,
    ) -> bytes:
        """The view as JSON, with base weights or those of a weight set.

        Raises NotFound, Forbidden, Unavailable, UnknownWeightSet, and WeightsRefused where the
        weight set does not know an interview's class.
        """
        require_action(actor, assessment, "live.read")
        async with self._turns.setdefault(assessment, asyncio.Lock()):
            try:
                now = await self._look(assessment, known, weight_set)
            except UpstreamProblem as refusal:
                if refusal.upstream_status == _NOT_FOUND:
                    raise NotFound from refusal
                raise
            picture = await asyncio.to_thread(self._pictures.read, assessment, now.weight_set)
            shown = await asyncio.to_thread(self._pictures.every, assessment)
            close = await self._too_close(assessment, now.interviews)
            if close is None and _is_due(now, picture, shown):
                earlier = await published_beside(self._database, assessment)
                picture = await asyncio.to_thread(self._draw, now, shown, earlier) or picture
            return await asyncio.to_thread(_content, now, picture, close)

    async def _weighing(self, assessment: str, weight_set: str | None) -> Weighing:
        async with self._database.read() as session:
            weights = Weights(session)
            rules = await weights.design(assessment)
            found = None if weight_set is None else await weights.find_set(weight_set)
        if weight_set is not None and (found is None or found.assessment != assessment):
            raise UnknownWeightSet(weight_set=weight_set)
        return Weighing(rules, found)

    async def _look(
        self, assessment: str, known: KnownDefinitions, weight_set: str | None
    ) -> _Now:
        weighing = await self._weighing(assessment, weight_set)
        context = await self._contexts.context(assessment)
        asked = await known.asked(assessment)
        definitions = followed(await known.computed(assessment))
        areas = areas_of(context)
        drawn = {s.stratum: s.psus_sampled for s in context.strata}
        generations = await self._follower.keep_up(assessment, asked)
        forms = self._statistics.current(
            assessment,
            generations,
            definitions,
            areas=areas,
            drawn=drawn,
            weight_set=weight_set or "",
        )
        if forms is None:
            sources = await self._follower.follow(assessment, asked)
            forms = await asyncio.to_thread(
                self._statistics.count,
                assessment, sources, definitions, areas=areas, drawn=drawn, weighing=weighing,
            )  # fmt: skip
            generations = {s.layout.instrument: s.generation for s in sources}
        waiting = self._statistics.waiting(assessment, generations)
        interviews = max((form.statistics.interviews for form in forms), default=0)
        return _Now(context, weighing, forms, generations, interviews, waiting)

    async def _too_close(self, assessment: str, interviews: int) -> str | None:
        """A published release that a picture would be held against (rule D-04)."""
        async with self._database.read() as session:
            published = await Releases(session).published(assessment)
        now = Basis(None, interviews)
        for view in published:
            there = Basis(view.snapshot_sha256, view.interviews)
            if too_close(now, there, differing=None):
                return view.id
        return None

    def _draw(
        self, now: _Now, shown: Sequence[Picture], earlier: Sequence[Beside]
    ) -> Picture | None:
        """Estimate, protect beside everything shown before, and keep; None without a variance."""
        context = now.context
        try:
            rules = without_later_stages(rules_of(now.weighing, context))
            estimates = self._statistics.estimates(now.forms, rules)
        except DesignError:
            return None
        beside = [*earlier, *(_beside(each) for each in shown)]
        areas = areas_of(context)
        people = self._statistics.people_of_places(now.forms)
        groups = groups_of_strata(people)
        cells, _ = protect_and_audit(
            sorted(
                (each for each in estimates if not is_of_nowhere(each.cell.subgroup, people)),
                key=lambda each: each.definition.code,
            ),
            release=RELEASE,
            time_period=time_period(context),
            probability_sample=context.probability_sample,
            area_of_stratum=areas,
            group_of_stratum=groups,
            earlier=beside,
        )
        own = drafted_beside(RELEASE, Joined(areas, groups), cells)
        picture = Picture(
            at=self._clock.now().isoformat(),
            interviews=now.interviews,
            observations=[cell.observation.model_dump_json() for cell in cells],
            standings=[
                [code, *_plain(standing)] for code, each in own.cells.items() for standing in each
            ],
            areas=areas,
            groups=groups,
            generations=now.generations,
            analysis=now.weighing.document(),
        )
        self._pictures.write(context.code, picture, now.weight_set)
        self._statistics.seen(context.code)
        return picture


def _is_due(now: _Now, mine: Picture | None, shown: Sequence[Picture]) -> bool:
    """Whether a picture would show enough people that the last one did not, or just the same.

    The last one under whatever weights: weights tell of nobody, times between pictures would.
    """
    if now.interviews == 0:
        return False
    if not shown:
        return True
    last = shown[-1]
    if last.generations == now.generations:
        return mine is None or mine.generations != now.generations
    apart = abs(now.interviews - last.interviews)
    return apart >= LEAST_DIFFERENCE and (now.waiting is None or now.waiting >= STEP)


def _plain(standing: Standing) -> list[Any]:
    counts = [standing.n, standing.n_numerator]
    return [standing.place, list(astuple(standing.cell)), standing.status.value, *counts]


def _beside(picture: Picture) -> Beside:
    cells: dict[str, list[Standing]] = {}
    for code, place, where, status, n, n_numerator in picture.standings:
        standing = Standing(place, Cell(*where), ObsStatus(status), n, n_numerator)
        cells.setdefault(code, []).append(standing)
    return Beside(RELEASE, Joined(picture.areas, picture.groups), cells)


def _content(now: _Now, picture: Picture | None, close: str | None) -> bytes:
    view = LiveView(
        assessment=now.context.code,
        interviews=now.interviews,
        coverage=_coverage(now),
        pictured_at=None,
        pictured_interviews=0 if picture is None else picture.interviews,
        waiting=now.waiting,
        held_back_by=close,
        errors_count_margins=counts_margins(now.forms),
        analysis=ReleaseAnalysis.model_validate(
            (picture and picture.analysis) or now.weighing.document()
        ),
        observations=[],
    ).model_dump(mode="json", exclude={"observations"})
    view["pictured_at"] = None if picture is None else picture.at
    texts = [] if picture is None else picture.observations
    return orjson.dumps(view)[:-1] + b',"observations":[%s]}' % ",".join(texts).encode()


def _coverage(now: _Now) -> list[StratumCoverage]:
    """By stratum of the sample: what interviews name and the sample does not is told too.

    Of the form with the most interviews, as in the whole: a household that answers two forms is
    one household.
    """
    interviews: Counter[str] = Counter()
    psus: Counter[str] = Counter()
    if now.forms:
        most = max(now.forms, key=lambda form: form.statistics.interviews).statistics
        for at in np.flatnonzero(most.interviews_of_psu > 0).tolist():
            stratum, _ = most.psus.keys[at]
            interviews[stratum] += int(most.interviews_of_psu[at])
            psus[stratum] += 1
    drawn = {s.stratum: s.psus_sampled for s in now.context.strata}
    return [
        StratumCoverage(
            stratum=stratum,
            interviews=interviews[stratum],
            psus=psus[stratum],
            psus_drawn=drawn.get(stratum),
        )
        for stratum in sorted({*drawn, *interviews})
    ]
