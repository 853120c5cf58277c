"""From tablet to hub to centre, and the centre's word all the way back."""

import pytest

from tests.conftest import DatabaseKind
from tests.support.hubs import District, FieldTablet, RunningHub


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Centre and hub on each database."""
    kind: DatabaseKind = request.param
    return kind


class TestCarrying:
    async def test_interviews_reach_the_centre_and_only_its_word_frees_them_H20_H41_H43(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        hub.road.is_open = False
        made = tablet.collect(5)
        first = await tablet.visit(hub)
        assert (first.carried, first.receipted, first.freed) == (5, 0, 0)
        assert tablet.outbox.counts() == {"queued": 5}
        assert tablet.outbox.carried() == {first.hub: 5}
        assert tablet.lines() == 5  # a hub's word permits nothing

        assert (await hub.round()).delivered == 0
        hub.road.is_open = True
        assert (await hub.round()).delivered == 1
        held = await field.here.rows("SELECT id, state, device FROM submission_revision")
        assert len(held) == 5
        assert {row["state"] for row in held} == {"stored"}
        assert {row["device"] for row in held} == {tablet.outbox.setting("device")}

        second = await tablet.visit(hub)
        assert (second.carried, second.receipted, second.freed) == (0, 5, 5)
        assert tablet.outbox.counts() == {"stored": 5}
        assert tablet.lines() == 0
        assert len(made) == 5

    async def test_the_same_bytes_are_carried_once_H12(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub)
        tablet.outbox._db.execute("DELETE FROM carried")
        assert (await tablet.visit(hub)).carried == 2
        assert (await hub.round()).delivered == 1


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
async def test_any_coding_travels_on_H13(
    field: District, tablet: FieldTablet, hub: RunningHub, coding: str
) -> None:
    tablet.collect(2)
    await tablet.visit(hub, coding=coding)
    assert (await hub.round()).delivered == 1
    assert (await tablet.visit(hub)).freed == 2
