"""Compute a draft release from the newest extract."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from usga_shared.auth.actors import Actor
from usga_shared.clients.base import UpstreamProblem
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7
from usga_shared.problems import Conflict, NotFound, Unavailable
from usga_shared.wire.comparison import VersionComparison
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import ReleaseAnalysis, ReleaseView
from usga_shared.wire.vocabulary import ObsStatus, ReleaseState

from usga_indicators.domain.definition import Definition, definitions_digest
from usga_indicators.domain.disclosure import Rule
from usga_indicators.domain.publication import Joined, audit_document, indicator_view
from usga_indicators.domain.weighting.recipe import digest_of
from usga_indicators.domain.weighting.replicate_weights import Asked
from usga_indicators.messages import (
    AlreadyCorrected,
    NotCorrectable,
    OrderKeyReused,
)
from usga_indicators.operations.count_left_out import count_left_out
from usga_indicators.operations.estimate import Estimated, estimate, seed_of
from usga_indicators.operations.follow_feed import FeedFollower, Source
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.put_beside import (
    areas_of,
    attacked,
    definitions_beside,
    drafted_beside,
    published_beside,
)
from usga_indicators.operations.read_weights import weighing_of
from usga_indicators.operations.weigh import Weighing, made_by, plain_asked
from usga_indicators.storage.extract_tables import versions_in
from usga_indicators.storage.extracts import Extracts
from usga_indicators.storage.indices import Indices
from usga_indicators.storage.observations import Observations
from usga_indicators.storage.releases import Release, Releases
from usga_indicators.storage.statistics_files import StatisticsFiles
from usga_indicators.storage.weights import Weights

_NOT_FOUND = 404
_ATTEMPTS = 3


class Contexts(Protocol):
    """What the operation needs of the assessment service."""

    async def context(self, assessment: str) -> AssessmentContext:
        """Everything of an assessment that a release freezes."""
        ...

    async def comparisons(
        self, assessment: str, instrument: str, versions: Sequence[str]
    ) -> list[VersionComparison]:
        """What changed between each two neighbours among these versions of a form."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants which release; with a key, wanting it again gives the same one."""

    actor: Actor
    assessment: str
    title: str
    key: str | None = None
    weight_set: str | None = None
    asked: Asked | None = None
    corrects: str | None = None
    note: str | None = None

    @property
    def by(self) -> str:
        return f"{self.actor.kind}:{self.actor.id}"

    def bound(self) -> tuple[str, str] | None:
        """Digests of the key (of this actor) and of what it stands for."""
        if self.key is None:
            return None
        plain = [self.assessment, self.title]
        more = [self.weight_set, self.corrects, self.note]
        variance = plain_asked(self.asked) if self.asked else None
        if any(more) or variance:
            plain.append(digest_of([*more, variance]))
        return _sha256(self.by, self.key), _sha256(*plain)


async def compute_release(
    order: Order,
    *,
    contexts: Contexts,
    follower: FeedFollower,
    database: Database,
    statistics: StatisticsFiles,
    known: KnownDefinitions,
    clock: Clock,
    code_version: str,
) -> ReleaseView:
    """Follow the feed, estimate in a thread, store a draft. No transaction waits meanwhile.

    When the extract moves on in between, the draft is computed anew: its snapshot would be gone,
    and somebody's withdrawal with it (rule C-02). Raises NotFound, OrderKeyReused,
    UnknownWeightSet, NotCorrectable, AlreadyCorrected, Unavailable, and what `estimate` raises.
    """
    weighing = await _weighing(order, database)
    for _ in range(_ATTEMPTS):
        made = await _made_before(order, database)
        if made is not None:
            return made
        try:
            context = await contexts.context(order.assessment)
            sources = await follower.follow(order.assessment, await known.asked(order.assessment))
            context = await _with_comparisons(contexts, context, sources)
        except UpstreamProblem as refusal:
            if refusal.upstream_status == _NOT_FOUND:
                raise NotFound from refusal
            raise
        except Conflict:  # another process follows the same feed
            continue
        definitions = await known.computed(order.assessment)
        release = str(uuid7(clock.now()))
        earlier = await published_beside(database, order.assessment)
        rivals = await definitions_beside(
            database,
            order.assessment,
            await known.published(order.assessment),
            only=[each.release for each in earlier],
        )
        estimated = await asyncio.to_thread(
            estimate,
            sources,
            definitions,
            context,
            release=release,
            time_period=time_period(context),
            earlier=earlier,
            weighing=weighing,
            rivals=rivals,
        )
        beside = await asyncio.to_thread(
            attacked,
            drafted_beside(
                release,
                Joined(areas_of(context), estimated.groups),
                estimated.cells,
                made_by(weighing.weight_set),
            ),
            earlier,
            estimated.definitions,
        )
        draft = _draft(
            order,
            release=release,
            weighing=weighing,
            context=context,
            sources=sources,
            estimated=estimated,
            beside=beside,
            clock=clock,
            code_version=code_version,
        )
        if await _store(draft, estimated, order, database, statistics):
            return draft.view
    raise Unavailable


