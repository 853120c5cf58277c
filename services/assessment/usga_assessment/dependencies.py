"""What routes ask for: sessions, repositories, keys, the caller."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request
from usga_shared.auth.actors import Actor
from usga_shared.auth.dependencies import KnownActor, OptionalActor, ServiceOnly
from usga_shared.database.session import ReadSessionDep, SessionDep
from usga_shared.http.state import ClockDep, CursorDep, kept

from usga_assessment.domain.access.policy import Policy, load_policy
from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.operations.attachment_desk import AttachmentDesk
from usga_assessment.operations.authorise import authorise, find_assessment
from usga_assessment.operations.hub.centre import HubCentre
from usga_assessment.operations.receive_attachment import Uploads
from usga_assessment.operations.sync_desk import SyncDesk
from usga_assessment.settings import Settings
from usga_assessment.storage.assessments import Assessments
from usga_assessment.storage.authenticator import LocalAuthenticator

__all__ = [
    "GUARD",
    "AssessmentDep",
    "AttachmentDeskDep",
    "AuthenticatorDep",
    "ClockDep",
    "Code",
    "CursorDep",
    "DeskDep",
    "HubCentreDep",
    "KnownActor",
    "PolicyDep",
    "ReadSessionDep",
    "ReceiptKeysDep",
    "ServiceOnly",
    "SessionDep",
    "SettingsDep",
    "UploadsDep",
    "assessments_seen_by",
]


async def _policy() -> Policy:
    return load_policy()


async def _receipt_keys(request: Request) -> dict[str, Any]:
    desk: SyncDesk = request.app.state.sync
    return desk.jwks


SettingsDep = Annotated[Settings, kept("settings")]
DeskDep = Annotated[SyncDesk, kept("sync")]
HubCentreDep = Annotated[HubCentre, kept("hubs")]
AttachmentDeskDep = Annotated[AttachmentDesk, kept("attachments")]
UploadsDep = Annotated[Uploads, kept("attachments")]
PolicyDep = Annotated[Policy, Depends(_policy)]
AuthenticatorDep = Annotated[LocalAuthenticator, kept("authenticator")]
ReceiptKeysDep = Annotated[dict[str, Any], Depends(_receipt_keys)]

_SAFE = frozenset({"GET", "HEAD"})


async def _guard(request: Request, actor: OptionalActor, policy: PolicyDep) -> None:
    authorise(
        policy,
        actor,
        method=request.method,
        path=request.scope["route"].path,
        assessment=request.path_params.get("code"),
    )


Code = Annotated[
    str,
    Path(
        pattern=r"^[A-Z]{2}-[A-Z0-9]{2,16}-\d{4}$",
        description="Code of the assessment.",
        examples=["KE-MATHARE-2026"],
    ),
]
GUARD = Depends(_guard)
"""On every public router: the policy file decides before anything else looks at the request.

`{code}` in a route is the assessment; routes that name it elsewhere ask the policy once more.
"""


def assessments_seen_by(session: SessionDep, policy: Policy, actor: Actor) -> Assessments:
    """The assessments that the actor may see."""
    return Assessments(session, policy.scope(actor, "assessment.read"))


async def _assessment(
    code: Code, request: Request, session: SessionDep, policy: PolicyDep, actor: KnownActor
) -> Assessment:
    action = policy.action_of(request.method, request.scope["route"].path)
    assert action is not None  # the guard has refused what the policy does not list
    seen = assessments_seen_by(session, policy, actor)
    changes = request.method not in _SAFE
    return await find_assessment(seen, policy, actor, action, code, for_change=changes)


AssessmentDep = Annotated[Assessment, Depends(_assessment)]
"""The assessment of the path, which exists and in which the caller may do what the route does."""
