"""Files by hubs: from a tablet that never meets the centre, and back its word that they may go."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from usga_assessment.domain.sync.receipt import sign_content
from usga_assessment.operations.hub import carry_files
from usga_assessment.storage.hub.mirror import Mirror
from usga_assessment.storage.installation import renew_epoch
from usga_tablet.answers import listed, mapping, record
from usga_tablet.couriers import Courier
from usga_tablet.link import SyncReport

from tests.service.assessment.hub.test_tablets import STRANGER, twisted
from tests.support.attaching import PATH, door, recording, story
from tests.support.collecting import withdraw
from tests.support.hubs import District, FieldTablet, RunningHub

pytestmark = pytest.mark.usefixtures("files")


async def kept(field: District) -> list[str]:
    """Digests of the files that the centre keeps, as sent."""
    rows = await field.here.rows("SELECT sha256 FROM attachment WHERE state = 'kept'")
    return sorted(str(row["sha256"]) for row in rows)


async def test_files_reach_the_centre_and_only_its_word_frees_them_H57(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture, sound = door(), story()
    tablet.photographed(picture, sound)
    visit = await tablet.visit(hub)
    assert (visit.carried, visit.files.carried, visit.files.proven) == (1, 2, 0)
    assert tablet.files() == ["door-1.jpg", "story-1.ogg"], "a hub's word frees nothing"
    again = await tablet.visit(hub)
    assert again.files.carried == 0, "what it carries is not given once more"
    assert (await hub.round()).files == 2
    assert await kept(field) == sorted([picture.sha256, sound.sha256])
    visit = await tablet.visit(hub)
    assert (visit.files.proven, tablet.files()) == (2, [])
    assert list((hub.folder / "data" / "hub-files").iterdir()) == []


async def test_pieces_go_on_where_the_centre_stands_H55(
    field: District, tablet: FieldTablet, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry_files, "PIECE", 70_000)
    sound = story(recording(400_000))
    tablet.photographed(sound)
    await tablet.visit(hub)
    reached: list[int] = []

    async def at_centre() -> int:
        rows = await field.here.rows("SELECT id FROM attachment")
        if not rows:
            return 0
        name = f"{UUID(str(rows[0]['id']))}.part"
        path = field.folder / "centre/data/attachments/coming" / name
        return path.stat().st_size if path.exists() else 400_000

    for _ in range(12):
        hub.road.breaks_after = 3
        await hub.round()
        reached.append(await at_centre())
        if await kept(field):
            break
    assert reached == sorted(reached)
    assert len(set(reached)) > 3, "each round went on where the one before had come"
    hub.road.breaks_after = None
    await hub.round()
    assert await kept(field) == [sound.sha256]
    sent = [path for method, path in hub.road.requests if path.startswith("/v1/hubs/files/")]
    assert len(sent) < 24, "no piece was sent from the start again"


async def test_two_hubs_and_the_tablet_bring_it_once_H53(
    field: District, tablet: FieldTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry_files, "PIECE", 70_000)
    north, south = await field.hub("north"), await field.hub("south")
    sound = story(recording(300_000))
    tablet.photographed(sound)
    for each in (north, south):
        assert (await tablet.visit(each)).files.carried == 1
    north.road.breaks_after = 5
    await north.round()
    assert await kept(field) == []
    assert (await south.round()).files == 1, "by an upload of its own"
    north.road.breaks_after = None
    assert (await north.round()).files == 1, "the centre has it: the receipt comes at once"
    rows = await field.here.rows("SELECT state FROM attachment")
    assert sorted(row["state"] for row in rows) == ["gone", "kept"]
    assert (await tablet.visit(north)).files.proven == 1
    assert (await tablet.visit(south)).files.proven == 0
    assert tablet.files() == []


async def test_a_file_waits_at_the_hub_until_its_interview_is_at_the_centre_H55(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    other = await field.hub("other")
    interview = tablet.photographed(door())
    tablet.outbox.carry([interview.id], hub_of(hub), life_of(hub))
    assert (await tablet.visit(hub)).files.carried == 1  # the file alone
    assert (await hub.round()).files == 0
    assert (await tablet.visit(hub)).files.proven == 0
    assert (await tablet.visit(other)).carried == 1
    await other.round()
    hub.app.state.clock.advance(carry_files._WAITS)
    assert (await hub.round()).files == 1
    assert (await tablet.visit(hub)).files.proven == 1


def hub_of(hub: RunningHub) -> str:
    return str(hub.app.state.hub.told.hub)


def life_of(hub: RunningHub) -> str:
    return str(hub.app.state.hub.life)


async def test_what_is_not_taken_goes_and_the_tablet_keeps_it_H56_H58(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    """Answers without consent name no file: the hub's copy goes, the tablet hears why."""
    tablet.photographed(door(), consent_sens="no", door=None)
    assert (await tablet.visit(hub)).files.carried == 1
    assert (await hub.round()).refused == 1
    assert list((hub.folder / "data" / "hub-files").iterdir()) == []
    visit = await tablet.visit(hub)
    assert (visit.files.returned, visit.files.carried) == (1, 0)
    assert tablet.files() == ["door-1.jpg"], "only the centre says what may go"
    assert (await tablet.visit(hub)).files.carried == 0, "not to the same hub once more"
    assert (await tablet.visit(await field.hub("other"))).files.carried == 1


