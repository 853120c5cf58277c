"""Bytes go only by a matching range digest; one odd number does not keep all the others."""

import pytest
from usga_tablet import proving
from usga_tablet.outbox import Outbox

from tests.support.sync_server import SyncServer
from tests.unit.tablet.conftest import DRAFT, MakeTablet


async def test_a_number_that_is_held_otherwise_spoils_only_its_own_range(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.verdicts = {6: "rejected", 11: "rejected"}
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(20):
        outbox.finalise(DRAFT)
    await tablet.sync()
    assert outbox.counts() == {"stored": 18, "rejected": 2}
    asked = server.requests.count("/v1/sync/check")
    assert await tablet.check() == 18
    assert list(outbox.held()) == []
    assert server.requests.count("/v1/sync/check") - asked <= 7, "halves, not one by one"


async def test_what_is_held_with_other_bytes_is_never_freed(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    made = [outbox.finalise(DRAFT) for _ in range(9)]
    await tablet.sync()
    seq, _, line = server.held[str(made[4].id)]
    server.held[str(made[4].id)] = (seq, "f" * 64, line)
    assert await tablet.check() == 8
    assert [each.id for each in outbox.held()] == [made[4].id]


async def test_a_long_life_is_asked_for_in_pieces(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "MOST_NUMBERS", 5)
    monkeypatch.setattr(proving, "MOST_ITEMS", 4)
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(23):
        outbox.finalise(DRAFT)
    await tablet.sync()
    assert await tablet.check() == 23
