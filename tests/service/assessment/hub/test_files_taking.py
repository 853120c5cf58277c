"""A hub takes files by the same protocol as the centre: authorised, checked, bounded, sealed."""

import asyncio
import base64
import fcntl
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from usga_assessment.domain.attachments.frames import LARGEST
from usga_assessment.domain.hub.cargo import FRAME_OVERHEAD
from usga_assessment.domain.hub.courier import CourierKey
from usga_assessment.domain.hub.hub import CargoState
from usga_assessment.operations.hub import hub_files
from usga_assessment.storage.hub.files import CargoHold

from tests.service.assessment.hub.test_power import Died, Life
from tests.service.assessment.hub.test_stolen import disk, tables
from tests.support.attaching import PATH, STREAM, TUS, File, door, metadata, recording, story
from tests.support.collecting import bearer
from tests.support.hubs import District, FieldTablet, Road, RunningHub

INTERVIEW = UUID("6b0f4c1d-52a7-4e88-9c35-e1d27f90ab46")


def checksum(piece: bytes) -> dict[str, str]:
    return {
        "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(piece).digest()).decode()}"
    }


@dataclass
class ByHand:
    """The protocol by hand at a hub, so that a test can do each thing wrong."""

    http: httpx.AsyncClient
    courier: CourierKey
    hub: UUID

    @property
    def who(self) -> dict[str, str]:
        return bearer(self.courier.credential(self.hub))

    async def announce(self, file: File, **said: str | None) -> httpx.Response:
        proof = self.courier.file_proof(
            submission=INTERVIEW, name=file.name, sha256=file.sha256, size=len(file.content)
        )
        told = metadata(INTERVIEW, file, **{"proof": proof, **said})
        headers = {**TUS, **self.who, "Upload-Length": str(len(file.content))}
        return await self.http.post(PATH, headers=headers | {"Upload-Metadata": told})

    async def begin(self, file: File) -> str:
        answer = await self.announce(file)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    async def send(
        self, upload: str, piece: bytes, offset: int = 0, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        shown = headers or checksum(piece)
        return await self.http.patch(
            upload, content=piece,
            headers={**TUS, **STREAM, **self.who, "Upload-Offset": str(offset), **shown},
        )  # fmt: skip

    async def offset(self, upload: str) -> int:
        answer = await self.http.head(upload, headers={**TUS, **self.who})
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])


def by_hand(field: District, hub: RunningHub, tablet: FieldTablet) -> ByHand:
    device = UUID(str(tablet.outbox.setting("device")))
    http = httpx.AsyncClient(transport=Road(hub.app), base_url="http://hub")
    return ByHand(http, field.centre.state.hubs.courier(device), hub.app.state.hub.told.hub)


@pytest.fixture
async def tus(field: District, hub: RunningHub, tablet: FieldTablet) -> AsyncIterator[ByHand]:
    made = by_hand(field, hub, tablet)
    yield made
    await made.http.aclose()


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


async def test_it_speaks_tus_and_asks_for_digest_proof_and_checksums_H48(tus: ByHand) -> None:
    file = story(recording(100_000))
    options = await tus.http.options(PATH)
    assert options.headers["tus-version"] == "1.0.0"
    for missing in ("sha256", "proof"):
        answer = await tus.announce(file, **{missing: None})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"/Upload-Metadata/{missing}"
    upload = await tus.begin(file)
    unproven = await tus.send(upload, file.content[:1000], headers={"X-Nothing": "1"})
    assert unproven.status_code == 422
    assert unproven.json()["errors"][0]["pointer"] == "/headers/upload-checksum"
    assert (await tus.send(upload, file.content[:50_000])).status_code == 204
    other = await tus.send(upload, b"x" * 10, 50_000, checksum(b"y"))
    assert other.status_code == 460
    assert await tus.offset(upload) == 50_000
    assert (await tus.send(upload, file.content[50_000:], 40_000)).json()["offset"] == 50_000
    assert (await tus.send(upload, file.content[50_000:], 50_000)).status_code == 204
    assert await tus.offset(upload) == 100_000


