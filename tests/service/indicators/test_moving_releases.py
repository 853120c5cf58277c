"""Releases move on to frozen and published, never back, and never too close to another."""

import asyncio

import pytest
from usga_indicators.storage.tables.release import ObservationRow
from usga_shared.wire.extract import AssessmentContext

from tests.service.indicators.conftest import (
    BRIEF,
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    World,
    as_,
)


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF


class TestMoving:
    async def test_a_release_is_frozen_then_published_and_never_moves_back(
        self, world: World
    ) -> None:
        release = await world.release(to="published", token=STATISTICIAN)
        assert release["state"] == "published"
        assert release["frozen_at"] is not None
        url = f"/v1/releases/{release['id']}/transitions"
        for state, status in (("published", 200), ("frozen", 409), ("draft", 409)):
            again = await world.client.post(url, json={"to": state}, headers=as_(COORDINATOR))
            assert again.status_code == status

    async def test_a_draft_cannot_be_published_unfrozen(self, world: World) -> None:
        release = await world.release()
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions",
            json={"to": "published"},
            headers=as_(COORDINATOR),
        )
        assert answer.status_code == 409
        assert answer.json()["state"] == "draft"

    @pytest.mark.parametrize(("token", "status"), [(PARTNER, 404), (STRANGER, 404)])
    async def test_others_do_not_even_see_it(self, world: World, token: str, status: int) -> None:
        release = await world.release()
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions", json={"to": "frozen"}, headers=as_(token)
        )
        assert answer.status_code == status

    async def test_only_what_residents_validated_is_published_Q05(self, world: World) -> None:
        first = await world.release(to="frozen")
        world.assessment.records = {"release": {"release": "another"}}
        url = f"/v1/releases/{first['id']}/transitions"
        refused = await world.client.post(url, json={"to": "published"}, headers=as_(COORDINATOR))
        assert (refused.status_code, refused.json()["validated"]) == (409, "another")
        world.assessment.records = {"release": {"release": first["id"]}}
        moved = await world.client.post(url, json={"to": "published"}, headers=as_(COORDINATOR))
        assert moved.json()["state"] == "published"

    async def test_residents_validate_before_anything_is_published_Q05(self, world: World) -> None:
        release = await world.release(to="frozen")
        url = f"/v1/releases/{release['id']}/transitions"
        for state, status in (("analysing", 409), ("validating", 409), ("published", 200)):
            world.assessment.state = state
            answer = await world.client.post(
                url, json={"to": "published"}, headers=as_(COORDINATOR)
            )
            assert answer.status_code == status
            if status == 409:
                assert answer.json()["assessment_state"] == state
                assert (await world.client.get("/v1/observations")).status_code == 404

    async def test_two_releases_a_few_people_apart_are_not_both_published_D04(
        self, world: World
    ) -> None:
        first = await world.release(to="published")
        same = await world.release(to="published")  # of the same interviews: nothing to subtract
        for gone, status in ((1, 409), (9, 409), (10, 200)):
            while sum("removed" in i["status"] for i in world.assessment.feed[:10]) < gone:
                world.assessment.withdraw(_first_unit(world))
            later = await world.release(to="frozen")
            answer = await world.client.post(
                f"/v1/releases/{later['id']}/transitions",
                json={"to": "published"},
                headers=as_(COORDINATOR),
            )
            assert answer.status_code == status, answer.text
            if status == 409:
                assert answer.json()["type"].endswith("release-too-close")
                assert answer.json()["release"] in {first["id"], same["id"]}  # of one moment
                assert answer.json()["least"] == 10

    async def test_not_even_when_both_are_published_at_once_D04(self, world: World) -> None:
        first = await world.release(to="frozen")
        world.assessment.withdraw(_first_unit(world))
        second = await world.release(to="frozen")
        answers = await asyncio.gather(
            *(
                world.client.post(
                    f"/v1/releases/{release['id']}/transitions",
                    json={"to": "published"},
                    headers=as_(COORDINATOR),
                )
                for release in (first, second)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def test_the_same_move_twice_at_once_is_one_move(self, world: World) -> None:
        release = await world.release(to="frozen")
        first, second = await asyncio.gather(
            *(
                world.client.post(
                    f"/v1/releases/{release['id']}/transitions",
                    json={"to": "published"},
                    headers=as_(COORDINATOR),
                )
                for _ in range(2)
            )
        )
        assert first.json() == second.json()
        read = await world.client.get(f"/v1/releases/{release['id']}")
        assert read.json() == first.json() | {
            "corrected_by": [],
            "not_recomputable": None,
            "use_instead": None,
        }

    async def test_no_writer_waits_while_assessment_thinks(self, world: World) -> None:
        release = await world.release(to="frozen")
        database = world.app.state.database
        assessment = world.app.state.assessment

        class Thinking:
            async def context(self, code: str) -> AssessmentContext:
                async with asyncio.timeout(5), database.write():
                    pass
                found: AssessmentContext = await assessment.context(code)
                return found

        world.app.state.assessment = Thinking()
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions",
            json={"to": "published"},
            headers=as_(COORDINATOR),
        )
        assert answer.status_code == 200, answer.text

    async def test_observations_changed_behind_its_back_cannot_be_frozen(
        self, world: World
    ) -> None:
        release = await world.release()
        async with world.app.state.database.write() as session:
            row = await session.get(ObservationRow, (release["id"], 0))
            row.published = row.published.replace('"obs_status":"A"', '"obs_status":"U"')
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions",
            json={"to": "frozen"},
            headers=as_(COORDINATOR),
        )
        assert answer.status_code == 409


def _first_unit(world: World) -> str:
    """The first interview that is still there."""
    return next(str(i["unit"]) for i in world.assessment.feed if i["status"] == "included")
