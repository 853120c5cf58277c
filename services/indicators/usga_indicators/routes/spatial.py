"""Patterns in space of the published numbers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError
from usga_shared.http.etag import conditional
from usga_shared.http.render import error_items, language_of
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    InvalidRequest,
    NotFound,
    ReleaseRetracted,
    Unavailable,
    responses,
)
from usga_shared.wire.vocabulary import TOTAL

from usga_indicators.dependencies import OptionalActor, SpatialDep
from usga_indicators.domain.spatial import Neighbouring, Rule
from usga_indicators.messages.spatial import SpatialUndefined
from usga_indicators.operations.read_spatial import Wanted
from usga_indicators.schemas_spatial import Kind, NeighboursAsked, SpatialView

router = APIRouter(prefix="/v1/releases", tags=["releases"])
_PUBLIC, _PRIVATE = "public, no-cache", "private, no-cache"


def _neighbouring(
    request: Request,
    neighbours: Annotated[
        Rule,
        Query(
            description="queen: outlines touch; knn: the `k` nearest by centroid; band: centroids "
            "within `distance`."
        ),
    ] = Rule.QUEEN,
    k: Annotated[
        int | None, Query(ge=1, le=20, description="Of knn; 4 without it.", examples=[4])
    ] = None,
    distance: Annotated[
        float | None,
        Query(ge=1, le=1_000_000, description="Of band, in metres.", examples=[1500]),
    ] = None,
) -> Neighbouring:
    try:
        asked = NeighboursAsked(neighbours=neighbours, k=k, distance=distance)
    except ValidationError as refused:
        language = language_of(request.scope)
        raise InvalidRequest(errors=error_items(refused.errors(), language)) from None
    return asked.neighbouring()


@router.get(
    "/{release}/indicators/{code}/spatial",
    summary="Read the spatial pattern of an indicator",
    response_model=SpatialView,
    responses={
        304: {"description": "The caller has it."},
        **responses(
            Forbidden,
            InvalidCredential,
            NotFound,
            ReleaseRetracted,
            SpatialUndefined,
            InvalidRequest,
            Unavailable,
        ),
    },
)
async def read_pattern(
    *,
    request: Request,
    release: Annotated[str, Path(max_length=36)],
    code: Annotated[str, Path(max_length=16, examples=["PER-01"])],
    neighbouring: Annotated[Neighbouring, Depends(_neighbouring)],
    actor: OptionalActor,
    desk: SpatialDep,
    item: Annotated[
        str, Query(max_length=64, description="Category of a multinomial indicator.")
    ] = TOTAL,
    kind: Annotated[
        Kind | None,
        Query(description="Of areas; without it the innermost that the release has cells for."),
    ] = None,
) -> Response:
    """Whether high values lie beside each other (Moran, Geary, G), and where (local Moran, Gi*).

    From what the release shows and the map that was frozen with it: an area whose cell is hidden
    is left out and named. Permutations are drawn from the release's seed, so the same question
    always has the same answer. Published releases need no login.

    S3 answers of a release that is not published are refused (403) to who may not read such
    answers.
    """
    found = await desk.read(Wanted(release, code, item, kind, neighbouring), actor)
    return conditional(
        request,
        found.content,
        media_type="application/json",
        cache_control=_PUBLIC if found.published else _PRIVATE,
        etag=found.etag,
    )
