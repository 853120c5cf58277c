"""Cases of a sample: list, assign, visit, close."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    MissingCredential,
    NotFound,
    responses,
)
from usga_shared.wire.page import Page

from usga_assessment.dependencies import (
    AssessmentDep,
    ClockDep,
    CursorDep,
    KnownActor,
    PolicyDep,
    SessionDep,
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
from usga_assessment.schemas.sampling import (
    Assigned,
    Assignment,
    CaseView,
    CaseWithVisits,
    FinalDisposition,
    NewVisit,
    VisitView,
    case_values,
)
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.devices import Devices

router = APIRouter(prefix="/v1/assessments/{code}", tags=["samples"], route_class=StrictRoute)
_KEY = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
CaseId = Annotated[str, Path(pattern=_KEY, description="Id in the sample.")]


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
    responses={
        200: {"model": VisitView, "description": "This visit was noted before."},
        **responses(MissingCredential, Forbidden, NotFound, FieldworkClosed),
    },
)
async def add_visit(
    *,
    case: CaseId,
    body: NewVisit,
    assessment: AssessmentDep,
    actor: KnownActor,
    session: SessionDep,
    response: Response,
) -> VisitView:
    """Sent again, the same visit stays one. A tablet notes visits to its own cases alone."""
    visit, is_new = await note_visit(
        Cases(session), assessment, case, at=body.at, outcome=body.outcome, actor=actor
    )
    response.status_code = 201 if is_new else 200
    return VisitView.of(visit)


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
