"""Releases beside one another: what differs, what corrects what, and what waits for its moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from usga_indicators.cli.main import main
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.move_release import lift_embargoes
from usga_indicators.storage.tables.release import ObservationRow

from tests.service.indicators.conftest import (
    BRIEF,
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    World,
    as_,
)
from tests.service.indicators.test_release_analysis import order, release
from tests.service.indicators.test_weights import made, outcomes, upload
from tests.support.indicators import ASSESSMENT

NOTE = "Weights were not raked; shares by sex move."
RAKED = [{"kind": "nonresponse", "by": ["stratum"]}, {"kind": "rake", "margins": ["sex"]}]


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF


async def move(world: World, of: str, to: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = await world.client.post(
        f"/v1/releases/{of}/transitions", json={"to": to, **more}, headers=as_(COORDINATOR)
    )
    return answer.status_code, answer.json()


async def published(world: World, **body: Any) -> dict[str, Any]:
    view = await release(world, **body)
    for state in ("frozen", "published"):
        status, view = await move(world, view["id"], state)
        assert status == 200, view
    return view


class TestCorrecting:
    async def test_a_correction_stands_beside_what_it_corrects(self, world: World) -> None:
        world.assessment.outcomes = outcomes(world)
        await upload(world)
        weight_set = await made(world, RAKED)
        wrong = await published(world)
        before = await world.cells(wrong["id"])
        world.app.state.clock.advance(timedelta(minutes=1))
        right = await release(world, weight_set=weight_set["id"], corrects=wrong["id"], note=NOTE)
        url = f"/v1/releases/{wrong['id']}"
        assert (await world.client.get(url)).json()["corrected_by"] == []  # a draft tells nobody
        for state in ("frozen", "published"):
            status, right = await move(world, right["id"], state)
            assert status == 200, right
        assert (right["corrects"], right["note"]) == (wrong["id"], NOTE)
        again = (await world.client.get(url)).json()
        assert again["corrected_by"] == [right["id"]]
        assert again["content_sha256"] == wrong["content_sha256"]
        assert await world.cells(wrong["id"]) == before
        _hidden_once_is_told_by_no_second_weighting(before, await world.cells(right["id"]))
        newest = await world.client.get("/v1/observations", params={"assessment": ASSESSMENT})
        assert newest.json()["items"][0]["release"] == right["id"]
        await self._diff(world, wrong["id"], right["id"])

    async def test_corrections_are_one_line_and_the_newest_is_the_last(self, world: World) -> None:
        first = await published(world)
        world.app.state.clock.advance(timedelta(minutes=1))
        second = await published(world, corrects=first["id"], note=NOTE)
        world.app.state.clock.advance(timedelta(minutes=1))
        again = await order(world, corrects=first["id"], note=NOTE)
        assert (again.status_code, again.json()["newest"]) == (409, second["id"])
        assert again.json()["type"].endswith("/already-corrected")
        third = await published(world, corrects=second["id"], note=NOTE)
        for of, by in ((first, [second["id"], third["id"]]), (second, [third["id"]]), (third, [])):
            answer = await world.client.get(f"/v1/releases/{of['id']}")
            assert answer.json()["corrected_by"] == by

    async def _diff(self, world: World, wrong: str, right: str) -> None:
        path = f"/v1/releases/{right}/diff"
        answer = await world.client.get(path, params={"against": wrong, "limit": 1000})
        found = answer.json()
        assert (found["same_snapshot"], found["same_definitions"]) == (True, True)
        assert found["same_analysis"] is False
        old = {_place(c): c for c in await world.cells(wrong, limit="1000")}
        new = {_place(c): c for c in await world.cells(right, limit="1000")}
        changed = [p for p in new if p in old and _told(old[p]) != _told(new[p])]
        assert found["changed"] == len(changed) == len(found["items"]) > 10
        assert (found["added"], found["removed"]) == (0, 0)
        for item in found["items"]:
            place = tuple(item["place"].values())
            assert (item["before"], item["after"]) == (old[place], new[place])
            if item["moved"] is not None:
                assert item["moved"] == new[place]["obs_value"] - old[place]["obs_value"]
        first = await world.client.get(path, params={"against": wrong, "limit": 3})
        rest = await world.client.get(
            path, params={"against": wrong, "limit": 1000, "cursor": first.json()["next"]}
        )
        assert first.json()["items"] + rest.json()["items"] == found["items"]

    async def test_drafts_are_compared_by_those_who_see_them_alone(self, world: World) -> None:
        first, second = await release(world), await release(world)
        path = f"/v1/releases/{second['id']}/diff?against={first['id']}"
        seen = (await world.client.get(path, headers=as_(STATISTICIAN))).json()
        assert (seen["items"], seen["same_analysis"]) == ([], True)
        for headers in ({}, as_(PARTNER)):
            assert (await world.client.get(path, headers=headers)).status_code == 404


def _hidden_once_is_told_by_no_second_weighting(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """Two sums of the same two hidden parts, weighted otherwise, tell both parts."""
    hidden = {cell["indicator"] for cell in before if cell["obs_status"] == "Q"}
    shown = {cell["indicator"] for cell in after if cell["obs_value"] is not None}
    assert hidden
    assert shown == {cell["indicator"] for cell in before} - hidden


def _place(cell: dict[str, Any]) -> tuple[str, ...]:
    names = ("indicator", "ref_area", "stratum", "sex", "age", "item", "subgroup")
    return tuple(cell[name] for name in names)


def _told(cell: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in cell.items() if k not in {"release", "method_version", "time_period"}}


class TestEmbargo:
    async def lift(self, world: World) -> list[str]:
        state = world.app.state
        known = KnownDefinitions(state.database, state.catalogue)
        return await lift_embargoes(
            state.database, known=known, files=state.files, clock=state.clock
        )

    async def test_nothing_is_out_before_its_moment_and_all_is_after(self, world: World) -> None:
        view = await release(world)
        await move(world, view["id"], "frozen")
        until = world.app.state.clock.now() + timedelta(hours=3)
        status, held = await move(world, view["id"], "published", embargo_until=until.isoformat())
        assert (status, held["state"]) == (200, "frozen")
        assert held["embargo_until"].startswith(until.isoformat()[:16])
        status, refused = await move(world, view["id"], "published")
        assert (status, refused["type"].rsplit("/", 1)[-1]) == (409, "release-under-embargo")
        world.app.state.clock.advance(timedelta(hours=2, minutes=59))
        assert await self.lift(world) == []
        url = f"/v1/releases/{view['id']}"
        assert (await world.client.get(url)).status_code == 404
        world.app.state.clock.advance(timedelta(minutes=1))
        assert await self.lift(world) == [view["id"]]
        out = (await world.client.get(url)).json()
        assert out["state"] == "published"
        assert await self.lift(world) == []

    async def test_an_embargo_is_moved_or_lifted_by_another_moment(self, world: World) -> None:
        view = await release(world)
        await move(world, view["id"], "frozen")
        now = world.app.state.clock.now()
        for hours in (3, 5):
            until = (now + timedelta(hours=hours)).isoformat()
            status, held = await move(world, view["id"], "published", embargo_until=until)
            assert (status, held["state"]) == (200, "frozen")
        world.app.state.clock.advance(timedelta(hours=4))
        assert await self.lift(world) == []
        status, out = await move(world, view["id"], "published", embargo_until=now.isoformat())
        assert (status, out["state"]) == (200, "published")

    async def test_what_can_no_longer_be_published_stays_frozen_D04(self, world: World) -> None:
        first = await release(world)
        await move(world, first["id"], "frozen")
        until = (world.app.state.clock.now() + timedelta(hours=1)).isoformat()
        await move(world, first["id"], "published", embargo_until=until)
        world.assessment.withdraw(world.assessment.feed[0]["unit"])
        await published(world)  # one interview less: together they would show it
        world.app.state.clock.advance(timedelta(hours=2))
        assert await self.lift(world) == []
        seen = await world.client.get(f"/v1/releases/{first['id']}", headers=as_(COORDINATOR))
        assert (seen.json()["state"], seen.json()["embargo_until"]) == ("frozen", None)

    async def test_only_a_frozen_release_has_one(self, world: World) -> None:
        view = await release(world)
        until = (world.app.state.clock.now() + timedelta(hours=1)).isoformat()
        status, _ = await move(world, view["id"], "published", embargo_until=until)
        assert status == 409
        world.assessment.state = "analysing"
        await move(world, view["id"], "frozen")
        status, refused = await move(world, view["id"], "published", embargo_until=until)
        assert (status, refused["type"].rsplit("/", 1)[-1]) == (409, "not-validated")


class TestCommand:
    async def test_recompute_says_whether_a_release_computes_to_itself(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        view = await release(world)
        url = world.app.state.database.url.render_as_string(hide_password=False)
        monkeypatch.setenv("USGA_INDICATORS_DATABASE_URL", url)
        monkeypatch.setenv("USGA_INDICATORS_DATA_DIR", str(world.data_dir))
        monkeypatch.setenv("USGA_INDICATORS_KEY_DIR", str(world.key_dir))
        monkeypatch.setenv("USGA_INDICATORS_SERVICE_TOKEN", "s" * 32)
        command = ["recompute", view["id"]]
        assert await asyncio.to_thread(main, command) == 0
        async with world.app.state.database.write() as session:
            row = await session.get(ObservationRow, (view["id"], 0))
            row.internal = {**row.internal, "value": row.internal["value"] * 1.000001}
        assert await asyncio.to_thread(main, command) == 1
        assert await asyncio.to_thread(main, ["recompute", "nothing"]) == 2
        assert "there is no release nothing" in capsys.readouterr().err
