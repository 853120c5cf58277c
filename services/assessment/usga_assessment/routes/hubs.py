"""Hubs at the centre: invite, enrol, list, revoke; what they bring and take along."""

from datetime import timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ValidationError
from usga_shared.auth.actors import Actor, ActorKind
from usga_shared.http.bodies import UnknownDictionary
from usga_shared.http.state import DatabaseDep
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    ContentTooLarge,
    ErrorItem,
    Forbidden,
    InvalidCredential,
    InvalidRequest,
    MalformedBody,
    MissingCredential,
    NotFound,
    TooManyRequests,
    Unavailable,
    UnsupportedMedia,
    responses,
)
from usga_shared.wire.hub import (
    CourierKey,
    FileAnswer,
    FileLabel,
    HubEnrolAnswer,
    HubEnrolRequest,
    ParcelAnswer,
    ParcelLabel,
    RelayAnswer,
    RelayRequest,
)

from usga_assessment.dependencies import (
    AttachmentDeskDep,
    AuthenticatorDep,
    ClockDep,
    HubCentreDep,
    KnownActor,
    PolicyDep,
    ReadSessionDep,
    SessionDep,
    SettingsDep,
    assessments_seen_by,
)
from usga_assessment.domain.hub.hub import Hub, HubReport
from usga_assessment.operations.attachment_refusals import (
    AttachmentDiffers,
    AttachmentQuota,
    AttachmentTooLarge,
    AttachmentUnexpected,
    AttachmentUnreadable,
    InterviewWithdrawn,
    StorageFull,
    UploadBusy,
    UploadGone,
    UploadOffset,
)
from usga_assessment.operations.authorise import find_assessment
from usga_assessment.operations.check_devices import check_devices
from usga_assessment.operations.enrolment import EnrolmentCodeRefused, guarded
from usga_assessment.operations.hub.deliver_file import deliver_piece
from usga_assessment.operations.hub.deliver_parcel import (
    ParcelNotReadable,
    ParcelUnproven,
    deliver_parcel,
)
from usga_assessment.operations.hub.enrol_hub import enrol_hub, invite_hub
from usga_assessment.operations.hub.write_relay import write_relay
from usga_assessment.operations.receive_submissions import BatchTooLong
from usga_assessment.routes.pulling import device_assessment
from usga_assessment.schemas.hub import HubInvitation, HubInvitationView, HubPage, HubView
from usga_assessment.storage.attempts import Attempts
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.hub.register import Hubs
from usga_assessment.storage.hub.sources import Sources
from usga_assessment.storage.revocations import Ended, Revocations

router = APIRouter(prefix="/v1/hubs", tags=["hubs"], route_class=StrictRoute)
parcels = APIRouter(prefix="/v1/hubs", tags=["hubs"])
PARCEL = "application/vnd.usga.parcel"
FILE = "application/vnd.usga.file-piece"
Label = TypeVar("Label", bound=BaseModel)
HubId = Annotated[UUID, Path(description="Identifier of the hub.")]


@router.post(
    "/enrolments",
    status_code=201,
    summary="Make a one-time code for a hub",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidRequest),
)
async def invite(
    *,
    body: HubInvitation,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
) -> HubInvitationView:
    """The code enrols one hub, once; it is shown only in this answer.

    Tablets in `devices` that the assessments do not have are 422, each at its place.
    """
    seen = assessments_seen_by(session, policy, actor)
    for code in body.assessments:
        await find_assessment(seen, policy, actor, "hub.invite", code)
    await check_devices(Devices(session), body.devices, body.assessments)
    code, invitation = await invite_hub(
        Hubs(session),
        assessments=body.assessments,
        devices=body.devices,
        label=body.label,
        by=f"{actor.kind}:{actor.id}",
        now=clock.now(),
        life=timedelta(hours=body.valid_hours),
    )
    return HubInvitationView(
        id=invitation.id,
        code=code,
        assessments=list(invitation.assessments),
        label=invitation.label,
        expires_at=invitation.expires_at,
    )


@router.post(
    "",
    status_code=201,
    summary="Enrol a hub with its one-time code",
    responses=responses(EnrolmentCodeRefused, TooManyRequests),
)
async def enrol(
    *, body: HubEnrolRequest, request: Request, database: DatabaseDep, clock: ClockDep
) -> HubEnrolAnswer:
    """Needs no credential but the code. The hub's token is shown only in this answer.

    Many wrong codes from one address are told to wait; a right one never is.
    """
    now, caller = clock.now(), request.client.host if request.client else ""
    async with guarded(Attempts(database), caller, now), database.write() as session:
        enrolled = await enrol_hub(
            Hubs(session),
            Credentials(session),
            code=body.code,
            name=body.name,
            key=body.key,
            now=now,
        )
    return HubEnrolAnswer(
        hub=enrolled.hub.id,
        token=enrolled.token,
        assessments=list(enrolled.hub.assessments),
    )


@router.get("", summary="List hubs", responses=responses(MissingCredential, Forbidden))
async def listing(*, actor: KnownActor, policy: PolicyDep, session: ReadSessionDep) -> HubPage:
    """Hubs that carry for the caller's assessments, and what each brought."""
    hubs = Hubs(session)
    loads = await hubs.loads()
    seen = await hubs.seen_by(policy.scope(actor, "hub.read"))
    return HubPage(items=[HubView.of(hub, loads.get(hub.id)) for hub in seen])


