"""Tablets: invite, enrol, list, change, revoke."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from usga_shared.http.state import DatabaseDep
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    InvalidRequest,
    MissingCredential,
    NotFound,
    TooManyRequests,
    responses,
)
from usga_shared.wire.page import Page
from usga_shared.wire.sync import (
    AssessmentCode,
    EnrolAnswer,
    EnrolRequest,
    SequencePicture,
)

from usga_assessment.dependencies import (
    AuthenticatorDep,
    ClockDep,
    CursorDep,
    HubCentreDep,
    KnownActor,
    PolicyDep,
    ReceiptKeysDep,
    SessionDep,
    SettingsDep,
    assessments_seen_by,
)
from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.access.enrolment import qr_payload
from usga_assessment.operations.authorise import find_assessment
from usga_assessment.operations.enrol_device import (
    check_home,
    check_psu,
    enrol_device,
    invite_device,
)
from usga_assessment.operations.enrolment import EnrolmentCodeRefused, guarded
from usga_assessment.operations.work_cases import OwnPsu
from usga_assessment.schemas.access import (
    DeviceEdit,
    DeviceView,
    Invitation,
    InvitationView,
    Revocation,
)
from usga_assessment.storage.attempts import Attempts
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.clients import ClientVersions
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.hub.register import Hubs
from usga_assessment.storage.revocations import Ended, Revocations
from usga_assessment.storage.samples import Samples

router = APIRouter(prefix="/v1/devices", tags=["devices"], route_class=StrictRoute)
DeviceId = Annotated[UUID, Path(description="Identifier of the device.")]


@router.post(
    "/enrolments",
    status_code=201,
    summary="Make a one-time code for a tablet",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidRequest),
)
async def invite(
    *,
    body: Invitation,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> InvitationView:
    """The code enrols one tablet, once; it is shown only in this answer.

    A `home_psu` that the loaded sample does not have is 422 at `/home_psu`.
    """
    seen = assessments_seen_by(session, policy, actor)
    await find_assessment(seen, policy, actor, "device.invite", body.assessment)
    await check_psu(Samples(session), body.assessment, body.home_psu)
    code, invitation = await invite_device(
        Devices(session),
        assessment=body.assessment,
        label=body.label,
        by=f"{actor.kind}:{actor.id}",
        now=clock.now(),
        life=timedelta(hours=body.valid_hours),
        home_psu=body.home_psu,
        certified=body.certified,
    )
    return InvitationView(
        id=invitation.id,
        code=code,
        assessment=invitation.assessment,
        label=invitation.label,
        expires_at=invitation.expires_at,
        qr=qr_payload(settings.public_url, code),
    )


@router.post(
    "",
    status_code=201,
    summary="Enrol a tablet with its one-time code",
    responses=responses(EnrolmentCodeRefused, TooManyRequests),
)
async def enrol(
    *,
    body: EnrolRequest,
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    receipt_keys: ReceiptKeysDep,
    hubs: HubCentreDep,
) -> EnrolAnswer:
    """Needs no credential but the code. The device token is shown only in this answer.

    Many wrong codes from one address are told to wait; a right one never is.
    """
    now, caller = clock.now(), request.client.host if request.client else ""
    async with guarded(Attempts(database), caller, now), database.write() as session:
        enrolled = await enrol_device(
            Devices(session),
            Credentials(session),
            code=body.code,
            install=body.install,
            name=body.name,
            now=now,
        )
    return EnrolAnswer(
        device=enrolled.device.id,
        token=enrolled.token,
        assessment=enrolled.device.assessment,
        receipt_keys=receipt_keys,
        courier_key=hubs.courier(enrolled.device.id).text(),
    )


@router.get(
    "",
    summary="List tablets",
    responses=responses(MissingCredential, Forbidden, InvalidCursor),
)
async def listing(
    *,
    request: Request,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    cursors: CursorDep,
    assessment: Annotated[
        AssessmentCode | None, Query(description="Only those of this assessment.")
    ] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[DeviceView]:
    """Tablets of the caller's assessments, in the order of their enrolment: the fleet.

    `report` is what each told with its last sync, `held` what is here of it: its gaps are
    interviews that it made and that have not come.
    """
    after = UUID(cursors.decode("devices", cursor)[0]) if cursor else None
    found = await Devices(session).page(
        policy.scope(actor, "device.read"), assessment=assessment, limit=limit + 1, after=after
    )
    more = len(found) > limit
    shown = found[:limit]
    reports = await Devices(session).reports([device.id for device in shown])
    held = await _held(session, shown)
    least = await ClientVersions(session).of_all({device.assessment for device in shown})
    everywhere: MinimumClients = request.app.state.minimum_clients
    carried = await Hubs(session).last_for([device.id for device in shown])
    return Page[DeviceView](
        items=[
            DeviceView.of(
                device,
                reports.get(device.id),
                held.get(device.install),
                minimum=everywhere.stricter(least[device.assessment]),
                carried=carried.get(device.id),
            )
            for device in shown
        ],
        next=cursors.encode("devices", [str(found[limit - 1].id)]) if more else None,
    )


async def _held(session: SessionDep, devices: Sequence[Device]) -> dict[UUID, SequencePicture]:
    found: dict[UUID, SequencePicture] = {}
    for assessment in sorted({device.assessment for device in devices}):
        installs = [each.install for each in devices if each.assessment == assessment]
        for sequence in await Feed(session, assessment).sequences(installs):
            picture = sequence.picture()
            found[picture.install] = picture
    return found


@router.patch(
    "/{device}",
    summary="Change a tablet's label, home PSU or certification",
    responses=responses(MissingCredential, Forbidden, NotFound, OwnPsu, InvalidRequest),
)
async def edit(
    *,
    device: DeviceId,
    body: DeviceEdit,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> DeviceView:
    """What is not given stays as it is."""
    devices, scope = Devices(session), policy.scope(actor, "device.edit")
    found = await devices.get(device, scope)
    if found is None:
        raise NotFound
    await check_psu(Samples(session), found.assessment, body.home_psu)
    await check_home(Cases(session), found, body.home_psu)
    values = body.model_dump(exclude_unset=True)
    if body.wipe:
        ended = Ended(subject=str(device), at=clock.now(), revoked=False, wipe=True)
        Revocations(settings.key_dir).note(ended)
    if values:
        await devices.change(device, **values)
    changed = await devices.get(device, scope)
    assert changed is not None
    return DeviceView.of(changed)


@router.post(
    "/{device}/revocation",
    summary="Revoke a tablet's token",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def revoke(
    *,
    device: DeviceId,
    body: Revocation,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    clock: ClockDep,
    authenticator: AuthenticatorDep,
    settings: SettingsDep,
) -> DeviceView:
    """Takes effect at once; what the tablet still holds stays on it, sealed. Idempotent."""
    devices, scope = Devices(session), policy.scope(actor, "device.revoke")
    found = await devices.get(device, scope)
    if found is None:
        raise NotFound
    now = clock.now()
    Revocations(settings.key_dir).note(Ended(subject=str(device), at=now, wipe=body.wipe))
    await devices.change(device, revoked_at=found.revoked_at or now, wipe=found.wipe or body.wipe)
    await Credentials(session).revoke(subject=str(device), at=now)
    authenticator.forget_after_commit(session)
    revoked = await devices.get(device, scope)
    assert revoked is not None
    return DeviceView.of(revoked)
