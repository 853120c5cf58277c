"""Which versions of apps an assessment gives new work: read, set."""

from fastapi import APIRouter, Request
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    Forbidden,
    InvalidRequest,
    MissingCredential,
    NotFound,
    responses,
)

from usga_assessment.dependencies import AssessmentDep, ClockDep, KnownActor, SessionDep
from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.schemas.clients import ClientVersionsEdit, ClientVersionsView
from usga_assessment.storage.audit import AuditLog, Note, actor_name
from usga_assessment.storage.clients import ClientVersions

router = APIRouter(
    prefix="/v1/assessments/{code}/minimum-clients", tags=["devices"], route_class=StrictRoute
)


@router.get(
    "",
    summary="Read the lowest versions of apps",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def read(
    assessment: AssessmentDep, session: SessionDep, request: Request
) -> ClientVersionsView:
    """Those of this assessment, those of the installation, and which count."""
    own = await ClientVersions(session).of(assessment.code)
    return ClientVersionsView.of(own, request.app.state.minimum_clients)


@router.put(
    "",
    summary="Set the lowest versions of apps",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidRequest),
)
async def replace(  # noqa: PLR0917 - what FastAPI is to bring
    body: ClientVersionsEdit,
    assessment: AssessmentDep,
    actor: KnownActor,
    session: SessionDep,
    clock: ClockDep,
    request: Request,
) -> ClientVersionsView:
    """Older apps get nothing new of this assessment and are told so; what they finished is taken.

    The stricter of this and of the installation's own counts. The audit log says who set what.
    """
    clients, versions = MinimumClients(body.clients), ClientVersions(session)
    before = await versions.of(assessment.code)
    if before != clients:
        await versions.replace(assessment.code, clients)
        details = {"before": dict(before.versions), "after": dict(clients.versions)}
        note = Note(
            actor_name(actor.kind.value, actor.id), "minimum-clients.set", assessment.code, details
        )
        await AuditLog(session).note(assessment.code, clock.now(), note)
    return ClientVersionsView.of(clients, request.app.state.minimum_clients)