@router.post(
    "/{hub}/revocation",
    summary="Revoke a hub's token",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def revoke(
    *,
    hub: HubId,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    authenticator: AuthenticatorDep,
    settings: SettingsDep,
) -> HubView:
    """Takes effect at once: what it still holds stays sealed, and its tablets send it again."""
    hubs, scope = Hubs(session), policy.scope(actor, "hub.revoke")
    if hub not in {each.id for each in await hubs.seen_by(scope)}:
        raise NotFound
    now = clock.now()
    found = await hubs.get(hub)
    assert found is not None
    Revocations(settings.key_dir).note(Ended(subject=str(hub), at=now))
    await hubs.change(hub, revoked_at=found.revoked_at or now)
    await Credentials(session).revoke(subject=str(hub), at=now)
    authenticator.forget_after_commit(session)
    revoked = await hubs.get(hub)
    assert revoked is not None
    return HubView.of(revoked, (await hubs.loads()).get(hub))


@router.get(
    "/courier-key",
    summary="This tablet's secret for hubs",
    responses=responses(MissingCredential, InvalidCredential, Forbidden),
)
async def courier_key(actor: KnownActor, centre: HubCentreDep) -> CourierKey:
    """For tablets that were enrolled before there were hubs; others got it at enrolment."""
    device_assessment(actor)
    return CourierKey(courier_key=centre.courier(UUID(actor.id)).text())


@router.post(
    "/relay",
    summary="Take along what hubs hand on",
    responses=responses(MissingCredential, InvalidCredential, Forbidden),
)
async def relay(
    body: RelayRequest, actor: KnownActor, centre: HubCentreDep, session: ReadSessionDep
) -> RelayAnswer:
    """Forms, lists, tablets with what they will show, and sealed mail: what is new to this hub."""
    hub = await _hub(actor, session)
    answer = await write_relay(centre, Sources(session), hub, body)
    now = centre.clock.now()
    async with centre.database.write() as writing:
        await Hubs(writing).change(hub.id, seen_at=now)
        if body.holds is not None:
            told = HubReport(at=now, **body.holds.model_dump())
            await Hubs(writing).keep_report(hub.id, told)
    return answer


@parcels.put(
    "/parcels/{parcel}",
    summary="Bring a tablet's batch",
    responses=responses(
        MalformedBody, MissingCredential, InvalidCredential, Forbidden, ParcelUnproven,
        ContentTooLarge, BatchTooLong, UnsupportedMedia, UnknownDictionary, InvalidRequest,
        ParcelNotReadable, TooManyRequests, Unavailable,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The label as one line of JSON, then the sealed bytes.",
            "content": {PARCEL: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
async def deliver(
    parcel: Annotated[UUID, Path(description="Made by the hub; the same for ever.")],
    request: Request,
    actor: KnownActor,
    centre: HubCentreDep,
    session: ReadSessionDep,
) -> ParcelAnswer:
    """Bring a batch as its tablet sent it; the answer is the tablet's receipt.

    Bring it again whenever there was no answer: that is harmless, for ever.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != PARCEL:
        raise UnsupportedMedia(accepted=[PARCEL])
    hub = await _hub(actor, session)
    label, sealed = _read(await request.body(), ParcelLabel)
    received, receipt = await deliver_parcel(centre, hub, parcel, label, sealed)
    request.scope["state"]["canonical"] = {"items": len(received.outcomes)}
    return ParcelAnswer(receipt=receipt)


@parcels.patch(
    "/files/{file}",
    summary="Bring a piece of a tablet's file",
    responses=responses(
        MalformedBody, MissingCredential, InvalidCredential, Forbidden, ParcelUnproven,
        ContentTooLarge, AttachmentTooLarge, UnsupportedMedia, InvalidRequest, ParcelNotReadable,
        AttachmentUnexpected, AttachmentDiffers, AttachmentUnreadable, InterviewWithdrawn,
        UploadOffset, UploadGone, UploadBusy, AttachmentQuota, StorageFull, TooManyRequests,
        Unavailable,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The label as one line of JSON, then sealed frames, or none.",
            "content": {FILE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
async def bring_piece(  # noqa: PLR0917 - what FastAPI is to bring
    file: Annotated[UUID, Path(description="Made by the hub; the same for ever.")],
    request: Request,
    actor: KnownActor,
    centre: HubCentreDep,
    files: AttachmentDeskDep,
    session: ReadSessionDep,
) -> FileAnswer:
    """Go on with a file where it stands; without frames, ask where that is.

    Frames may begin before that: what the centre has already is skipped. When the file is kept
    the answer has the centre's receipt for its tablet. Harmless to repeat, for ever.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != FILE:
        raise UnsupportedMedia(accepted=[FILE])
    hub = await _hub(actor, session)
    label, frames = _read(await request.body(), FileLabel)
    return await deliver_piece(centre, files, hub, file, label, frames)


def _read(body: bytes, kind: type[Label]) -> tuple[Label, bytes]:
    head, separator, sealed = body.partition(b"\n")
    if not separator or len(head) > _LONGEST_LABEL:
        raise MalformedBody
    try:
        return kind.model_validate(orjson.loads(head)), sealed
    except orjson.JSONDecodeError:
        raise MalformedBody from None
    except ValidationError as error:
        raise InvalidRequest(
            errors=[
                ErrorItem("/" + "/".join(map(str, each["loc"])), each["type"], each["msg"])
                for each in error.errors(include_input=False, include_url=False)
            ]
        ) from None


_LONGEST_LABEL = 8192


async def _hub(actor: Actor, session: ReadSessionDep) -> Hub:
    """The hub that calls; raises Forbidden for anybody else."""
    if actor.kind is not ActorKind.HUB:
        raise Forbidden
    hub = await Hubs(session).get(UUID(actor.id))
    if hub is None:
        raise Forbidden
    return hub
