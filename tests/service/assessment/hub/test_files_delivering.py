"""Pieces of files at the centre: proven to be their tablet's, unchanged, idempotent for ever."""

import base64
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from usga_assessment.domain.attachments.frames import Kind
from usga_assessment.domain.attachments.proof import sign_files
from usga_assessment.domain.attachments.tus import Metadata
from usga_assessment.domain.hub import cargo
from usga_assessment.domain.hub.cargo import CargoFrames, CargoLabel, _seal, seal_manifest
from usga_assessment.domain.hub.parcel import PublicSealingKey
from usga_assessment.operations.hub import carry_files
from usga_shared.wire.hub import FileAnswer
from usga_tablet.files import FileSender
from usga_tablet.receipts import read_word

from tests.service.assessment.hub.test_power import Died, Life
from tests.support.attaching import File, door, recording, story
from tests.support.collecting import HERE, bearer
from tests.support.hubs import PATIENCE, District, FieldTablet, RunningHub, no_pause

pytestmark = pytest.mark.usefixtures("files")


class Evil:
    """Somebody who has a hub's token and keys, and brings what they like."""

    def __init__(self, field: District, hub: RunningHub, tablet: FieldTablet) -> None:
        self.field = field
        self.device = UUID(str(tablet.outbox.setting("device")))
        self.courier = field.centre.state.hubs.courier(self.device)
        self.key: PublicSealingKey = hub.app.state.hub.told.sealing
        self.hub: UUID = hub.app.state.hub.told.hub
        self.token = hub.app.state.hub.identity.token

    async def bring(
        self,
        file: File,
        submission: UUID,
        *,
        content: bytes | None = None,
        pieces: int = 20_000,
        take: slice = slice(None),
        id_: UUID | None = None,
        proof: str | None = None,
        **outside: Any,
    ) -> httpx.Response:
        """The pieces of a file, or some of them; `outside` is told on the label instead."""
        given = file.content if content is None else content
        made = proof or self.courier.file_proof(
            submission=submission, name=file.name, sha256=file.sha256, size=len(file.content)
        )
        label = CargoLabel(
            hub=self.hub, file=id_ or uuid4(), assessment=HERE, device=self.device,
            size=len(file.content), key=self.key.id, proof=made,
        )  # fmt: skip
        frames = CargoFrames(label, self.key)
        said = Metadata(submission, file.name, file.sha256, file.type)
        starts = list(range(0, len(given), pieces))[take]
        body = b"".join(frames.seal(Kind.COUNTS, at, given[at : at + pieces]) for at in starts)
        told = {
            "assessment": HERE, "device": str(self.device), "size": label.size,
            "key": label.key, "proof": made, "offset": starts[0] if starts else 0,
            "manifest": base64.b64encode(seal_manifest(said, label, self.key)).decode(),
            **outside,
        }  # fmt: skip
        return await self.field.here.client.patch(
            f"/v1/hubs/files/{label.file}",
            content=orjson.dumps(told) + b"\n" + body,
            headers={"Content-Type": "application/vnd.usga.file-piece", **bearer(self.token)},
        )

    async def held(self) -> list[str]:
        rows = await self.field.here.rows("SELECT state FROM attachment ORDER BY id")
        return [str(row["state"]) for row in rows]


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


@pytest.fixture
async def interview(tablet: FieldTablet) -> UUID:
    """At the centre; it names `story-1.ogg`."""
    made = tablet.photographed(story(recording(60_000)))
    async with tablet.online() as online:
        await online.sync()
    return made.id


@pytest.fixture
def evil(field: District, hub: RunningHub, tablet: FieldTablet) -> Evil:
    return Evil(field, hub, tablet)


