"""Releases: compute, freeze, publish, verify."""

from importlib.metadata import version
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from usga_shared.http.etag import BY_READER
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    MissingCredential,
    NotFound,
    ReleaseRetracted,
    Unavailable,
    responses,
)
from usga_shared.wire.page import Page
from usga_shared.wire.release import IndicatorView, ReleaseView
from usga_shared.wire.sync import AssessmentCode
from usga_shared.wire.vocabulary import ReleaseState

from usga_indicators.dependencies import (
    AssessmentDep,
    ClockDep,
    DatabaseDep,
    FilesDep,
    FollowerDep,
    KeptDep,
    KnownActor,
    KnownDep,
    OptionalActor,
    ReleasesDep,
    VerifierDep,
)
from usga_indicators.messages import (
    AlreadyCorrected,
    DesignRefused,
    HiddenCellsOpen,
    NotCorrectable,
    NothingToEstimate,
    NotRecomputable,
    NotValidated,
    OrderKeyReused,
    OtherReleaseValidated,
    ReleaseImmutable,
    ReleaseTooClose,
    ReleaseUnderEmbargo,
    UnknownWeightSet,
    WeightsRefused,
)
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.compare_releases import compare_releases
from usga_indicators.operations.compute_release import Order, compute_release
from usga_indicators.operations.move_release import move_release
from usga_indicators.operations.verify_release import Verification
from usga_indicators.routes.paging import PagingDep
from usga_indicators.schemas_releases import ReleaseDetail, ReleaseDifference
from usga_indicators.schemas_weights import VarianceBody

router = APIRouter(prefix="/v1/releases", tags=["releases"], route_class=StrictRoute)
ReleaseId = Annotated[str, Path(max_length=36)]


def _by_reader(response: Response) -> None:
    """Drafts are there for some: no cache may give one reader's answer to another."""
    response.headers.update({"Cache-Control": "private, no-cache", "Vary": BY_READER})


_ByReader = Depends(_by_reader)


class NewRelease(BaseModel):
    """What to compute."""

    model_config = ConfigDict(extra="forbid")

    assessment: AssessmentCode
    title: str = Field("", max_length=200, examples=["Mathare 2026, first results"])
    weight_set: str | None = Field(
        None, max_length=36, description="A weight set of the assessment; none: base weights."
    )
    variance: VarianceBody | None = Field(
        None, description="Errors by replicate weights; none: linearised."
    )
    corrects: str | None = Field(
        None,
        max_length=36,
        description="A release that this one corrects, published or retracted; it stays as it is "
        "and says so.",
    )
    note: str | None = Field(
        None,
        min_length=10,
        max_length=2000,
        description="Of a correction: what was wrong there, and what is right here.",
        examples=["Weights were not raked; shares by sex moved by up to 2 points."],
    )

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if (self.corrects is None) != (self.note is None):
            raise PydanticCustomError(
                "correction_note", "a correction has a note, and a note is of a correction"
            )
        return self


class ReleaseMove(BaseModel):
    """Where to move a release."""

    model_config = ConfigDict(extra="forbid")

    to: ReleaseState = Field(
        description="frozen or published; retracting is a request of its own.", examples=["frozen"]
    )
    embargo_until: AwareDatetime | None = Field(
        None,
        description="With `published`: a moment to come, at which a frozen release is published "
        "by itself. A moment that is over lifts an embargo.",
        examples=["2026-08-01T09:00:00Z"],
    )

    @model_validator(mode="after")
    def _of_publication(self) -> Self:
        if self.embargo_until is not None and self.to is not ReleaseState.PUBLISHED:
            raise PydanticCustomError(
                "embargo_of_publication", "an embargo is of a move to published alone"
            )
        return self


@router.post(
    "",
    summary="Compute a draft release",
    status_code=201,
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        DesignRefused,
        NothingToEstimate,
        OrderKeyReused,
        UnknownWeightSet,
        WeightsRefused,
        NotCorrectable,
        AlreadyCorrected,
        Unavailable,
    ),
)
async def create_release(
    *,
    body: NewRelease,
    actor: KnownActor,
    contexts: AssessmentDep,
    follower: FollowerDep,
    database: DatabaseDep,
    statistics: KeptDep,
    known: KnownDep,
    clock: ClockDep,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=128,
            description="Makes a repeated order safe: it gives the same release.",
        ),
    ] = None,
) -> ReleaseView:
    """Follow the change feed to its end, estimate every indicator, protect, store a draft."""
    require_action(actor, body.assessment, "release.compute")
    return await compute_release(
        Order(
            actor,
            body.assessment,
            body.title,
            key,
            weight_set=body.weight_set,
            asked=body.variance.asked() if body.variance else None,
            corrects=body.corrects,
            note=body.note,
        ),
        contexts=contexts,
        follower=follower,
        database=database,
        statistics=statistics,
        known=known,
        clock=clock,
        code_version=version("usga-indicators"),
    )


