"""What other services of the platform read; the gateway never forwards this."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from usga_shared.problems import NotFound, ReleaseRetracted, responses
from usga_shared.wire.release import ReleaseBundle, ReleaseStanding

from usga_indicators.dependencies import ObservationsDep, ReleasesDep, ServiceOnly
from usga_indicators.operations.bundle_release import bundle_release

router = APIRouter(
    prefix="/internal/v1/releases", include_in_schema=False, dependencies=[ServiceOnly]
)
ReleaseId = Annotated[str, Path(max_length=36)]


@router.get("/{release}", summary="A release in any state", responses=responses(NotFound))
async def read_release(release: ReleaseId, releases: ReleasesDep) -> ReleaseStanding:
    """The release, drafts and retracted ones too."""
    found = await releases.any(release)
    if found is None:
        raise NotFound
    return ReleaseStanding(
        **found.view.model_dump(),
        corrected_by=await releases.corrections(release),
        use_instead=await releases.instead_of(found),
    )


@router.get(
    "/{release}/bundle",
    summary="All that a report needs",
    response_model=ReleaseBundle,
    responses=responses(NotFound, ReleaseRetracted),
)
async def read_bundle(
    *,
    release: ReleaseId,
    releases: ReleasesDep,
    observations: ObservationsDep,
    s3: Annotated[bool, Query(description="false: without indicators of S3 answers.")] = True,
) -> Response:
    """The same bytes every time for a frozen or published release, until it is corrected."""
    content = await bundle_release(releases, observations, release, s3=s3)
    return Response(content, media_type="application/json")
