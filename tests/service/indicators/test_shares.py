"""A frozen release is shown to chosen partners before it is out, and counts as seen from then."""

from typing import Any

import pytest

from tests.service.indicators.conftest import (
    BRIEF,
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    SUPERVISOR,
    World,
    as_,
)
from tests.support.indicators import extract_items

NAME = PARTNER[6:9]
"""The id under which the stand-in of the assessment service knows the partner."""


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF


async def call(
    world: World, method: str, of: str, token: str = COORDINATOR, partner: str = f"/{NAME}"
) -> tuple[int, Any]:
    url = f"/v1/releases/{of}/shares{partner}"
    answer = await world.client.request(method, url, headers=as_(token))
    return answer.status_code, answer.json() if answer.content else None


async def seen(world: World, of: str, token: str) -> list[int]:
    """What a caller meets at the release, its indicators, its cells and an index of it."""
    paths = (
        f"/v1/releases/{of}", f"/v1/releases/{of}/indicators",
        f"/v1/observations?release={of}", f"/v1/indices/USGI?release={of}",
    )  # fmt: skip
    found = [(await world.client.get(p, headers=as_(token))).status_code for p in paths]
    listed = await world.client.get("/v1/releases", headers=as_(token))
    return [*found, len(listed.json()["items"])]


async def test_a_chosen_partner_reads_it_and_nobody_else(world: World) -> None:
    frozen = await world.release(to="frozen")
    assert await seen(world, frozen["id"], PARTNER) == [404, 404, 404, 404, 0]
    status, share = await call(world, "PUT", frozen["id"])
    assert (status, share["partner"], share["ended_at"]) == (200, NAME, None)
    assert (await call(world, "PUT", frozen["id"]))[1] == share
    assert await seen(world, frozen["id"], PARTNER) == [200, 200, 200, 200, 1]
    assert await seen(world, frozen["id"], SUPERVISOR) == [404, 404, 404, 404, 0]
    assert (await world.client.get(f"/v1/releases/{frozen['id']}")).status_code == 404
    assert (await call(world, "DELETE", frozen["id"]))[0] == 204
    assert await seen(world, frozen["id"], PARTNER) == [404, 404, 404, 404, 0]
    _, listed = await call(world, "GET", frozen["id"], partner="")
    assert [(each["partner"], each["ended_at"] is None) for each in listed["items"]] == [
        (NAME, False)
    ]
    assert (await call(world, "PUT", frozen["id"]))[1]["ended_at"] is None
    assert (await seen(world, frozen["id"], PARTNER))[0] == 200


@pytest.mark.parametrize(
    ("token", "status"), [(STATISTICIAN, 403), (SUPERVISOR, 404), (PARTNER, 404), (STRANGER, 404)]
)
async def test_the_coordinator_alone_shares(world: World, token: str, status: int) -> None:
    frozen = await world.release(to="frozen")
    for method in ("PUT", "DELETE"):
        assert (await call(world, method, frozen["id"], token))[0] == status
    assert (await call(world, "GET", frozen["id"], token, partner=""))[0] == status


async def test_a_partner_of_another_city_sees_nothing(world: World) -> None:
    frozen = await world.release(to="frozen")
    await call(world, "PUT", frozen["id"], partner=f"/{STRANGER[6:9]}")
    assert (await seen(world, frozen["id"], STRANGER))[0] == 404


@pytest.mark.parametrize("state", ["draft", "published"])
async def test_only_a_frozen_release_is_shared(world: World, state: str) -> None:
    made = await world.release(to=state)
    status, problem = await call(world, "PUT", made["id"])
    assert (status, problem["state"]) == (409, state)
    assert problem["type"].endswith("/not-shareable")


async def test_what_a_partner_saw_counts_as_out_D04(world: World) -> None:
    """Three people later the partner could subtract, also after the share has ended."""
    first = await world.release(to="frozen")
    await call(world, "PUT", first["id"])
    await call(world, "DELETE", first["id"])
    world.assessment.push(extract_items(603)[600:])
    second = await world.release(to="frozen")
    answer = await world.client.post(
        f"/v1/releases/{second['id']}/transitions", json={"to": "published"},
        headers=as_(COORDINATOR),
    )  # fmt: skip
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/release-too-close")
    assert answer.json()["release"] == first["id"]
    status, problem = await call(world, "PUT", second["id"])
    assert (status, problem["least"]) == (409, 10)
