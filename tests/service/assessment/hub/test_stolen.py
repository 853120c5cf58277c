"""A hub that was stolen: its whole disk and all its keys open nothing."""

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from usga_assessment.domain.hub.courier import CourierKey, MailUnreadable
from usga_assessment.domain.hub.parcel import Label, ParcelUnreadable, SealingKey, open_parcel
from usga_assessment.storage.tables import metadata

from tests.support.hubs import District, FieldTablet, RunningHub

MARKER = "a word that somebody said"
_TEXT_KEY = re.compile(rb"[A-Za-z0-9_-]{43}|[0-9a-f]{64}")


async def tables(hub: RunningHub) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the hub's database."""
    found: dict[str, list[tuple[object, ...]]] = {}
    async with hub.app.state.database.read() as session:
        connection = await session.connection()
        for name in metadata.tables:
            rows = await connection.exec_driver_sql(f'SELECT * FROM "{name}"')
            found[name] = [tuple(row) for row in rows]
    return found


def disk(hub: RunningHub, rows: dict[str, list[tuple[object, ...]]]) -> list[bytes]:
    """Every file of the hub, its database too, and every value of its tables."""
    files = [path for path in hub.folder.parent.rglob("*") if path.is_file()]
    mine = [path for path in files if hub.folder in path.parents or path.name.startswith("hub.db")]
    assert {path.name for path in mine} >= {"hub.json", "root.key", "00001.pem"}
    values = [value for table in rows.values() for row in table for value in row]
    return [path.read_bytes() for path in mine] + [
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for value in values
    ]


def keys_on(blobs: list[bytes]) -> Iterator[bytes]:
    """Whatever on the disk could be a key of 32 bytes."""
    for blob in blobs:
        if len(blob) == 32:
            yield blob
        if blob.startswith(b"-----BEGIN"):
            private = load_pem_private_key(blob, password=None)
            assert isinstance(private, ec.EllipticCurvePrivateKey)
            yield private.private_numbers().private_value.to_bytes(32, "big")
        for text in set(_TEXT_KEY.findall(blob)):
            yield hashlib.sha256(text).digest()
            yield (
                bytes.fromhex(text.decode())
                if len(text) == 64
                else base64.urlsafe_b64decode(text + b"=")
            )


async def test_its_disk_and_its_keys_open_nothing_H16(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.collect(2, remark=MARKER)
    await tablet.visit(hub, coding="identity")
    await tablet.visit(hub, coding="gzip", batch=1)
    await hub.round()
    tablet.collect(1, remark=MARKER)
    await tablet.visit(hub, coding="gzip")
    rows = await tables(hub)
    blobs = disk(hub, rows)
    for blob in blobs:
        assert MARKER.encode() not in blob
        assert b'"answers"' not in blob
        assert str(tablet.outbox.setting("token")).encode() not in blob
        assert str(tablet.outbox.setting("courier_key")).encode() not in blob

    told = hub.app.state.hub.told
    device = UUID(str(tablet.outbox.setting("device")))
    (parcel, proof, sealed) = await waiting(hub)
    label = Label(
        hub=told.hub, parcel=parcel, assessment="KE-TEST-2026", device=device, coding="gzip",
        key=told.sealing.id, proof=proof,
    )  # fmt: skip
    mail = next(bytes(row[2]) for row in rows["hub_mail"] if UUID(str(row[0])) == device)  # type: ignore[call-overload]
    candidates = set(keys_on(blobs))
    assert len(candidates) > 10
    for key in candidates:
        with pytest.raises(ParcelUnreadable):
            open_parcel(sealed, label, SealingKey.of(key))
        with pytest.raises(MailUnreadable):
            CourierKey(key).open_mail(mail, device)

    centre = field.centre.state.hubs  # what it needs is with the centre alone
    opened = zlib.decompress(open_parcel(sealed, label, centre.sealing_key()), 31)
    assert MARKER.encode() in opened
    assert b'"changes"' in centre.courier(device).open_mail(mail, device)


async def waiting(hub: RunningHub) -> tuple[UUID, str, bytes]:
    async with hub.app.state.database.read() as session:
        connection = await session.connection()
        found = await connection.exec_driver_sql(
            "SELECT id, proof, sealed FROM hub_parcel WHERE sealed IS NOT NULL"
        )
        ((id_, proof, sealed),) = found.fetchall()
    return UUID(str(id_)), str(proof), bytes(sealed)


async def test_the_centre_keeps_the_private_key_outside_its_database_H16(
    field: District, hub: RunningHub
) -> None:
    folder = field.folder / "centre" / "keys" / "sealing"
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert SealingKey.of(file.read_bytes()).public == hub.app.state.hub.told.sealing


async def test_parcels_to_a_key_of_before_still_open_H16(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.collect(1)
    await tablet.visit(hub)
    folder = field.folder / "centre" / "keys" / "sealing"
    (folder / "00002.key").write_bytes(bytes(range(32)))
    await field.centre.state.hubs.open()  # the centre starts again
    assert (await hub.round()).delivered == 1
    assert hub.app.state.hub.told.sealing == SealingKey.of(bytes(range(32))).public
    tablet.collect(1)
    await tablet.visit(hub)
    assert (await hub.round()).delivered == 1
