"""Days without a link: what a hub brings then counts to the hub, and people see what waits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from usga_assessment.domain.attachments.tus import Metadata

from tests.service.assessment.hub.test_files import kept
from tests.support.attaching import door, story
from tests.support.hubs import District, FieldTablet, RunningHub

pytestmark = pytest.mark.usefixtures("files")


def limit(field: District, **limits: int) -> None:
    desk: Any = field.centre.state.attachments
    desk.limits = replace(desk.limits, **limits)


async def test_a_backlog_counts_to_the_hubs_day_and_not_to_its_tablets_H64(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture, sound = door(), story()
    limit(field, device_daily=max(len(picture.content), len(sound.content)) + 10)
    tablet.photographed(picture)
    tablet.photographed(sound)
    await tablet.visit(hub)
    assert (await hub.round()).files == 2, "together more than the tablet may send in a day"
    assert await kept(field) == sorted([picture.sha256, sound.sha256])
    rows = await field.here.rows("SELECT hub FROM attachment")
    assert {str(row["hub"]).replace("-", "") for row in rows} == {
        str(hub.app.state.hub.told.hub).replace("-", "")
    }
    more = tablet.photographed(door())
    async with tablet.online() as online:
        await online.sync()
    assert await field.centre.state.attachments.announce(
        *_told(tablet, more), assessment="KE-TEST-2026", device=tablet.outbox.setting("device")
    ), "what hubs brought takes nothing of the tablet's own day"


def _told(tablet: FieldTablet, made: Any) -> tuple[Metadata, int]:
    assert tablet.box is not None
    (file,) = [each for each in tablet.box.queued() if each.submission == made.id]
    return Metadata(made.id, file.name, file.sha256, file.type), file.size


async def test_what_is_too_much_for_a_hubs_day_waits_at_it_and_is_lost_nowhere_H64(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture, sound = door(), story()
    limit(field, hub_daily=max(len(picture.content), len(sound.content)) + 10)
    tablet.photographed(picture)
    tablet.photographed(sound)
    await tablet.visit(hub)
    assert (await hub.round()).files == 1
    await tablet.visit(hub)
    assert len(tablet.files()) == 1, "only what the centre receipted is freed"
    assert (await hub.round()).files == 0
    field.centre.state.clock.advance(timedelta(days=1))
    assert (await hub.round()).files == 1
    assert await kept(field) == sorted([picture.sha256, sound.sha256])
    await tablet.visit(hub)
    assert tablet.files() == []


async def test_people_see_what_waits_at_a_hub_and_what_it_handed_on_H27(
    field: District, tablet: FieldTablet
) -> None:
    hub = await field.hub()

    async def told() -> dict[str, Any]:
        (item,) = (await field.here.get("/v1/hubs", by="supervisor")).json()["items"]
        report: dict[str, Any] = item["report"]
        return report

    assert (await told())["files_waiting"] == 0
    picture = door()
    interview = tablet.photographed(picture)
    life = str(
        tablet.outbox.setting(f"life {hub.app.state.hub.told.hub}") or hub.app.state.hub.life
    )
    tablet.outbox.carry([interview.id], str(hub.app.state.hub.told.hub), life)
    await tablet.visit(hub)  # the file alone
    assert (await hub.round()).files == 0
    waiting = await told()
    assert (waiting["files_waiting"], waiting["files_handed_on"]) == (1, 0)
    assert waiting["file_bytes"] == len(picture.content)
    async with tablet.online() as online:
        await online.sync()
    hub.app.state.clock.advance(timedelta(hours=1))
    assert (await hub.round()).files == 1
    done = await told()
    assert (done["files_waiting"], done["files_handed_on"], done["file_bytes"]) == (0, 1, 0)
    assert done["at"] > waiting["at"]
