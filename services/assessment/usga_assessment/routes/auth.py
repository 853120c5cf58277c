"""Who am I, and API keys of partner systems."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from usga_shared.auth.actors import ActorKind
from usga_shared.http.render import error_items, language_of
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    InvalidRequest,
    MissingCredential,
    NotFound,
    responses,
)
from usga_shared.wire.page import Page

from usga_assessment.dependencies import (
    AuthenticatorDep,
    ClockDep,
    CursorDep,
    KnownActor,
    PolicyDep,
    SessionDep,
    SettingsDep,
)
from usga_assessment.operations.issue_credential import (
    KeyLifeTooLong,
    issue_credential,
    key_grants,
)
from usga_assessment.schemas.access import KeyRequest, KeyView, Me, NewKey
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.revocations import Ended, Revocations

router = APIRouter(prefix="/v1/auth", tags=["auth"], route_class=StrictRoute)
KeyId = Annotated[UUID, Path(description="Identifier of the API key.")]


@router.get("/me", summary="Who am I", responses=responses(MissingCredential))
async def me(actor: KnownActor) -> Me:
    """The actor of the shown credential, with its roles by assessment."""
    return Me.of(actor)


@router.post(
    "/api-keys",
    status_code=201,
    summary="Make an API key for a partner system",
    responses=responses(MissingCredential, Forbidden, NotFound, KeyLifeTooLong),
)
async def make_key(
    *,
    request: Request,
    body: KeyRequest,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
) -> NewKey:
    """The key is in the answer and can never be read again. It lives at most 90 days."""
    now = clock.now()
    if body.expires_at <= now:
        passed = {"type": "in-the-past", "loc": ("body", "expires_at"), "msg": "in the past"}
        raise InvalidRequest(errors=error_items([passed], language_of(request.scope)))
    key, credential = await issue_credential(
        Credentials(session),
        kind=ActorKind.API_KEY,
        name=body.name,
        grants=key_grants(policy, actor, assessments=body.assessments, role=body.role),
        by=f"{actor.kind}:{actor.id}",
        now=now,
        expires_at=body.expires_at,
    )
    return NewKey(key=key, **KeyView.of(credential).model_dump())


@router.get(
    "/api-keys",
    summary="List API keys",
    responses=responses(MissingCredential, Forbidden, InvalidCursor),
)
async def list_keys(
    *,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    cursors: CursorDep,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[KeyView]:
    """Keys of the caller's assessments, oldest first, the revoked ones too."""
    after = UUID(cursors.decode("api-keys", cursor)[0]) if cursor else None
    found = await Credentials(session).keys(
        policy.scope(actor, "key.read"), limit=limit + 1, after=after
    )
    more = len(found) > limit
    return Page[KeyView](
        items=[KeyView.of(key) for key in found[:limit]],
        next=cursors.encode("api-keys", [str(found[limit - 1].id)]) if more else None,
    )


@router.delete(
    "/api-keys/{key}",
    status_code=204,
    summary="Revoke an API key",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def revoke_key(
    *,
    key: KeyId,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    authenticator: AuthenticatorDep,
    settings: SettingsDep,
) -> Response:
    """Takes effect at once here, and within 60 s in the other services. Idempotent."""
    credentials = Credentials(session)
    found = await credentials.key(key, policy.scope(actor, "key.edit"))
    if found is None:
        raise NotFound
    now = clock.now()
    Revocations(settings.key_dir).note(Ended(subject=found.subject, at=now))
    await credentials.revoke(subject=found.subject, at=now)
    authenticator.forget_after_commit(session)
    return Response(status_code=204)
