"""A hub that the centre revoked says so, and is given nothing more."""

from typing import Any

from tests.support.hubs import District, FieldTablet, RunningHub


async def info(hub: RunningHub) -> dict[str, Any]:
    async with hub.client() as http:
        found: dict[str, Any] = (await http.get("/v1/hub")).json()
        return found


async def test_a_revoked_hub_says_so_and_is_given_nothing_H66(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.collect(1)
    await tablet.visit(hub)
    await hub.round()
    assert ((await info(hub))["link"], (await info(hub))["refusal"]) == ("met", None)
    number = hub.app.state.hub.told.hub
    await field.here.post(f"/v1/hubs/{number}/revocation", {}, by="supervisor")
    tablet.collect(1)
    assert not (await hub.round()).reached
    told = await info(hub)
    assert (told["link"], told["refusal"]) == ("refused", "invalid-credential")
    visit = await tablet.visit(hub)
    assert visit.receipted == 1, "what waits there is the tablet's"
    assert (visit.is_refused, visit.carried) == (True, 0)
    assert tablet.lines() == 1
    hub.road.is_open = False
    await hub.round()
    assert (await info(hub))["link"] == "silent"


async def test_a_hub_that_has_not_looked_yet_says_so_H66(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    again = await field.start("hub")  # the same folder, another run
    assert (await info(again))["link"] == "looking"
    tablet.collect(1)
    assert (await tablet.visit(again)).carried == 1, "it takes interviews all the same"
