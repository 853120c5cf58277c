"""A server that was restored from a backup is given again what it lost."""

from uuid import uuid4

import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Patience, SyncStopped

from tests.support.sync_server import SyncServer
from tests.unit.tablet.conftest import DRAFT, MakeTablet


async def test_bytes_are_freed_only_after_a_matching_range_digest(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    made = [outbox.finalise(DRAFT) for _ in range(3)]
    await tablet.sync()
    seq, digest, line = server.held.pop(str(made[1].id))
    assert await tablet.check() == 0
    assert outbox.counts() == {"stored": 2, "queued": 1}, "what is absent is offered again"
    server.held[str(made[1].id)] = (seq, digest, line)
    await tablet.sync()
    assert await tablet.check() == 3
    assert list(outbox.held()) == []


async def test_a_restored_server_gets_again_what_it_lost(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    lost = outbox.finalise(DRAFT)
    await tablet.sync()
    server.held.clear()
    server.epoch = "e2"
    outbox.finalise(DRAFT)
    await tablet.sync()
    assert len(server.held) == 2
    assert str(lost.id) in server.held


async def test_whoever_is_interrupted_asks_again_what_a_restore_lost(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet(patience=Patience(tries=2))
    await tablet.enrol("code-1234")
    lost = outbox.finalise(DRAFT)
    await tablet.sync()
    server.held.clear()
    server.epoch = "e2"
    outbox.finalise(DRAFT)
    server.silent = {"/v1/sync/check"}
    with pytest.raises(SyncStopped):
        await tablet.sync()
    server.silent = set()
    outbox.finalise(DRAFT)
    await tablet.sync()
    assert str(lost.id) in server.held


async def test_a_conflict_that_a_restore_lost_is_offered_again(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    twin = uuid4()
    server.held[str(twin)] = (1, "0" * 64, b"{}")
    outbox.finalise({**DRAFT, "id": twin})
    await tablet.sync()
    assert outbox.counts() == {"conflict": 1}
    server.held.clear()
    server.epoch = "e2"
    outbox.finalise(DRAFT)
    await tablet.sync()
    assert str(twin) in server.held
