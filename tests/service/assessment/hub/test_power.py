"""A hub that dies at any point of its work comes back from its files and loses nothing."""

from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from usga_tablet.link import SyncStopped

from tests.support.hubs import District, FieldTablet, Road, RunningHub


class Died(BaseException):
    """The power went."""


class Life:
    """One life of a hub over the same folder; it ends at a point of its work, or when told to."""

    def __init__(self, field: District, code: str, dies_at: str | None = None) -> None:
        self._field, self._code, self._dies_at = field, code, dies_at
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> RunningHub:
        def reached(point: str) -> None:
            if point == self._dies_at:
                raise Died(point)

        return await self._field.start(
            "mortal", within=self._stack, crash_point=reached, upstream_code=self._code
        )

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


class LosesAnswers(RunningHub):
    """The tablet's link breaks when the hub has done its work."""

    def client(self) -> httpx.AsyncClient:
        road = Road(self.app)
        road.loses_answers = 10**6
        return httpx.AsyncClient(transport=road, base_url="http://hub")


async def held(field: District) -> int:
    (row,) = await field.here.rows("SELECT count(*) AS n FROM submission_revision")
    return int(row["n"])


@pytest.mark.parametrize("point", ["after_delivery", "after_receipt"])
async def test_it_dies_between_centre_and_disk_H10_H24(
    field: District, tablet: FieldTablet, point: str
) -> None:
    code = await field.code()
    async with Life(field, code) as hub:
        await hub.round()
        tablet.collect(4)
        assert (await tablet.visit(hub, batch=2)).carried == 4
    for _ in range(3):
        async with Life(field, code, point) as hub:
            with pytest.raises(Died):
                await hub.round()
            if point == "after_receipt":
                break
    async with Life(field, code) as hub:
        await hub.round()
        visit = await tablet.visit(hub)
        assert (visit.receipted, visit.freed) == (4, 4)
    assert await held(field) == 4
    assert tablet.lines() == 0


async def test_an_answer_that_a_tablet_never_got_doubles_nothing_H10_H12(
    field: District, tablet: FieldTablet
) -> None:
    code = await field.code()
    async with Life(field, code) as hub:
        await hub.round()
        tablet.collect(3)
        lossy = LosesAnswers(hub.app, hub.road, hub.folder)
        with pytest.raises(SyncStopped):
            await tablet.visit(lossy)
    async with Life(field, code) as hub:
        assert (await tablet.visit(hub)).carried == 3
        assert (await hub.round()).delivered == 1
        assert (await tablet.visit(hub)).freed == 3
    assert await held(field) == 3


async def test_two_hubs_and_the_tablet_itself_bring_it_once_I11(
    field: District, tablet: FieldTablet
) -> None:
    north, south = await field.hub("north"), await field.hub("south")
    tablet.collect(5)
    await tablet.visit(north, batch=2)
    await tablet.visit(south, batch=3)
    north.road.loses_answers = 1
    for road in (north, south, north):
        await road.round()
    async with tablet.online() as online:
        await online.sync()
    seen: list[Any] = [await tablet.visit(each) for each in (south, north)]
    assert sum(visit.freed for visit in seen) == 5
    assert await held(field) == 5
    digests = {
        bytes(r["digest"]) for r in await field.here.rows("SELECT digest FROM submission_revision")
    }
    assert {digest.hex() for digest in digests} == {
        digest for _, _, digest in tablet.outbox.ledger(1, 5)
    }


async def test_a_revoked_hub_with_a_new_code_is_another_hub_H3_H46(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.collect(2)
    before = (await tablet.visit(hub)).hub
    await field.here.post(f"/v1/hubs/{before}/revocation", {}, by="supervisor")
    assert not (await hub.round()).reached
    settings = hub.app.state.hub.settings
    code = SecretStr(await field.code())
    hub.app.state.hub.settings = settings.model_copy(update={"upstream_code": code})
    assert not (await hub.round()).reached  # it learns that it is not known, and enrols
    with pytest.raises(SyncStopped):  # not under its old number: nobody would open it
        await tablet.visit(hub)
    assert (await hub.round()).reached
    visit = await tablet.visit(hub)
    assert visit.hub != before
    assert (visit.undelivered, visit.carried) == (2, 2)
    assert (await hub.round()).delivered == 1
    assert (await tablet.visit(hub)).freed == 2


async def test_days_without_a_link_lose_nothing_H26_I11(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    hub.road.is_open = False
    for _day in range(5):
        tablet.collect(2)
        assert (await tablet.visit(hub)).carried == 2
        assert not (await hub.round()).reached
    hub.road.is_open = True
    assert (await hub.round()).delivered == 5
    assert (await tablet.visit(hub)).freed == 10
