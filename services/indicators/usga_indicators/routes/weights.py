"""Weights as data: margins, recipes, weight sets, replicate weights, design rules."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from usga_shared.http.render import language_of
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    MissingCredential,
    NotFound,
    Unavailable,
    responses,
)
from usga_shared.wire.page import Page
from usga_shared.wire.sync import AssessmentCode

from usga_indicators.dependencies import (
    AssessmentDep,
    ClockDep,
    DatabaseDep,
    FollowerDep,
    KnownActor,
    KnownDep,
    WeightDeskDep,
    WeightsDep,
)
from usga_indicators.domain.weighting.recipe import Of
from usga_indicators.domain.weighting.replicate_weights import Asked, Method
from usga_indicators.messages import MarginExists, NothingToEstimate, WeightsRefused
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.make_weight_set import (
    Counted,
    Wanted,
    make_weight_set,
    preview_weights,
    set_design,
    upload_margin,
)
from usga_indicators.operations.read_weights import known_weight_set
from usga_indicators.operations.require_assessment import require_assessment
from usga_indicators.operations.weight_desk import MEDIA_TYPES, File, Format
from usga_indicators.routes.paging import PagingDep
from usga_indicators.schemas_weights import (
    DesignBody,
    DesignView,
    MarginUploaded,
    MarginView,
    NewMargin,
    NewWeightSet,
    TrimmedView,
    WeightPreview,
    WeightSetView,
)

router = APIRouter(prefix="/v1/weights", tags=["weights"], route_class=StrictRoute)
Assessment = Annotated[AssessmentCode, Query(description="Code of the assessment.")]
WeightSetId = Annotated[str, Path(max_length=36)]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in MEDIA_TYPES.values()}}
}


@router.post(
    "/margins",
    summary="Upload a population margin",
    status_code=201,
    responses=responses(
        MissingCredential, Forbidden, NotFound, WeightsRefused, MarginExists, Unavailable
    ),
)
async def add_margin(
    *,
    request: Request,
    body: NewMargin,
    actor: KnownActor,
    contexts: AssessmentDep,
    known: KnownDep,
    database: DatabaseDep,
    clock: ClockDep,
) -> MarginUploaded:
    """Store counts of the population with their source; the same again is the same.

    Questions and categories that the survey form does not have are refused; categories of the
    form that are not counted are told in `findings`, in the caller's language.
    """
    require_action(actor, body.assessment, "weights.make")
    sent = Counted(
        body.name,
        tuple(body.variables),
        [(tuple(c.categories), c.population) for c in body.cells],
        body.source,
        body.as_of.isoformat(),
    )
    stored, findings = await upload_margin(
        body.assessment,
        sent,
        by=f"{actor.kind}:{actor.id}",
        forms=contexts,
        known=known,
        database=database,
        clock=clock,
    )
    return MarginUploaded.told(stored, findings, language_of(request.scope))


@router.get(
    "/margins",
    summary="List population margins",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def list_margins(
    actor: KnownActor, weights: WeightsDep, assessment: Assessment
) -> list[MarginView]:
    """Every margin of the assessment, by name."""
    require_action(actor, assessment, "weights.read")
    return [MarginView.of(stored) for stored in await weights.margins(assessment)]


@router.get(
    "/design",
    summary="Read the rules of the design",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def read_design(
    actor: KnownActor, weights: WeightsDep, assessment: Assessment
) -> DesignView:
    """Lonely PSUs, population sizes, nesting: what the next release of the assessment uses."""
    require_action(actor, assessment, "weights.read")
    return DesignView.of(assessment, await weights.design(assessment))


@router.put(
    "/design",
    summary="Set the rules of the design",
    responses=responses(MissingCredential, Forbidden, NotFound, Unavailable),
)
async def put_design(
    *,
    body: DesignBody,
    actor: KnownActor,
    contexts: AssessmentDep,
    database: DatabaseDep,
    clock: ClockDep,
    assessment: Assessment,
) -> DesignView:
    """Rules for releases from now on; those that exist keep theirs."""
    require_action(actor, assessment, "weights.make")
    await require_assessment(contexts, assessment)
    rules = await set_design(
        assessment,
        body.rules(0),
        by=f"{actor.kind}:{actor.id}",
        database=database,
        clock=clock,
    )
    return DesignView.of(assessment, rules)


@router.post(
    "/previews",
    summary="Preview weights without storing them",
    responses=responses(
        MissingCredential, Forbidden, NotFound, NothingToEstimate, WeightsRefused, Unavailable
    ),
)
async def preview(
    *,
    body: NewWeightSet,
    actor: KnownActor,
    sampled: AssessmentDep,
    follower: FollowerDep,
    database: DatabaseDep,
    known: KnownDep,
) -> WeightPreview:
    """Make the weights of a recipe on the interviews of now; every finding names its place."""
    require_action(actor, body.assessment, "weights.make")
    trial = await preview_weights(
        _wanted(body), sampled=sampled, follower=follower, database=database, known=known
    )
    return WeightPreview(
        steps=trial.steps,
        diagnostics=dict(trial.made.diagnostics),
        interviews=len(trial.units),
        snapshot_sha256=trial.snapshot_sha256,
        weights_sha256=trial.weights_sha256,
    )


@router.post(
    "",
    summary="Make a weight set",
    status_code=201,
    responses=responses(
        MissingCredential, Forbidden, NotFound, NothingToEstimate, WeightsRefused, Unavailable
    ),
)
async def create_weight_set(
    *,
    body: NewWeightSet,
    actor: KnownActor,
    sampled: AssessmentDep,
    follower: FollowerDep,
    database: DatabaseDep,
    known: KnownDep,
    clock: ClockDep,
) -> WeightSetView:
    """Solve the recipe on the interviews of now and keep it; a release may then name it.

    The same recipe and title on the same interviews again gives the set that is there.
    """
    require_action(actor, body.assessment, "weights.make")
    stored = await make_weight_set(
        _wanted(body),
        by=f"{actor.kind}:{actor.id}",
        sampled=sampled,
        follower=follower,
        database=database,
        known=known,
        clock=clock,
    )
    return WeightSetView.of(stored)


def _wanted(body: NewWeightSet) -> Wanted:
    return Wanted(body.assessment, body.instrument, body.title, body.recipe.recipe())


@router.get(
    "",
    summary="List weight sets",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidCursor),
)
async def list_weight_sets(
    actor: KnownActor,
    weights: WeightsDep,
    paging: PagingDep,
    assessment: Assessment,
    limit: Limit = 20,
) -> Page[WeightSetView]:
    """Weight sets of an assessment, newest first."""
    require_action(actor, assessment, "weights.read")
    scope = f"weights {assessment}"
    found = await weights.sets(assessment, limit=limit + 1, before=paging.start(scope))
    return paging.page(scope, found, limit, place=lambda s: s.number, view=WeightSetView.of)


@router.get(
    "/{weight_set}",
    summary="Read a weight set",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def read_weight_set(
    weight_set: WeightSetId, actor: KnownActor, weights: WeightsDep
) -> WeightSetView:
    """Recipe, solved steps, margins with their sources, diagnostics and digests."""
    return WeightSetView.of(await known_weight_set(weights, weight_set, actor, "weights.read"))


@router.get(
    "/{weight_set}/trimmed",
    summary="Read who was trimmed",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidCursor),
)
async def list_trimmed(
    weight_set: WeightSetId,
    actor: KnownActor,
    weights: WeightsDep,
    paging: PagingDep,
    limit: Limit = 100,
) -> Page[TrimmedView]:
    """The log of trimming: pseudonym, weight before and after."""
    await known_weight_set(weights, weight_set, actor, "weights.read")
    scope = f"trimmed {weight_set}"
    start = paging.start(scope)
    after = -1 if start is None else start
    found = await weights.trims(weight_set, after=after, limit=limit + 1)
    return paging.page(scope, found, limit, place=lambda t: t.position, view=TrimmedView.of)


@router.get(
    "/{weight_set}/units",
    summary="Download weights",
    response_class=Response,
    responses=_FILES
    | responses(MissingCredential, Forbidden, NotFound, WeightsRefused, Unavailable),
)
async def download_weights(
    *,
    weight_set: WeightSetId,
    actor: KnownActor,
    weights: WeightsDep,
    desk: WeightDeskDep,
    known: KnownDep,
    format: Annotated[Literal["csv", "parquet"], Query()] = "csv",
) -> Response:
    """Person and household weight of every interview of now, by pseudonym."""
    stored = await known_weight_set(weights, weight_set, actor, "weights.download")
    return _file(await desk.weights(stored, format, known))


def _asked(
    method: Annotated[Method, Query(description="JK1, JKn, BRR, Fay or bootstrap.")],
    replicates: Annotated[int, Query(ge=2, le=2000, description="Of the bootstrap.")] = 500,
    seed: Annotated[int, Query(ge=0, lt=2**63, description="Of the bootstrap.")] = 1,
    rho: Annotated[float, Query(ge=0, lt=1, description="Of Fay's method.")] = 0.3,
    *,
    readjust: Annotated[
        bool, Query(description="Each replicate goes through the recipe by itself.")
    ] = True,
) -> Asked:
    """Which replicates a question asks for."""
    return Asked(method, replicates, seed, rho, readjust)


@router.get(
    "/{weight_set}/replicates",
    summary="Download replicate weights",
    response_class=Response,
    responses=_FILES
    | responses(MissingCredential, Forbidden, NotFound, WeightsRefused, Unavailable),
)
async def download_replicates(
    *,
    weight_set: WeightSetId,
    actor: KnownActor,
    weights: WeightsDep,
    desk: WeightDeskDep,
    known: KnownDep,
    asked: Annotated[Asked, Depends(_asked)],
    set: Annotated[Literal["person", "household"], Query()] = "person",
    format: Annotated[Format, Query()] = "csv",
) -> Response:
    """Replicate weights made on request: the same question gives the same bytes.

    `format=json` tells method, scale and rscales; Parquet carries them in its metadata.
    """
    stored = await known_weight_set(weights, weight_set, actor, "weights.download")
    made = await desk.replicates(stored, asked, of=Of(set), file=format, known=known)
    return _file(made)


def _file(made: File) -> Response:
    return Response(
        made.content,
        media_type=made.media_type,
        headers={"X-Snapshot-SHA256": made.snapshot_sha256, "Cache-Control": "private, no-store"},
    )
