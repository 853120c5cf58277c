"""Fieldwork in numbers, for those who supervise it."""

from math import isfinite
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from usga_shared.http.etag import conditional
from usga_shared.problems import Forbidden, MissingCredential, NotFound, Unavailable, responses
from usga_shared.wire.sync import AssessmentCode

from usga_indicators.dependencies import KnownActor, QualityDep
from usga_indicators.domain.quality import Agreement
from usga_indicators.schemas_quality import AgreementView, QualityView, RatersView

router = APIRouter(prefix="/v1/quality", tags=["quality"])
Assessment = Annotated[AssessmentCode, Query(description="Code of the assessment.")]

Instrument = Annotated[
    str | None,
    Query(
        max_length=64,
        description="The form; without it the household survey. 404 for a form that is no survey.",
        examples=["hvs"],
    ),
]


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
    assessment: Assessment,
    instrument: Instrument = None,
) -> Response:
    """Measures by interviewer, and who stands out: a flag asks for a back-check, it is no proof.

    Measured anew when the change feed has moved on; until then If-None-Match is answered by 304.
    """
    content = await desk.read(assessment, actor, instrument)
    return conditional(
        request, content, media_type="application/json", cache_control="private, no-cache"
    )


@router.get(
    "/raters",
    summary="Read how far the raters of the scorecard agree",
    responses=responses(MissingCredential, Forbidden, NotFound, Unavailable),
)
async def read_raters(
    actor: KnownActor,
    desk: QualityDep,
    assessment: Assessment,
) -> RatersView:
    """Weighted kappa of two raters who score blind to each other, over all items and by domain.

    Below 0.6 the guide for scoring is looked at first. 404 without a scorecard.
    """
    found = await desk.raters(assessment, actor)
    return RatersView(
        assessment=assessment,
        institutions=found.institutions,
        alone=found.alone,
        overall=_view(found.overall),
        domains={name: _view(each) for name, each in found.domains.items()},
    )


def _view(found: Agreement) -> AgreementView:
    return AgreementView(
        kappa=_rounded(found.kappa),
        standard_error=_rounded(found.se),
        exact=_rounded(found.exact),
        pairs=found.n,
        left_out=found.left_out,
        reached=found.reached,
    )


def _rounded(value: float) -> float | None:
    return round(value, 4) if isfinite(value) else None