async def test_pieces_in_any_order_as_often_as_you_like_make_one_file_H53(
    field: District, tablet: FieldTablet, evil: Evil, interview: UUID
) -> None:
    file = story(recording(60_000))
    asked = await evil.bring(file, interview, content=b"")
    assert asked.json() == {"state": "coming", "offset": 0, "receipt": None}
    ahead = await evil.bring(file, interview, take=slice(1, 2))
    assert ahead.json()["offset"] == 0, "what does not go on is not taken"
    for _ in range(2):
        first = await evil.bring(file, interview, take=slice(0, 1))
        assert first.json()["offset"] == 20_000
    across = await evil.bring(file, interview, pieces=15_000)  # begins before what is there
    assert (across.json()["state"], across.json()["offset"]) == ("kept", 60_000)
    again = await evil.bring(file, interview, take=slice(1, 2))
    for answer in (across, again):
        said = read_word(
            answer.json()["receipt"], field.centre.state.receipt_jwks, "usga-files+jwt"
        )
        assert said["device"] == tablet.outbox.setting("device")
        assert said["files"] == [{"submission": str(interview), "sha256": file.sha256}]
    assert await evil.held() == ["kept"]


async def test_only_the_tablets_proof_makes_a_file_its_own_H54(
    evil: Evil, interview: UUID
) -> None:
    file = story(recording(60_000))
    for proof in ("A" * 43, evil.courier.proof(file.content)):
        answer = await evil.bring(file, interview, proof=proof)
        assert (answer.status_code, slug(answer)) == (403, "parcel-unproven")
    moved = await evil.bring(  # another interview's proof
        file, interview,
        proof=evil.courier.file_proof(
            submission=uuid4(), name=file.name, sha256=file.sha256, size=len(file.content)
        ),
    )  # fmt: skip
    assert slug(moved) == "parcel-unproven"
    other = recording(60_000, seed=9)
    invented = await evil.bring(file, interview, content=other)
    assert (invented.status_code, slug(invented)) == (409, "attachment-differs")
    assert await evil.held() == ["gone"]


async def test_what_a_hub_writes_spoils_no_upload_but_its_own_H53(
    tablet: FieldTablet, evil: Evil, interview: UUID
) -> None:
    file, junk = story(recording(60_000)), recording(60_000, seed=9)
    first = await evil.bring(file, interview, content=junk, take=slice(0, 1))
    assert first.json() == {"state": "coming", "offset": 20_000, "receipt": None}
    assert tablet.box is not None
    async with tablet.online() as online:
        sender = FileSender(
            tablet.box, tablet.outbox, online._http, rng=Random(1), patience=PATIENCE,
            sleep=no_pause, chunk=20_000,
        )  # fmt: skip
        await evil.bring(file, interview, content=junk, take=slice(1, 2))
        report = await sender.send()
    assert (report.sent, report.proven, report.refused) == (1, 1, 0)
    assert sorted(await evil.held()) == ["gone", "kept"], "what was half done is over"
    again = await evil.bring(file, interview, content=junk, take=slice(2, 3))
    assert again.json()["state"] == "kept"


async def test_a_manifest_that_a_hub_made_up_is_422_H54(evil: Evil, interview: UUID) -> None:
    file = story(recording(60_000))
    label = CargoLabel(
        hub=evil.hub, file=uuid4(), assessment=HERE, device=evil.device,
        size=len(file.content), key=evil.key.id, proof="A" * 43,
    )  # fmt: skip
    said = {"submission": str(interview), "name": "a", "sha256": file.sha256, "type": None}
    for odd in (b"", b"[]", b"{}", *(
        orjson.dumps({**said, **change}) for change in (
            {"name": 7}, {"name": "a\n"}, {"submission": "x"}, {"sha256": file.sha256 + "\n"},
            {"sha256": [1]}, {"type": {"a": 1}}, {"name": "a" * 300},
        )
    )):  # fmt: skip
        manifest = base64.b64encode(_seal(odd, label.info("manifest"), evil.key)).decode()
        answer = await evil.bring(
            file, interview, id_=label.file, proof=label.proof, manifest=manifest
        )
        assert (answer.status_code, slug(answer)) == (422, "parcel-unreadable"), odd
    assert await evil.held() == []


