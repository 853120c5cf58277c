"""The sample of an assessment, its cases, and what became of them."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from usga_shared.http.bodies import read_body
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    ContentTooLarge,
    Forbidden,
    InvalidCursor,
    MalformedBody,
    MissingCredential,
    NotFound,
    UnsupportedMedia,
    responses,
)
from usga_shared.wire.page import Page

from usga_assessment.dependencies import (
    AssessmentDep,
    ClockDep,
    Code,
    CursorDep,
    KnownActor,
    PolicyDep,
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
from usga_assessment.operations.work_cases import (
    CaseHasInterview,
    DeviceNotReady,
    FieldworkClosed,
    OwnPsu,
    UnknownCases,
    assign_cases,
    close_case,
    note_visit,
)
from usga_assessment.routes.strict import StrictRoute
from usga_assessment.schemas.sampling import (
    Assigned,
    Assignment,
    CaseView,
    CaseWithVisits,
    FinalDisposition,
    NewVisit,
    OutcomeRatesView,
    RatesView,
    SampleView,
    StratumRates,
    StratumView,
    VisitView,
    case_values,
)
from usga_assessment.storage.areas import Areas
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.samples import Samples

router = APIRouter(prefix="/v1/assessments/{code}", tags=["samples"], route_class=StrictRoute)
LARGE = (r"^/v1/assessments/[^/]+/sample$", MOST_BYTES)
"""The exception to the body limit that samples need."""

_KEY = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
CaseId = Annotated[str, Path(pattern=_KEY, description="Id in the sample.")]
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
    "/cases",
    summary="List cases",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidCursor),
)
async def list_cases(
    *,
    assessment: AssessmentDep,
    session: SessionDep,
    cursors: CursorDep,
    stratum: Annotated[str | None, Query(pattern=_KEY, description="Only these.")] = None,
    psu: Annotated[str | None, Query(pattern=_KEY, description="Only these.")] = None,
    device: Annotated[UUID | None, Query(description="Only those of this tablet.")] = None,
    open_only: Annotated[bool, Query(description="Only those without an outcome.")] = False,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[CaseView]:
    """Cases by id, with design, weights, tablet and outcome."""
    scope = f"cases {assessment.code}"
    found = await Cases(session).page(
        assessment.code,
        limit=limit + 1,
        after=cursors.decode(scope, cursor)[0] if cursor else None,
        stratum=stratum,
        psu=psu,
        device=device,
        open_only=open_only,
    )
    more = len(found) > limit
    return Page[CaseView](
        items=[CaseView.of(case) for case in found[:limit]],
        next=cursors.encode(scope, [found[limit - 1].case_id]) if more else None,
    )


@router.post(
    "/cases/assignments",
    summary="Assign cases to a tablet",
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        OwnPsu,
        DeviceNotReady,
        UnknownCases,
        FieldworkClosed,
    ),
)
async def assign(
    *,
    body: Assignment,
    assessment: AssessmentDep,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
) -> Assigned:
    """All cases or none; never in the interviewer's own PSU (E-08)."""
    device = None
    if body.device is not None:
        device = await Devices(session).get(body.device, policy.scope(actor, "case.assign"))
        if device is None or device.assessment != assessment.code:
            raise NotFound
    await assign_cases(Cases(session), assessment, body.cases, device)
    return Assigned(cases=len(body.cases), device=body.device)


@router.get(
    "/cases/{case}",
    summary="Read a case with its visits",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def read_case(
    case: CaseId, assessment: AssessmentDep, session: SessionDep
) -> CaseWithVisits:
    """Design, weights, tablet, outcome, and every visit."""
    cases = Cases(session)
    found = await cases.get(assessment.code, case)
    if found is None:
        raise NotFound
    visits = await cases.visits(assessment.code, case)
    return CaseWithVisits(**case_values(found), history=[VisitView.of(visit) for visit in visits])


@router.post(
    "/cases/{case}/visits",
    status_code=201,
    summary="Note a visit to a case",
    responses=responses(MissingCredential, Forbidden, NotFound, FieldworkClosed),
)
async def add_visit(
    *,
    case: CaseId,
    body: NewVisit,
    assessment: AssessmentDep,
    actor: KnownActor,
    session: SessionDep,
) -> VisitView:
    """A tablet notes visits to its own cases alone; for it others do not exist."""
    return VisitView.of(
        await note_visit(
            Cases(session), assessment, case, at=body.at, outcome=body.outcome, actor=actor
        )
    )


@router.put(
    "/cases/{case}/disposition",
    summary="Set the final disposition of a case",
    responses=responses(MissingCredential, Forbidden, NotFound, FieldworkClosed, CaseHasInterview),
)
async def set_disposition(
    *,
    case: CaseId,
    body: FinalDisposition,
    assessment: AssessmentDep,
    session: SessionDep,
    clock: ClockDep,
) -> CaseView:
    """For cases that did not end in an interview; interviews set theirs when they arrive."""
    return CaseView.of(
        await close_case(Cases(session), assessment, case, body.code, now=clock.now())
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