async def _weighing(order: Order, database: Database) -> Weighing:
    """Weights, rules and variance of an order.

    Raises UnknownWeightSet, NotCorrectable, AlreadyCorrected.
    """
    async with database.read() as session:
        found = await weighing_of(Weights(session), order.assessment, order.weight_set)
        if order.corrects is not None:
            wrong = await Releases(session).any(order.corrects)
            if (
                wrong is None
                or wrong.view.assessment != order.assessment
                or not wrong.was_published
            ):
                raise NotCorrectable(release=order.corrects)
            newest = await Releases(session).end_of_line(order.corrects)
            if newest is not None:  # each correction cites the one before it: one line to follow
                raise AlreadyCorrected(newest=newest)
    return replace(found, asked=order.asked)


async def _with_comparisons(
    contexts: Contexts, context: AssessmentContext, sources: Sequence[Source]
) -> AssessmentContext:
    """Add what changed between the versions that the interviews were made with."""
    found: list[VersionComparison] = []
    for source in sources:
        used = versions_in(source.tables)
        if len(used) > 1:
            found += await contexts.comparisons(context.code, source.layout.instrument, used)
    return context.model_copy(update={"comparisons": found})


async def _store(
    draft: Release,
    estimated: Estimated,
    order: Order,
    database: Database,
    statistics: StatisticsFiles,
) -> bool:
    """False when the extract has moved on, or the same order was quicker at the same time."""
    generations = {s["instrument"]: s["generation"] for s in draft.sources}
    assessment = order.assessment
    stored = False
    try:
        sha256 = await asyncio.to_thread(statistics.write, assessment, draft.id, estimated.kept)
        draft = replace(draft, statistics_sha256=sha256)
        async with database.write() as session:
            if not await Extracts(session).hold_if_current(assessment, generations):
                return False
            added = await Releases(session).add(draft, created_by=order.by, order=order.bound())
            if added:
                await Observations(session).add(draft.id, estimated.cells)
                await Indices(session).add(draft.id, estimated.indices)
        stored = added
    finally:
        if not stored:
            await asyncio.to_thread(statistics.discard, assessment, draft.id)
    return stored


async def _made_before(order: Order, database: Database) -> ReleaseView | None:
    bound = order.bound()
    if bound is None:
        return None
    async with database.read() as session:
        found = await Releases(session).of_order(bound[0])
    if found is None:
        return None
    if found[1] != bound[1]:
        raise OrderKeyReused
    return found[0].view


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def time_period(context: AssessmentContext) -> str:
    """The year of the fieldwork, else that of the assessment's code; SDMX TIME_PERIOD."""
    return (context.fieldwork_to or context.fieldwork_from or context.code[-4:])[:4]


def content_digest(published: Iterable[str]) -> str:
    """SHA-256 of the observations as they are published, one a line."""
    digest = hashlib.sha256()
    for text in published:
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def _draft(
    order: Order,
    *,
    release: str,
    weighing: Weighing,
    context: AssessmentContext,
    sources: Sequence[Source],
    estimated: Estimated,
    beside: dict[str, Any],
    clock: Clock,
    code_version: str,
) -> Release:
    observations = [cell.observation for cell in estimated.cells]
    view = ReleaseView(
        id=release,
        assessment=context.code,
        title=order.title or f"{context.code} {time_period(context)}",
        state=ReleaseState.DRAFT,
        time_period=time_period(context),
        created_at=clock.now(),
        snapshot_sha256=estimated.snapshot_sha256,
        definitions_sha256=definitions_digest(estimated.definitions),
        content_sha256=content_digest(o.model_dump_json() for o in observations),
        code_version=code_version,
        seed=seed_of(estimated.snapshot_sha256),
        interviews=estimated.interviews,
        observations=len(observations),
        suppressed=sum(o.obs_status is ObsStatus.SUPPRESSED for o in observations),
        lonely_psu=sum(o.reason == Rule.LONELY_PSU for o in observations),
        synthetic=context.synthetic,
        analysis=ReleaseAnalysis.model_validate(weighing.document()),
        corrects=order.corrects,
        note=order.note,
        left_out=count_left_out(sources),
    )
    return Release(
        view,
        context=context.model_dump(mode="json"),
        indicators=[_indicator(d, estimated) for d in estimated.definitions],
        sources=[{"instrument": s.layout.instrument, "generation": s.generation} for s in sources],
        not_recomputable=None,
        audit={
            **audit_document(estimated.told),
            "beside": beside,
            "groups": dict(estimated.groups),
        },
    )


def _indicator(definition: Definition, estimated: Estimated) -> dict[str, Any]:
    found = estimated.compared[definition.code]
    view = indicator_view(definition).model_copy(
        update={
            "comparability": found.effect,
            "changes": list(found.changes),
            **({"source": "non_probability"} if definition.code in estimated.chosen else {}),
        }
    )
    return view.model_dump(mode="json")
