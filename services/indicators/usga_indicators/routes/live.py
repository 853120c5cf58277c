"""Indicators while fieldwork goes on, for those in charge of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from usga_shared.http.etag import conditional
from usga_shared.problems import Forbidden, MissingCredential, NotFound, Unavailable, responses
from usga_shared.wire.sync import AssessmentCode

from usga_indicators.dependencies import KnownActor, KnownDep, LiveDep
from usga_indicators.schemas_live import LiveView

router = APIRouter(prefix="/v1/observations/live", tags=["observations"])


@router.get(
    "",
    summary="Read indicators during fieldwork",
    response_model=LiveView,
    responses=responses(MissingCredential, Forbidden, NotFound, Unavailable),
)
async def read_live(
    request: Request,
    actor: KnownActor,
    desk: LiveDep,
    known: KnownDep,
    assessment: Annotated[AssessmentCode, Query(description="Code of the assessment.")],
) -> Response:
    """Coverage as it is now, and protected estimates of the last picture.

    A new picture is drawn when 25 interviews or more have come, changed or left and their number
    has moved by 10 or more: pictures that differ by less would show what single people answered.
    Nothing here may be published: releases are.
    """
    content = await desk.read(assessment, actor, known)
    return conditional(
        request, content, media_type="application/json", cache_control="private, no-cache"
    )
