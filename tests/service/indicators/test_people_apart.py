"""Releases differ by people, not by numbers, snapshots or definitions (rule D-04)."""

from typing import Any

from tests.service.indicators.conftest import COORDINATOR, World
from tests.service.indicators.test_definitions import act, post
from tests.service.indicators.test_release_analysis import release
from tests.service.indicators.test_release_standing import move, published
from tests.service.indicators.test_weights import made, outcomes, upload
from tests.support.indicators import extract_items


def reject(world: World, unit: str) -> None:
    """Somebody looked at the interview again; nothing is forgotten, and snapshots stay."""
    world.assessment.push(
        [{"unit": unit, "revision": "x", "status": "removed", "removed_because": "rejected"}]
    )


def newcomers(count: int) -> list[dict[str, Any]]:
    return extract_items(count, seed=7)


async def publishing(world: World, **body: Any) -> tuple[int, dict[str, Any]]:
    view = await release(world, **body)
    assert (await move(world, view["id"], "frozen"))[0] == 200
    return await move(world, view["id"], "published")


async def test_a_definition_of_ones_own_hides_no_swapped_person(world: World) -> None:
    first = await published(world)
    people = [item["unit"] for item in world.assessment.feed]
    reject(world, people[0])
    world.assessment.push(newcomers(1))
    await post(world, "versions")
    await act(world, "publication", COORDINATOR)
    status, refused = await publishing(world)
    assert (status, refused["type"].rsplit("/", 1)[-1]) == (409, "release-too-close")
    assert refused["release"] == first["id"]
    for unit in people[1:5]:  # with five swapped ten people differ
        reject(world, unit)
    world.assessment.push(newcomers(5)[1:])
    status, view = await publishing(world)
    assert (status, view["interviews"]) == (200, 600)


async def test_edits_count_each_as_a_person(world: World) -> None:
    first = list(world.assessment.feed)
    await published(world)
    for edits, expected in ((9, 409), (10, 200)):
        certain = [i for i in first if i["answers"]["tr_police"] != "ref"]
        for item in certain[:edits]:
            answers = {**item["answers"], "tr_police": "ref"}
            world.assessment.push([{**item, "revision": "e", "answers": answers}])
        assert (await publishing(world))[0] == expected


async def test_a_release_in_which_nobody_differs_is_published(world: World) -> None:
    world.assessment.outcomes = outcomes(world)
    await upload(world)
    first = await published(world)
    weightless = {"w_person": None, "w_household": None, "stratum": "", "psu": ""}
    world.assessment.push([{**newcomers(1)[0], **weightless}])
    status, same = await publishing(world)
    assert (status, same["interviews"]) == (200, 600)
    assert same["snapshot_sha256"] != first["snapshot_sha256"]
    await post(world, "versions")
    await act(world, "publication", COORDINATOR)
    raked = await made(world, [{"kind": "rake", "margins": ["sex"]}])
    assert (await publishing(world, weight_set=raked["id"]))[0] == 200


async def test_without_a_snapshot_numbers_must_be_ten_apart(world: World) -> None:
    """A withdrawal took the interviews behind the older release: who differs is not known."""
    await published(world)
    world.assessment.withdraw(str(world.assessment.feed[0]["unit"]))
    world.assessment.push(newcomers(10))  # eleven people differ, the numbers by nine
    assert (await publishing(world))[0] == 409
    world.assessment.push(newcomers(11)[10:])
    assert (await publishing(world))[0] == 200


async def test_an_embargo_is_of_publishing_alone(world: World) -> None:
    view = await release(world)
    until = "2026-08-01T09:00:00Z"
    status, refused = await move(world, view["id"], "frozen", embargo_until=until)
    assert (status, refused["errors"][0]["code"]) == (422, "embargo_of_publication")
    assert (await move(world, view["id"], "frozen"))[0] == 200
