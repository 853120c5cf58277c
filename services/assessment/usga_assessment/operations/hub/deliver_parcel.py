"""At the centre: open a hub's parcel in memory and take it in as if its tablet had sent it."""

from uuid import UUID

from usga_shared.http.bodies import ENCODINGS, UnknownDictionary, decode_body
from usga_shared.http.zstd_bodies import dictionary_of
from usga_shared.problems import Forbidden, Problem
from usga_shared.wire.hub import ParcelLabel

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.hub.courier import is_proof
from usga_assessment.domain.hub.hub import Delivery, Hub
from usga_assessment.domain.hub.parcel import Label, ParcelUnreadable, open_parcel
from usga_assessment.domain.sync.outcome import Received
from usga_assessment.operations.hub.centre import HubCentre
from usga_assessment.operations.receive_submissions import read_lines, split_lines
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.hub.register import Hubs

DEVICE_REVOKED = "device-revoked"
"""Under it stands what a hub brought of a tablet that was revoked: given before that, or after."""


class ParcelNotReadable(Problem):
    """The parcel was sealed to another key, or it or its label was changed on the way."""

    slug = "parcel-unreadable"
    title = "The parcel cannot be opened"
    status = 422


class ParcelUnproven(Problem):
    """The tablet that the parcel names did not make what is in it."""

    slug = "parcel-unproven"
    title = "The parcel is not proven to be its tablet's"
    status = 403


async def deliver_parcel(
    centre: HubCentre, hub: Hub, parcel: UUID, label: ParcelLabel, sealed: bytes
) -> tuple[Received, str]:
    """Store what is in a parcel; answers what became of it, and the tablet's receipt.

    Raises Forbidden for a tablet outside the hub's scope, ParcelNotReadable, ParcelUnproven, and
    whatever a push of the same body would raise.
    """
    device = await device_of(centre, hub, label.device, label.assessment)
    body = await _open(centre, hub, parcel, label, sealed)
    if not is_proof(label.proof, centre.courier(device.id), body):
        raise ParcelUnproven
    desk = centre.desk
    lines = split_lines(body, most=desk.settings.sync_batch_items)
    items = read_lines(lines, label.assessment)
    received, receipt = await desk.receive(
        items,
        assessment=label.assessment,
        device=str(device.id),
        aside=DEVICE_REVOKED if device.revoked_at is not None else None,
    )
    now = centre.clock.now()
    async with centre.database.write() as session:
        hubs = Hubs(session)
        await hubs.note(
            Delivery(
                parcel=parcel,
                hub=hub.id,
                device=device.id,
                assessment=label.assessment,
                interviews=len(items),
                at=now,
            )
        )
        await hubs.change(hub.id, seen_at=now)
    return received, receipt


async def device_of(centre: HubCentre, hub: Hub, id_: UUID, assessment: str) -> Device:
    """The tablet for which a hub brings something; raises Forbidden outside the hub's scope."""
    async with centre.database.read() as session:
        device = await Devices(session).get(id_)
    if device is None or device.assessment != assessment:
        raise Forbidden
    if not hub.may_carry(device.id, device.assessment):
        raise Forbidden
    return device


async def _open(
    centre: HubCentre, hub: Hub, parcel: UUID, label: ParcelLabel, sealed: bytes
) -> bytes:
    """The decoded body, bounded as that of a push is."""
    key = await centre.sealing_key_named(label.key)
    if key is None:
        raise ParcelNotReadable
    bound = Label(
        hub=hub.id,
        parcel=parcel,
        assessment=label.assessment,
        device=label.device,
        coding=label.coding,
        key=label.key,
        proof=label.proof,
    )
    try:
        sent = open_parcel(sealed, bound, key)
    except ParcelUnreadable:
        raise ParcelNotReadable from None
    found: bytes | None = None
    number = dictionary_of(sent) if label.coding == "zstd" else 0
    if number:
        found = await centre.desk.dictionaries.find(label.assessment, number)
        if found is None:
            raise UnknownDictionary(
                dictionary=number, headers={"Accept-Encoding": ", ".join(ENCODINGS)}
            )
    limit = centre.desk.settings.max_plain_bytes
    return decode_body(sent, label.coding, max_plain=limit, dictionary=found, lines=True)