async def test_what_waits_for_a_busy_centre_is_tried_again_H56(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.photographed(door())
    await tablet.visit(hub)
    files: Any = field.centre.state.attachments
    limits = files.limits
    files.limits = limits.__class__(**{**as_dict(limits), "hub_daily": 10})
    assert (await hub.round()).files == 0
    files.limits = limits
    assert (await hub.round()).files == 1


def as_dict(limits: Any) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in limits.__slots__}


async def test_a_withdrawn_interview_ends_its_files_everywhere_H56_H58(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.photographed(door(), withdraw_code="7kq4-9xpm")
    await tablet.visit(hub)
    async with tablet.online() as online:
        await online.sync()  # the interview alone
    gone = await withdraw(field.here)
    assert gone.json()["interviews"] == 1, gone.text
    assert (await hub.round()).refused == 1
    assert list((hub.folder / "data" / "hub-files").iterdir()) == []
    await tablet.visit(hub)
    assert tablet.files() == [], "the centre said so, in sealed mail"


async def test_a_receipt_of_another_life_of_the_centre_frees_nothing_H57(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.photographed(door())
    await tablet.visit(hub)
    await hub.round()
    await restored(field)
    field.centre.state.clock.advance(timedelta(minutes=5))
    async with tablet.online() as online:
        tablet.collect(1)
        await online.sync()  # it hears of the new life before the hub does
    assert (await tablet.visit(hub)).files.proven == 0
    assert tablet.files() == ["door-1.jpg"]


@pytest.mark.parametrize("lie", ["another key", "another type", "another tablet", "another file"])
async def test_only_the_centres_word_of_this_file_frees_it_H57(
    field: District, tablet: FieldTablet, hub: RunningHub, lie: str
) -> None:
    picture = door()
    interview = tablet.photographed(picture)
    await tablet.visit(hub)
    await hub.round()
    courier = Courier(str(tablet.outbox.setting("courier_key")))
    proof = courier.file_proof(
        submission=str(interview.id), name=picture.name, sha256=picture.sha256,
        size=len(picture.content),
    )  # fmt: skip
    said = {
        "device": tablet.outbox.setting("device"), "epoch": await field.centre.state.sync.epoch(),
        "files": [{"submission": str(interview.id), "sha256": picture.sha256}],
    }  # fmt: skip
    key, type_ = field.centre.state.sync.signing_key, "usga-files+jwt"
    match lie:
        case "another key":
            key = STRANGER
        case "another type":
            type_ = "usga-receipt+jwt"
        case "another tablet":
            said["device"] = str(interview.id)
        case _:
            said["files"] = [{"submission": str(interview.id), "sha256": "0" * 64}]
    forged = [{"proof": proof, "receipt": sign_content(said, type_, key)}]
    visit = await tablet.visit(twisted(hub, "/v1/hub/files", receipts=forged, next=0))
    assert (visit.files.proven, tablet.files()) == (0, [picture.name])
    assert (await tablet.visit(hub)).files.proven == 1


async def test_after_a_restore_files_are_taken_and_given_again_H57_H58(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture = door()
    tablet.photographed(picture)
    await tablet.visit(hub)
    await hub.round()
    async with field.here.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DELETE FROM attachment")
    await restored(field)
    assert (await hub.round()).reached  # it hears of the centre's new life
    visit = await tablet.visit(hub)
    assert (visit.files.proven, visit.files.returned, visit.files.carried) == (0, 1, 1)
    assert (await hub.round()).files == 1
    assert await kept(field) == [picture.sha256]
    assert (await tablet.visit(hub)).files.proven == 1


async def restored(field: District) -> None:
    """The centre's operator said that it came back from a backup."""
    await renew_epoch(field.here.database, field.centre.state.clock, restores=1)


async def test_mail_says_which_files_are_missing_as_a_check_does_H59(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture, sound = door(), story()
    interview = tablet.photographed(picture, sound)
    async with tablet.online() as online:
        await online.sync()
        checked = await online._json(
            "POST", f"{PATH}/check", SyncReport(), wants=record(items=listed(mapping)),
            content=orjson.dumps({"submissions": [str(interview.id)]}),
        )  # fmt: skip
    await hub.round()
    visit = await tablet.visit(hub)
    told = await words(field, hub, tablet)
    assert told["files"] == checked["items"]
    assert {file["state"] for file in told["files"][0]["files"]} == {"missing"}
    assert tablet.outbox.setting("files_missing") == "2"
    assert visit.files.carried == 2
    assert (await hub.round()).files == 2
    await tablet.visit(hub)
    assert (await words(field, hub, tablet))["files"] == []
    assert tablet.outbox.setting("files_missing") == "0"


async def words(field: District, hub: RunningHub, tablet: FieldTablet) -> dict[str, Any]:
    """The centre's last word to the tablet, as it lies at the hub."""
    device = UUID(str(tablet.outbox.setting("device")))
    async with hub.app.state.database.read() as session:
        sealed = await Mirror(session).mail_for(device)
    courier = field.centre.state.hubs.courier(device)
    found: dict[str, Any] = orjson.loads(courier.open_mail(sealed, device))
    return found