async def test_a_piece_of_countless_frames_is_422_H54(
    evil: Evil, interview: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cargo, "MOST_FRAMES", 3)
    file = story(recording(60_000))
    refused = await evil.bring(file, interview, pieces=15_000)
    assert (refused.status_code, slug(refused)) == (422, "parcel-unreadable")
    assert (await evil.bring(file, interview, pieces=20_000)).json()["state"] == "kept"


async def test_a_changed_piece_or_label_is_422_H54(evil: Evil, interview: UUID) -> None:
    file = story(recording(60_000))
    for outside in ({"offset": 20_000}, {"size": 59_999}, {"key": "0" * 16}, {"manifest": "AAAA"}):
        answer = await evil.bring(file, interview, **outside)
        assert (answer.status_code, slug(answer)) == (422, "parcel-unreadable"), outside
    cut = await evil.bring(file, interview, take=slice(0, 1))
    body = cut.request.content
    for changed in (body[:-1], body[:-40], body + b"\x01"):
        answer = await evil.field.here.client.patch(
            cut.request.url.path, content=changed,
            headers={"Content-Type": "application/vnd.usga.file-piece", **bearer(evil.token)},
        )  # fmt: skip
        assert slug(answer) == "parcel-unreadable"


async def test_files_of_tablets_outside_the_scope_are_refused_H54(
    field: District, tablet: FieldTablet, interview: UUID
) -> None:
    other = await field.tablet("other")
    narrow = await field.start("narrow", upstream_code=await _code(field, other))
    await narrow.round()
    evil = Evil(field, narrow, tablet)
    answer = await evil.bring(story(recording(60_000)), interview)
    assert (answer.status_code, slug(answer)) == (403, "forbidden")
    assert await evil.held() == []


async def _code(field: District, tablet: FieldTablet) -> str:
    return await field.code(devices=[str(tablet.outbox.setting("device"))])


@pytest.mark.parametrize("point", ["after_piece", "file_kept", "file_receipted"])
async def test_it_dies_between_centre_and_disk_with_a_file_H55(
    field: District, tablet: FieldTablet, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry_files, "PIECE", 70_000)
    code, file = await field.code(), story(recording(200_000))
    async with Life(field, code) as hub:
        await hub.round()
        tablet.photographed(file)
        assert (await tablet.visit(hub)).files.carried == 1
    async with Life(field, code, point) as hub:
        with pytest.raises(Died):
            await hub.round()
    async with Life(field, code) as hub:
        assert (await hub.round()).files == (point != "file_receipted")
        assert list((hub.folder / "data" / "hub-files").iterdir()) == []
        assert (await tablet.visit(hub)).files.proven == 1
    (row,) = await field.here.rows("SELECT state, sha256 FROM attachment")
    assert (row["state"], row["sha256"]) == ("kept", file.sha256)
    assert tablet.files() == []


@pytest.mark.parametrize("receipt", ["nothing", "", "a.b.c", "another tablet's"])
async def test_only_the_centres_receipt_ends_a_file_at_a_hub_H55(
    field: District,
    tablet: FieldTablet,
    hub: RunningHub,
    receipt: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tablet.photographed(door())
    await tablet.visit(hub)
    if receipt == "another tablet's":
        content = {"device": str(uuid4()), "files": [{}], "carried": "x"}
        receipt = sign_files(content, field.centre.state.sync.signing_key)
    lie = FileAnswer(state="kept", offset=1, receipt=receipt)

    async def lying(*_: object) -> FileAnswer:
        return lie

    with monkeypatch.context() as patched:
        patched.setattr(hub.courier._upstream, "deliver_piece", lying)
        done = await hub.round()
        assert (done.files, done.reached) == (0, False)
    assert len(list((hub.folder / "data" / "hub-files").iterdir())) == 1
    assert (await hub.round()).files == 1


async def test_interviews_go_before_files_H55(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.photographed(door())
    tablet.photographed(story())
    await tablet.visit(hub)
    before = len(hub.road.requests)
    await hub.round()
    paths = [path.split("/")[3] for _, path in hub.road.requests[before:]]
    assert paths.index("parcels") < paths.index("files")
    assert (await field.here.rows("SELECT count(*) AS n FROM attachment"))[0]["n"] == 2
