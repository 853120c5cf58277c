"""Fieldwork in numbers, for those who supervise it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from usga_shared.http.etag import conditional
from usga_shared.problems import Forbidden, MissingCredential, NotFound, Unavailable, responses

from usga_indicators.dependencies import KnownActor, QualityDep
from usga_indicators.schemas_quality import QualityView

router = APIRouter(prefix="/v1/quality", tags=["quality"])


@router.get(
    "",
    summary="Read the quality of fieldwork",
    response_model=QualityView,
    responses=responses(MissingCredential, Forbidden, NotFound, Unavailable),
)
async def read_quality(
    request: Request,
    actor: KnownActor,
    desk: QualityDep,
    assessment: Annotated[str, Query(max_length=64, examples=["KE-TESTVILLE-2026"])],
) -> Response:
    """Measures by interviewer, and who stands out: a flag asks for a back-check, it is no proof.

    Measured anew when the change feed has moved on; until then If-None-Match is answered by 304.
    """
    content = await desk.read(assessment, actor)
    return conditional(
        request, content, media_type="application/json", cache_control="private, no-cache"
    )
