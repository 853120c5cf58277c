"""Indicators while fieldwork goes on, for those in charge of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from usga_shared.http.etag import conditional
from usga_shared.problems import Forbidden, MissingCredential, NotFound, Unavailable, responses
from usga_shared.wire.sync import AssessmentCode

from usga_indicators.dependencies import KnownActor, KnownDep, LiveDep
from usga_indicators.messages import UnknownWeightSet, WeightsRefused
from usga_indicators.schemas_live import LiveView

router = APIRouter(prefix="/v1/observations/live", tags=["observations"])


@router.get(
    "",
    summary="Read indicators during fieldwork",
    response_model=LiveView,
    responses=responses(
        MissingCredential, Forbidden, NotFound, UnknownWeightSet, WeightsRefused, Unavailable
    ),
)
async def read_live(
    *,
    request: Request,
    actor: KnownActor,
    desk: LiveDep,
    known: KnownDep,
    assessment: Annotated[AssessmentCode, Query(description="Code of the assessment.")],
    weight_set: Annotated[
        str | None,
        Query(
            max_length=64,
            description="A weight set of the assessment: its factors hold for interviews that "
            "came later, too. Without one, base weights.",
            examples=["01920e4d-1f5c-7d3e-8a44-0c5d5f1f7a10"],
        ),
    ] = None,
) -> Response:
    """Coverage as it is now, and protected estimates of the last picture.

    A new picture is drawn when 25 interviews or more have come, changed or left and their number
    has moved by 10 or more: pictures that differ by less would show what single people answered.
    Another weight set is drawn at once where the last picture has the same interviews, else it
    waits for the next. A class of interviews that a weight set does not know is refused.
    Nothing here may be published: releases are.
    """
    content = await desk.read(assessment, actor, known, weight_set)
    return conditional(
        request, content, media_type="application/json", cache_control="private, no-cache"
    )
