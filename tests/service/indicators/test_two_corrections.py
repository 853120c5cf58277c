"""Of two drafts that correct the same release one is published, whatever the moment."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.move_release import lift_embargoes
from usga_shared.clock import FixedClock

from tests.service.indicators.conftest import COORDINATOR, World, as_
from tests.service.indicators.test_retractions import correct, retract


async def publish(world: World, release: str, **more: Any) -> tuple[int, dict[str, Any]]:
    url = f"/v1/releases/{release}/transitions"
    body = {"to": "published", **more}
    answer = await world.client.post(url, json=body, headers=as_(COORDINATOR))
    return answer.status_code, answer.json()


class TestTwoCorrections:
    async def test_of_two_at_once_one_is_published_and_the_other_hears_of_it(
        self, world: World
    ) -> None:
        wrong = await world.release(to="published")
        drafts = [await correct(world, wrong["id"], to="frozen") for _ in range(2)]
        answers = await asyncio.gather(*(publish(world, draft["id"]) for draft in drafts))
        assert sorted(status for status, _ in answers) == [200, 409]
        (out,) = [view for status, view in answers if status == 200]
        (problem,) = [view for status, view in answers if status == 409]
        assert problem["type"].endswith("/already-corrected")
        assert problem["newest"] == out["id"]
        assert out["id"] in problem["detail"]
        one = (await world.client.get(f"/v1/releases/{wrong['id']}")).json()
        assert one["corrected_by"] == [out["id"]]

    async def test_the_second_finds_no_way_out_later_either(self, world: World) -> None:
        wrong = await world.release(to="published")
        first, second = [await correct(world, wrong["id"], to="frozen") for _ in range(2)]
        soon = {"embargo_until": "2026-07-02T08:00:00Z"}
        assert (await publish(world, second["id"], **soon))[0] == 200
        assert (await publish(world, first["id"]))[0] == 200
        for more in ({}, soon):  # by hand, and under another embargo
            status, problem = await publish(world, second["id"], **more)
            assert (status, problem["newest"]) == (409, first["id"])
        app = world.app
        lifted = await lift_embargoes(
            app.state.database,
            known=KnownDefinitions(app.state.database, app.state.catalogue),
            files=app.state.files,
            clock=FixedClock(datetime(2026, 7, 3, tzinfo=UTC)),
        )
        assert lifted == []
        kept = await world.client.get(f"/v1/releases/{second['id']}", headers=as_(COORDINATOR))
        assert (kept.json()["state"], kept.json()["embargo_until"]) == ("frozen", None)

    async def test_a_retracted_correction_still_ends_the_line(self, world: World) -> None:
        wrong = await world.release(to="published")
        second = await correct(world, wrong["id"], to="frozen")
        first = await correct(world, wrong["id"])
        await retract(world, first["id"])
        status, problem = await publish(world, second["id"])
        assert (status, problem["newest"]) == (409, first["id"])
        third = await correct(world, first["id"])
        one = (await world.client.get(f"/v1/releases/{wrong['id']}")).json()
        assert (one["state"], one["corrected_by"]) == ("published", [third["id"]])
