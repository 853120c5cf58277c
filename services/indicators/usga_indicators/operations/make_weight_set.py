"""Make, preview and store weight sets; upload margins; set the rules of a design."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from usga_shared.clients.base import UpstreamProblem
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7
from usga_shared.problems import Conflict, NotFound, Unavailable
from usga_shared.wire.extract import AssessmentContext, PsuOutcomes

from usga_indicators.domain.codebook import Frame, frame_of, skip_rules
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.sources import source_of
from usga_indicators.domain.weighting.make import Made, make_weights
from usga_indicators.domain.weighting.recipe import Recipe, digest_of
from usga_indicators.domain.weighting.refusals import WeightFinding, WeightingRefused
from usga_indicators.domain.weighting.units import CaseGroup, Margin, Surroundings, Units
from usga_indicators.messages import MarginExists, NothingToEstimate
from usga_indicators.operations.check_margin import Forms, check_margin
from usga_indicators.operations.follow_feed import FeedFollower, Source, wanted_names
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.weigh import plain_margin, refusal_of, units_of, weights_digest
from usga_indicators.storage.extract_tables import interviews_of, snapshot_digest
from usga_indicators.storage.weights import (
    DesignRules,
    StoredMargin,
    StoredWeightSet,
    Weights,
)

_NOT_FOUND = 404
_ATTEMPTS = 3


class Sampled(Protocol):
    """What the operation needs of the assessment service."""

    async def context(self, assessment: str) -> AssessmentContext:
        """Everything of an assessment that a release freezes."""
        ...

    async def outcomes(self, assessment: str) -> list[PsuOutcomes]:
        """What became of the cases, by PSU."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recipe, on the interviews of which form."""

    assessment: str
    instrument: str
    title: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Weights as they would be, with everything that they were made from."""

    source: Source
    units: Units
    around: Surroundings
    made: Made
    snapshot_sha256: str
    weights_sha256: str

    @property
    def steps(self) -> list[dict[str, object]]:
        """The frozen steps as JSON holds them."""
        return [step.plain() for step in self.made.steps]


async def preview_weights(
    wanted: Wanted,
    *,
    sampled: Sampled,
    follower: FeedFollower,
    database: Database,
    known: KnownDefinitions,
) -> Trial:
    """Make the weights and store nothing. Raises NotFound, NothingToEstimate, WeightsRefused."""
    sources, cases = await _upstream(wanted, sampled, follower, known)
    async with database.read() as session:
        margins = await Weights(session).margins(wanted.assessment)
    definitions = await known.computed(wanted.assessment)
    return await asyncio.to_thread(
        _tried, wanted, sources, cases, [m.margin for m in margins], definitions
    )


async def _upstream(
    wanted: Wanted, sampled: Sampled, follower: FeedFollower, known: KnownDefinitions
) -> tuple[list[Source], list[CaseGroup]]:
    for _ in range(_ATTEMPTS):
        try:
            asked = await known.asked(wanted.assessment)
            sources = await follower.follow(wanted.assessment, asked)
            cases = []
            if wanted.recipe.needs_cases:
                cases = [
                    CaseGroup(**group.model_dump())
                    for group in await sampled.outcomes(wanted.assessment)
                ]
        except UpstreamProblem as refusal:
            if refusal.upstream_status == _NOT_FOUND:
                raise NotFound from refusal
            raise
        except Conflict:  # another process follows the same feed
            continue
        return sources, cases
    raise Unavailable


def _tried(
    wanted: Wanted,
    sources: Sequence[Source],
    cases: Sequence[CaseGroup],
    margins: Sequence[Margin],
    definitions: Sequence[Definition],
) -> Trial:
    chosen = [s for s in sources if s.layout.instrument == wanted.instrument]
    if not chosen or source_of(wanted.instrument) is not Kind.SURVEY:
        message = f"the assessment has no survey {wanted.instrument}"
        raise refusal_of([WeightFinding("/instrument", "unknown-instrument", message)])
    source = chosen[0]
    units = units_of(source, frame_with(source, definitions))
    around = Surroundings(cases, {m.name: m for m in margins})
    try:
        made = make_weights(wanted.recipe, units, around)
    except WeightingRefused as reason:
        raise refusal_of(reason.findings) from reason
    return Trial(
        source,
        units,
        around,
        made,
        snapshot_digest(source.tables),
        weights_digest(units, made.weights),
    )


def frame_with(source: Source, definitions: Sequence[Definition]) -> Frame:
    """The interviews of a survey as columns. Raises NothingToEstimate without any."""
    raw = interviews_of(source.tables, source.layout, weighted=True)
    if len(raw) == 0:
        raise NothingToEstimate
    rules = skip_rules().joined(source.codebook.skips)
    return frame_of(raw, source.codebook, wanted_names(definitions, source.codebook), rules)


async def make_weight_set(
    wanted: Wanted,
    *,
    by: str,
    sampled: Sampled,
    follower: FeedFollower,
    database: Database,
    known: KnownDefinitions,
    clock: Clock,
) -> StoredWeightSet:
    """Make weights and store them under the next number; the same again is the same.

    Raises what `preview_weights` raises.
    """
    trial = await preview_weights(
        wanted, sampled=sampled, follower=follower, database=database, known=known
    )
    for _ in range(_ATTEMPTS):
        async with database.write() as session:
            weights = Weights(session)
            stored = _stored(wanted, trial, await weights.next_number(wanted.assessment), clock)
            before = await weights.same(stored)
            if before is not None:
                return before
            if await weights.add_set(stored, trial.made.trimmed, created_by=by):
                return stored
    raise Unavailable


def _stored(wanted: Wanted, trial: Trial, number: int, clock: Clock) -> StoredWeightSet:
    recipe = wanted.recipe
    margins = [plain_margin(trial.around.margins[name]) for name in recipe.margins]
    steps = trial.steps
    return StoredWeightSet(
        id=str(uuid7(clock.now())),
        assessment=wanted.assessment,
        number=number,
        instrument=wanted.instrument,
        title=wanted.title or f"Weight set {number}",
        recipe=recipe.plain(),
        steps=steps,
        margins=margins,
        cases=[asdict(group) for group in trial.around.cases],
        diagnostics=dict(trial.made.diagnostics),
        sha256=set_digest(wanted.instrument, recipe.plain(), steps, margins),
        weights_sha256=trial.weights_sha256,
        snapshot_sha256=trial.snapshot_sha256,
        generation=trial.source.generation,
        interviews=len(trial.units),
        created_at=clock.now(),
    )


def set_digest(
    instrument: str,
    recipe: Sequence[object],
    steps: Sequence[object],
    margins: Sequence[object],
) -> str:
    """SHA-256 of what gives the weights: form, recipe, solved steps, margins."""
    return digest_of([instrument, list(recipe), list(steps), list(margins)])


@dataclass(frozen=True, slots=True)
class Counted:
    """A margin as it was sent, before anybody looked at it."""

    name: str
    variables: tuple[str, ...]
    cells: Sequence[tuple[tuple[str, ...], float]]
    source: str
    as_of: str


async def upload_margin(
    assessment: str,
    sent: Counted,
    *,
    by: str,
    forms: Forms,
    known: KnownDefinitions,
    database: Database,
    clock: Clock,
) -> tuple[StoredMargin, tuple[WeightFinding, ...]]:
    """Store a margin, with what may stop weights later; the same again is the same.

    Raises NotFound, WeightsRefused, MarginExists, Unavailable.
    """
    keys = [key for key, _ in sent.cells]
    definitions = await known.computed(assessment)
    fit = await check_margin(
        assessment, sent.variables, keys, forms=forms, definitions=definitions
    )
    findings = [*_margin_findings(sent), *fit.errors]
    if findings:
        raise refusal_of(findings)
    margin = Margin(sent.name, sent.variables, dict(sent.cells), sent.source, sent.as_of)
    plain = plain_margin(margin)
    stored = StoredMargin(assessment, margin, digest_of(plain), clock.now())
    async with database.write() as session:
        weights = Weights(session)
        if await weights.add_margin(stored, created_by=by):
            return stored, fit.warnings
        before = await weights.margin(assessment, margin.name)
    if before is None or before.sha256 != stored.sha256:
        raise MarginExists(name=margin.name)
    return before, fit.warnings


def _margin_findings(sent: Counted) -> list[WeightFinding]:
    found = []
    width = len(sent.variables)
    if len(set(sent.variables)) != width:
        found.append(WeightFinding("/variables", "twice", "a variable is named twice"))
    seen: set[tuple[str, ...]] = set()
    for at, (key, _) in enumerate(sent.cells):
        if len(key) != width:
            message = f"{len(key)} categories for {width} variables"
            found.append(WeightFinding(f"/cells/{at}/categories", "wrong-number", message))
        if key in seen:
            message = f"{', '.join(key)} is counted twice"
            found.append(WeightFinding(f"/cells/{at}/categories", "twice", message))
        seen.add(key)
    if sum(count for _, count in sent.cells) <= 0:
        found.append(WeightFinding("/cells", "nobody", "the population is empty"))
    return found


async def set_design(
    assessment: str, rules: DesignRules, *, by: str, database: Database, clock: Clock
) -> DesignRules:
    """Store rules as the next number; the same as now changes nothing. Raises Unavailable."""
    for _ in range(_ATTEMPTS):
        async with database.write() as session:
            weights = Weights(session)
            now = await weights.design(assessment)
            fresh = DesignRules(**{**rules.plain(), "number": now.number + 1})
            if {**fresh.plain(), "number": now.number} == now.plain() and now.number:
                return now
            if await weights.set_design(assessment, fresh, created_by=by, at=clock.now()):
                return fresh
    raise Unavailable
