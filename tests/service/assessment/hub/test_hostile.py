"""What tablets, hubs and disks could do to a hub and to the centre: bounded, told, put right."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from usga_assessment.operations.hub import hub_files, write_relay

from tests.service.assessment.hub.test_enrolment import KEY, enrol
from tests.service.assessment.hub.test_files import kept
from tests.service.assessment.hub.test_files_taking import ByHand, slug
from tests.support.attaching import door, story
from tests.support.collecting import bearer
from tests.support.hubs import District, FieldTablet, RunningHub


def parts(hub: RunningHub) -> list[Any]:
    return list((hub.folder / "data" / "hub-files").iterdir())


@pytest.mark.usefixtures("files")
async def test_a_file_that_the_disk_lost_is_told_and_taken_again_H58(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    sound = story()
    tablet.photographed(sound)
    await tablet.visit(hub)
    (part,) = parts(hub)
    part.write_bytes(part.read_bytes()[:-1000])
    done = await hub.round()
    assert (done.files, done.refused, done.reached) == (0, 1, True)
    visit = await tablet.visit(hub)
    assert (visit.files.returned, visit.files.carried) == (1, 1)
    assert (await hub.round()).files == 1
    assert await kept(field) == [sound.sha256]


@pytest.mark.usefixtures("files")
async def test_bytes_of_what_was_given_up_go_H3(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.photographed(door())
    await tablet.visit(hub)
    assert len(parts(hub)) == 1
    number = hub.app.state.hub.told.hub
    await field.here.post(f"/v1/hubs/{number}/revocation", {}, by="supervisor")
    code = SecretStr(await field.code())
    settings = hub.app.state.hub.settings
    hub.app.state.hub.settings = settings.model_copy(update={"upstream_code": code})
    for _ in range(2):  # it learns that it is not known and enrols; it meets the centre
        await hub.round()
    assert parts(hub) == [], "sealed under its old number, nobody opens them"
    assert (await tablet.visit(hub)).files.carried == 1


async def test_a_tablet_fills_no_hub_with_empty_files_H49(
    field: District, tablet: FieldTablet, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_files, "_MOST_HELD", 2)
    other = await field.tablet("other")
    await hub.round()
    async with hub.client() as http:
        first, second = (
            ByHand(http, field.centre.state.hubs.courier(_id(each)), hub.app.state.hub.told.hub)
            for each in (tablet, other)
        )
        for seed in (1, 2):
            assert (await first.announce(story(b"OggS" + bytes([seed])))).status_code == 201
        many = await first.announce(story(b"OggS" + bytes([3])))
        assert (many.status_code, slug(many)) == (429, "too-many-requests")
        assert (await second.announce(story(b"OggS"))).status_code == 201


def _id(tablet: FieldTablet) -> UUID:
    return UUID(str(tablet.outbox.setting("device")))


@pytest.mark.parametrize("path", ["/v1/hub/mail", "/v1/hub/files"])
async def test_a_place_that_no_database_counts_to_is_422_H30(
    field: District, tablet: FieldTablet, hub: RunningHub, path: str
) -> None:
    shown = field.centre.state.hubs.courier(_id(tablet)).credential(hub.app.state.hub.told.hub)
    async with hub.client() as http:
        for after in (2**31, 2**70, -1):
            answer = await http.get(path, params={"after": after}, headers=bearer(shown))
            assert answer.status_code == 422


async def test_tablets_are_told_a_hubs_key_and_nothing_beside_it_H6(field: District) -> None:
    extra = {"d": "AA", "x5u": "https://elsewhere.example/" + "a" * 3000}
    made = (await enrol(field, await field.code(), key={**KEY, **extra})).json()
    (row,) = await field.here.rows("SELECT key FROM hub")
    assert "elsewhere" not in str(row["key"])
    assert '"d"' not in str(row["key"])
    assert made["hub"]


async def test_a_hub_knows_every_tablet_however_many_there_are_H33(
    field: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_relay, "_PAGE", 2)
    tablets = [await field.tablet(f"t{number}") for number in range(3)]
    hub = await field.hub()
    for each in tablets:
        each.collect(1)
        assert (await each.visit(hub)).carried == 1
