"""The assessment service came back from a backup: its followers begin anew (I-16)."""

import pytest

from tests.service.indicators.conftest import BRIEF, SUPERVISOR, World, as_
from tests.service.indicators.test_feed import units_on_disk
from tests.service.indicators.test_quality import fieldwork
from tests.support.indicators import ASSESSMENT


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF


async def test_what_a_restore_lost_leaves_and_comes_back_when_it_is_sent_again(
    world: World,
) -> None:
    first = await world.release()
    whole, asked = list(world.assessment.feed), len(world.assessment.asked)
    world.assessment.epoch, world.assessment.feed = "b-", whole[:400]
    second = await world.release()
    assert second["interviews"] == 400
    assert [body["cursor"] for body in world.assessment.asked[asked : asked + 2]] == ["600", None]

    again = await world.release()
    assert again["snapshot_sha256"] == second["snapshot_sha256"], "it began anew only once"
    world.assessment.push(whole[400:])
    third = await world.release()
    assert third["snapshot_sha256"] == first["snapshot_sha256"]


async def test_withdrawals_that_are_replayed_leave_every_file(world: World) -> None:
    await world.release()
    unit = world.assessment.feed[3]["unit"]
    world.assessment.epoch = "b-"
    world.assessment.withdraw(unit)
    release = await world.release()
    assert release["interviews"] == 599
    assert unit not in units_on_disk(world)


async def test_measures_of_fieldwork_begin_anew_too(world: World) -> None:
    world.assessment.paradata = fieldwork()
    path, by = f"/v1/quality?assessment={ASSESSMENT}", as_(SUPERVISOR)
    before = (await world.client.get(path, headers=by)).json()
    world.assessment.epoch, world.assessment.paradata = "b-", fieldwork()[:100]
    answer = await world.client.get(path, headers=by)
    assert answer.status_code == 200, answer.text
    assert (before["interviews"], answer.json()["interviews"]) == (244, 100)