@router.get(
    "", summary="List releases", responses=responses(InvalidCursor), dependencies=[_ByReader]
)
async def list_releases(
    *,
    actor: OptionalActor,
    releases: ReleasesDep,
    paging: PagingDep,
    assessment: Annotated[str | None, Query(max_length=32)] = None,
    state: Annotated[
        ReleaseState | None, Query(description="Only releases in this state.")
    ] = None,
    limit: Limit = 100,
) -> Page[ReleaseView]:
    """Newest first: published and retracted ones, and drafts where you release results.

    `state=retracted` is the list of what was taken back: keep mirrors of the numbers by it.
    """
    scope = f"releases {state}" if state else "releases"
    found = await releases.newest(
        actor, assessment=assessment, state=state, limit=limit + 1, before=paging.after(scope)
    )
    return paging.page(scope, found, limit, place=lambda r: r.id, view=lambda r: r.view)


@router.get(
    "/{release}",
    summary="Read a release",
    responses=responses(NotFound),
    dependencies=[_ByReader],
)
async def read_release(
    release: ReleaseId, actor: OptionalActor, releases: ReleasesDep
) -> ReleaseDetail:
    """Hashes, versions and state of a release; a draft of others is not there (404).

    A retracted one says since when, why, and what to read instead: only its numbers are gone.
    """
    found = await releases.listed(release, actor)
    if found is None:
        raise NotFound
    corrected_by = await releases.corrections(release)
    return ReleaseDetail.of(found, corrected_by, await releases.instead_of(found))


@router.get(
    "/{release}/diff",
    summary="Compare two releases",
    responses=responses(NotFound, ReleaseRetracted, InvalidCursor),
    dependencies=[_ByReader],
)
async def compare(
    *,
    release: ReleaseId,
    against: Annotated[
        str, Query(max_length=36, description="An earlier release of the same assessment.")
    ],
    actor: OptionalActor,
    database: DatabaseDep,
    paging: PagingDep,
    limit: Limit = 100,
) -> ReleaseDifference:
    """Cells that came, went or changed, as they were published; hidden numbers stay hidden."""
    found = await compare_releases(release, against, actor=actor, database=database)
    scope = f"diff {release} {against}"
    start = paging.start(scope) or 0
    more = len(found.cells) > start + limit
    following = paging.following(scope, start + limit if more else None)
    return ReleaseDifference.of(found, start, limit, following)


@router.get(
    "/{release}/indicators",
    summary="Read the indicators of a release",
    responses=responses(NotFound, ReleaseRetracted),
    dependencies=[_ByReader],
)
async def read_indicators(
    release: ReleaseId, actor: OptionalActor, releases: ReleasesDep
) -> list[IndicatorView]:
    """The definitions as they were frozen, and how far versions of the form asked the same."""
    found = await releases.get(release, actor)
    if found is None:
        raise NotFound
    return [IndicatorView.model_validate(indicator) for indicator in found.indicators]


@router.post(
    "/{release}/transitions",
    summary="Freeze or publish a release",
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        ReleaseImmutable,
        NotValidated,
        OtherReleaseValidated,
        AlreadyCorrected,
        ReleaseTooClose,
        HiddenCellsOpen,
        ReleaseUnderEmbargo,
        Unavailable,
    ),
)
async def move(
    *,
    release: ReleaseId,
    body: ReleaseMove,
    actor: KnownActor,
    contexts: AssessmentDep,
    known: KnownDep,
    database: DatabaseDep,
    files: FilesDep,
    clock: ClockDep,
) -> ReleaseView:
    """Move a draft to `frozen`, a frozen release to `published`; repeating changes nothing.

    Publishing waits until the assessment itself is published: residents validate first. It is
    refused where readers of this and the published releases could work out a hidden cell. Under
    an embargo the release stays frozen until its moment, then it is checked again and published.
    """
    return await move_release(
        database,
        release,
        body.to,
        actor=actor,
        contexts=contexts,
        known=known,
        files=files,
        clock=clock,
        embargo_until=body.embargo_until,
    )


@router.get(
    "/{release}/verification",
    summary="Recompute a release and compare",
    responses=responses(MissingCredential, Forbidden, NotFound, NotRecomputable),
)
async def verify(
    release: ReleaseId,
    actor: KnownActor,
    verifier: VerifierDep,
    known: KnownDep,
) -> Verification:
    """Compute the release anew from its snapshot: unrounded numbers agree to 1e-9.

    One release is computed at a time, and what was found is the answer for a minute. A tablet or
    a hub may not ask.
    """
    return await verifier.verify(release, actor=actor, known=known)