async def test_only_tablets_of_the_hub_send_and_only_their_own_H48(
    field: District, hub: RunningHub, tus: ByHand
) -> None:
    file = door()
    upload = await tus.begin(file)
    stranger = by_hand(field, hub, await field.tablet("unknown here"))
    assert (await stranger.announce(file)).status_code == 401
    await hub.round()
    assert (await stranger.announce(file)).status_code == 201
    assert (await stranger.send(upload, file.content)).status_code == 404
    await stranger.http.aclose()
    assert await tus.offset(upload) == 0
    checked = await tus.http.post(f"{PATH}/check", json={"submissions": []}, headers=tus.who)
    assert checked.status_code == 405, "what the centre keeps only the centre says"


async def test_what_a_hub_can_refuse_it_refuses_unread_H49(
    tus: ByHand, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = File("page.html", b"<html>", "text/html")
    assert slug(await tus.announce(odd)) == "unsupported-media"
    settings: Any = hub.app.state.hub.settings

    def limited(**values: int) -> None:
        hub.app.state.hub.settings = settings.model_copy(update=values)

    limited(attachment_max_bytes=100_000)
    large = await tus.announce(story(recording(100_001)))
    assert (large.status_code, large.json()["limit"]) == (413, 100_000)
    limited(hub_files_max_bytes=150_000)
    assert (await tus.announce(story(recording(100_000)))).status_code == 201
    full = await tus.announce(story(recording(60_000, seed=2)))
    assert (full.status_code, slug(full)) == (507, "hub-full")
    assert (full.json()["limit"], full.json()["used"]) == (150_000, 100_000)
    limited(hub_spare_bytes=1000)
    monkeypatch.setattr(hub_files, "free_bytes", lambda _folder: 61_000)
    assert (await tus.announce(story(recording(60_000, seed=2)))).status_code == 201
    assert slug(await tus.announce(story(recording(60_001, seed=3)))) == "hub-full"
    limited(attachment_uploads=2)
    assert (await tus.announce(story(recording(10, seed=4)))).status_code == 429


async def test_a_file_that_is_nothing_known_ends_at_its_first_bytes_H49(tus: ByHand) -> None:
    file = File("story-1.ogg", b"<script>" + b"x" * 100, "audio/ogg")
    upload = await tus.begin(file)
    assert (await tus.send(upload, file.content)).status_code == 415
    assert (await tus.http.head(upload, headers={**TUS, **tus.who})).status_code == 404


async def test_nothing_on_a_hubs_disk_tells_of_a_file_H50(hub: RunningHub, tus: ByHand) -> None:
    file = story(recording(200_000), name="story-of-somebody.ogg")
    upload = await tus.begin(file)
    await tus.send(upload, file.content[:120_000])
    (part,) = (hub.folder / "data" / "hub-files").iterdir()
    blobs = disk(hub, await tables(hub))
    assert part.read_bytes() in blobs
    for blob in blobs:
        for told in (
            file.content[:32], file.content[70_000:70_032], b"story-of-somebody",
            file.sha256.encode(), bytes.fromhex(file.sha256), str(INTERVIEW).encode(),
            INTERVIEW.hex.encode(), b"audio/ogg",
        ):  # fmt: skip
            assert told not in blob


async def test_the_same_file_is_the_same_upload_and_time_ends_one_H51(
    hub: RunningHub, tus: ByHand
) -> None:
    file = door()
    upload = await tus.begin(file)
    assert await tus.begin(file) == upload
    other = await tus.begin(story())
    assert other != upload
    deleted = await tus.http.delete(other, headers={**TUS, **tus.who})
    assert deleted.status_code == 204
    hub.app.state.clock.advance(timedelta(days=8))
    assert (await tus.http.head(upload, headers={**TUS, **tus.who})).status_code == 410
    await hub.round()
    assert list((hub.folder / "data" / "hub-files").iterdir()) == []
    assert await tus.begin(file) != upload


async def test_what_came_whole_at_its_last_moment_is_carried_H51(
    hub: RunningHub, tus: ByHand
) -> None:
    file, files = door(), hub.app.state.attachments
    upload = await tus.begin(file)
    async with hub.app.state.database.read() as session:
        (coming,) = await CargoHold(session).in_state(CargoState.COMING)
    carried = await tus.send(upload, file.content)
    assert "usga-carried" in carried.headers
    await files.forget(coming)  # read while it was still coming, and its time was over
    assert await tus.offset(upload) == len(file.content)
    assert len(list((hub.folder / "data" / "hub-files").iterdir())) == 1


async def test_who_waited_for_an_upload_does_not_lose_its_receipt_H51(
    hub: RunningHub, tus: ByHand
) -> None:
    file, files = door(), hub.app.state.attachments
    upload = await tus.begin(file)
    id_ = UUID(upload.rpartition("/")[2])
    async with files._turns.take(id_) as turn:
        asking = asyncio.create_task(tus.offset(upload))
        await turn.asked_to_stop.wait()  # it has read that the file is coming, and waits
        async with hub.app.state.database.write() as session:
            hold = CargoHold(session)
            await hold.whole(id_)
            (cargo,) = await hold.in_state(CargoState.WHOLE)
            await hold.proven(cargo, "the centre's receipt")
        await files.remove_bytes(id_)
    assert await asking == len(file.content)
    async with hub.app.state.database.read() as session:
        (settled,) = await CargoHold(session).settled(cargo.device, after=0, limit=10)
    assert settled.receipt == "the centre's receipt"


async def test_an_upload_that_the_process_before_still_has_is_busy_H51(
    field: District, tablet: FieldTablet
) -> None:
    code = await field.code()
    async with Life(field, code) as hub:
        await hub.round()
        tus = by_hand(field, hub, tablet)
        upload = await tus.begin(story())
        await tus.http.aclose()
    (part,) = (hub.folder / "data" / "hub-files").iterdir()
    with part.open("rb") as before:
        fcntl.flock(before.fileno(), fcntl.LOCK_EX)
        async with Life(field, code) as hub:
            tus = by_hand(field, hub, tablet)
            answer = await tus.http.head(upload, headers={**TUS, **tus.who})
            assert answer.status_code == 423
            fcntl.flock(before.fileno(), fcntl.LOCK_UN)
            assert await tus.offset(upload) == 0
            await tus.http.aclose()


async def test_a_hub_that_dies_keeps_what_it_answered_for_H51(
    field: District, tablet: FieldTablet
) -> None:
    code, file = await field.code(), story(recording(150_000))
    async with Life(field, code) as hub:
        await hub.round()
        tus = by_hand(field, hub, tablet)
        upload = await tus.begin(file)
        assert (await tus.send(upload, file.content[:70_000])).status_code == 204
        (part,) = (hub.folder / "data" / "hub-files").iterdir()
        written = part.read_bytes()
        frame, settles = written[: LARGEST + FRAME_OVERHEAD], written[-FRAME_OVERHEAD:]
        with part.open("ab") as torn:  # what it had only begun to write when it died
            torn.write(frame + settles[:-1])
        await tus.http.aclose()
    async with Life(field, code, "file_whole") as hub:
        tus = by_hand(field, hub, tablet)
        assert await tus.offset(upload) == 70_000
        with pytest.raises(Died):
            await tus.send(upload, file.content[70_000:], 70_000)
        await tus.http.aclose()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(Life(field, code))
        tus = by_hand(field, hub, tablet)
        assert await tus.offset(upload) == 150_000
        async with hub.app.state.database.read() as session:
            connection = await session.connection()
            rows = await connection.exec_driver_sql("SELECT state FROM hub_file")
            assert [state for (state,) in rows] == ["whole"]
        (hub.folder / "data" / "hub-files" / f"{uuid4()}.part").touch()
        await tus.http.aclose()
    async with Life(field, code) as hub:
        assert len(list((hub.folder / "data" / "hub-files").iterdir())) == 1
