"""The sample of an assessment, and its outcome rates."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from usga_shared.http.bodies import read_body
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    ContentTooLarge,
    Forbidden,
    MalformedBody,
    MissingCredential,
    NotFound,
    UnsupportedMedia,
    responses,
)

from usga_assessment.dependencies import (
    AssessmentDep,
    ClockDep,
    Code,
    KnownActor,
    SessionDep,
)
from usga_assessment.domain.sampling.case import Case
from usga_assessment.domain.sampling.rates import count_cases, outcome_rates
from usga_assessment.domain.sampling.sample import Sample
from usga_assessment.domain.sampling.summary import by_stratum, summarise
from usga_assessment.operations.findings import SampleRefused
from usga_assessment.operations.load_sample import (
    MOST_BYTES,
    SampleInUse,
    load_sample,
    parse_sample,
)
from usga_assessment.schemas.sampling import (
    OutcomeRatesView,
    RatesView,
    SampleView,
    StratumRates,
    StratumView,
)
from usga_assessment.storage.areas import Areas
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.samples import Samples

router = APIRouter(prefix="/v1/assessments/{code}", tags=["samples"], route_class=StrictRoute)
LARGE = (r"^/v1/assessments/[^/]+/sample$", MOST_BYTES)
"""The exception to the body limit that samples need."""

_MEDIA = ("text/csv", "application/json")
_SAMPLE_BODY = {
    "requestBody": {
        "required": True,
        "description": "Columns: case_id, stratum, psu, pi1, pi2, and optionally n_eligible, "
        "fpc_psu, area.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["rows"],
                    "properties": {
                        "rows": {"type": "array", "items": {"type": "object"}},
                        "certainty": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
        },
    }
}


async def _uploaded(
    code: Code,
    request: Request,
    certainty: Annotated[
        list[str],
        Query(max_length=1000, description="Strata whose one PSU was selected with certainty."),
    ] = [],  # noqa: B006 - FastAPI copies defaults
) -> Sample:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in _MEDIA:
        raise UnsupportedMedia(accepted=list(_MEDIA))
    data = await read_body(request, max_plain=MOST_BYTES)
    async with request.app.state.database.read() as session:
        areas = await Areas(session).codes(code)
    return await asyncio.to_thread(
        parse_sample, data, is_json=media == _MEDIA[1], certainty=certainty, areas=areas
    )


# Solved before the session is opened, so that no transaction waits while a file is read.
UploadedSample = Annotated[Sample, Depends(_uploaded)]


@router.post(
    "/sample",
    status_code=201,
    summary="Load the sample",
    openapi_extra=_SAMPLE_BODY,
    responses={
        200: {"model": SampleView, "description": "Exactly this sample is loaded already."},
        **responses(
            MissingCredential,
            Forbidden,
            NotFound,
            SampleInUse,
            SampleRefused,
            MalformedBody,
            ContentTooLarge,
            UnsupportedMedia,
        ),
    },
)
async def post_sample(
    *,
    sample: UploadedSample,
    assessment: AssessmentDep,
    actor: KnownActor,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> SampleView:
    """All rows or none; every fault at once, by row. Base weights follow from pi1 and pi2."""
    is_new = await load_sample(
        Samples(session), assessment, sample, by=f"{actor.kind}:{actor.id}", now=clock.now()
    )
    response.status_code = 201 if is_new else 200
    return await _view(session, assessment.code)


@router.get(
    "/sample",
    summary="Summarise the sample by stratum",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def get_sample(assessment: AssessmentDep, session: SessionDep) -> SampleView:
    """PSUs, cases and weights by stratum; 404 while no sample is loaded."""
    return await _view(session, assessment.code)


async def _view(session: SessionDep, code: str) -> SampleView:
    loaded = await Samples(session).get(code)
    if loaded is None:
        raise NotFound
    strata = by_stratum(await Cases(session).every(code))
    return SampleView(
        digest=loaded.digest,
        cases=loaded.cases,
        certainty=list(loaded.certainty),
        loaded_at=loaded.loaded_at,
        strata=[StratumView.of(summarise(name, cases)) for name, cases in strata.items()],
    )


@router.get(
    "/outcome-rates",
    summary="Read outcome rates (AAPOR)",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def read_rates(assessment: AssessmentDep, session: SessionDep) -> OutcomeRatesView:
    """RR1 to RR6, COOP1, REF1, CON1: unweighted, weighted, and by stratum."""
    cases = await Cases(session).every(assessment.code)
    return OutcomeRatesView(
        cases=len(cases),
        final=sum(case.disposition is not None for case in cases),
        unweighted=_rates(cases, weighted=False),
        weighted=_rates(cases, weighted=True),
        strata=[
            StratumRates(
                stratum=stratum,
                unweighted=_rates(members, weighted=False),
                weighted=_rates(members, weighted=True),
            )
            for stratum, members in by_stratum(cases).items()
        ],
    )


def _rates(cases: list[Case], *, weighted: bool) -> RatesView:
    counts = count_cases(cases, weighted=weighted)
    return RatesView.of(counts, outcome_rates(counts))
