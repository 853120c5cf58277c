"""Assessments: make, read, change, move."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from usga_shared.http.etag import matches
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    MissingCredential,
    NotFound,
    PreconditionFailed,
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
    assessments_seen_by,
)
from usga_assessment.operations.create_assessment import (
    AssessmentExists,
    FrozenByState,
    PreconditionRequired,
    create_assessment,
    edit_assessment,
    entity_tag,
)
from usga_assessment.operations.move_assessment import (
    NoWayBack,
    PreconditionsMissing,
    move_assessment,
)
from usga_assessment.schemas.assessment import (
    AssessmentEdit,
    AssessmentView,
    MoveView,
    NewAssessment,
    Transition,
)
from usga_assessment.storage.facts import gather_facts

router = APIRouter(prefix="/v1/assessments", tags=["assessments"], route_class=StrictRoute)
_PRIVATE = "private, no-cache"


@router.post(
    "",
    status_code=201,
    summary="Make an assessment",
    responses=responses(MissingCredential, Forbidden, AssessmentExists),
)
async def create(
    *,
    body: NewAssessment,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> AssessmentView:
    """It begins as a draft. A coordinator makes the one that was granted to them."""
    made = await create_assessment(
        assessments_seen_by(session, policy, actor),
        policy,
        actor,
        values=body.model_dump(),
        now=clock.now(),
    )
    response.headers["Location"] = f"/v1/assessments/{made.code}"
    response.headers["ETag"] = entity_tag(made)
    return AssessmentView.of(made)


@router.get(
    "",
    summary="List assessments",
    responses=responses(MissingCredential, Forbidden, InvalidCursor),
)
async def listing(
    *,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    cursors: CursorDep,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[AssessmentView]:
    """The caller's assessments, by code."""
    after = cursors.decode("assessments", cursor)[0] if cursor else None
    found = await assessments_seen_by(session, policy, actor).page(limit=limit + 1, after=after)
    more = len(found) > limit
    return Page[AssessmentView](
        items=[AssessmentView.of(assessment) for assessment in found[:limit]],
        next=cursors.encode("assessments", [found[limit - 1].code]) if more else None,
    )


@router.get(
    "/{code}",
    summary="Read an assessment",
    response_model=AssessmentView,
    responses={
        304: {"description": "The caller has this version."},
        **responses(MissingCredential, NotFound),
    },
)
async def read(
    *, assessment: AssessmentDep, request: Request, response: Response
) -> AssessmentView | Response:
    """Its ETag is what a change must name."""
    headers = {"ETag": entity_tag(assessment), "Cache-Control": _PRIVATE}
    if matches(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return AssessmentView.of(assessment)


@router.patch(
    "/{code}",
    summary="Change an assessment",
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        FrozenByState,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
async def edit(
    *,
    body: AssessmentEdit,
    assessment: AssessmentDep,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: Annotated[
        str | None, Header(max_length=200, description="The ETag that was read.")
    ] = None,
) -> AssessmentView:
    """Only the version that was read is changed: nobody's work is overwritten unseen."""
    changed = await edit_assessment(
        assessments_seen_by(session, policy, actor),
        assessment,
        if_match=if_match,
        values=body.model_dump(exclude_unset=True),
        now=clock.now(),
    )
    response.headers["ETag"] = entity_tag(changed)
    return AssessmentView.of(changed)


@router.post(
    "/{code}/transitions",
    summary="Move an assessment to its next state",
    responses=responses(MissingCredential, Forbidden, NotFound, PreconditionsMissing, NoWayBack),
)
async def transition(
    *,
    body: Transition,
    assessment: AssessmentDep,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
) -> AssessmentView:
    """Moves it, or answers 409 with the list of what is missing on the way there."""
    now = clock.now()
    moved = await move_assessment(
        assessments_seen_by(session, policy, actor),
        assessment,
        body.to,
        facts=await gather_facts(session, assessment, to=body.to, today=now.date()),
        by=f"{actor.kind}:{actor.id}",
        note=body.note,
        now=now,
    )
    return AssessmentView.of(moved)


@router.get(
    "/{code}/transitions",
    summary="Read the log of moves",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def log_of_moves(
    assessment: AssessmentDep, actor: KnownActor, policy: PolicyDep, session: SessionDep
) -> list[MoveView]:
    """Every move, oldest first: who, when, why."""
    moves = await assessments_seen_by(session, policy, actor).moves(assessment.code)
    return [MoveView.of(move) for move in moves]
