"""The tablet believes receipts only, keeps what is unproven, and is patient."""

import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Patience, SyncStopped

from tests.support.sync_server import BadLink, SyncServer
from tests.unit.tablet.conftest import DRAFT, MakeTablet


async def test_a_day_of_interviews_arrives_once(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    made = [outbox.finalise(DRAFT) for _ in range(45)]
    report = await tablet.sync()
    assert report.sent == 45
    assert report.outcomes == {"stored": 45}
    assert {seq for seq, _, _ in server.held.values()} == set(range(1, 46))
    assert all(server.held[str(f.id)][2] == f.line for f in made)
    assert (await tablet.sync()).sent == 0


@pytest.mark.parametrize("seed", range(6))
async def test_captive_portals_and_lost_answers_lose_nothing(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, seed: int
) -> None:
    link = BadLink(server, random.Random(seed), portal=0.6, loss=0.4)
    await make_tablet().enrol("code-1234")
    tablet = make_tablet(link, patience=Patience(tries=400), batch=5)
    for _ in range(40):
        outbox.finalise(DRAFT)
    await tablet.sync()
    assert len(server.held) == 40
    assert outbox.counts().get("queued", 0) == 0
    assert link.faults["portal"] > 5, "the link was too good to prove anything"
    assert link.faults.get("answer lost", 0) > 0


async def test_when_patience_ends_the_queue_is_kept(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    await make_tablet().enrol("code-1234")
    outbox.finalise(DRAFT)
    dead = BadLink(server, random.Random(0), portal=1.0, loss=0.0)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    tablet = make_tablet(dead, patience=Patience(tries=6, first=1.0, longest=8.0), sleep=sleep)
    with pytest.raises(SyncStopped):
        await tablet.sync()
    assert outbox.counts() == {"queued": 1}
    assert len(pauses) == 6
    assert all(p <= min(8.0, 2.0**i) for i, p in enumerate(pauses))


async def test_a_revoked_device_keeps_its_queue(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.finalise(DRAFT)
    server.revoked = True
    with pytest.raises(SyncStopped, match="credential"):
        await tablet.sync()
    assert outbox.counts() == {"queued": 1}


async def test_states_that_are_no_proof_keep_the_interview(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.verdicts = {1: "rejected", 2: "quarantined", 3: "withdrawn"}
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(4):
        outbox.finalise(DRAFT)
    await tablet.sync()
    assert outbox.counts() == {"rejected": 1, "quarantined": 1, "withdrawn": 1, "stored": 1}
    assert [f.seq for f in outbox.held()] == [2, 4]


async def test_a_line_that_the_server_cannot_read_blocks_nothing(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.verdicts = {2: "unreadable"}
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(3):
        outbox.finalise(DRAFT)
    await tablet.sync()
    assert outbox.counts() == {"stored": 2, "rejected": 1}


@pytest.mark.parametrize("body", [{}, {"status": "ok"}, {"items": []}])
async def test_a_portal_that_speaks_json_is_silence(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, body: dict[str, Any]
) -> None:
    await make_tablet().enrol("code-1234")
    outbox.finalise(DRAFT)
    portal = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    tablet = make_tablet(portal, patience=Patience(tries=2))
    for _ in range(2):
        with pytest.raises(SyncStopped):
            await tablet.sync()
    assert outbox.counts() == {"queued": 1}
    await make_tablet().sync()
    assert outbox.counts() == {"stored": 1}
    with pytest.raises(SyncStopped):
        await tablet.sync()
    with pytest.raises(SyncStopped):
        await tablet.check()
    assert len(list(outbox.held())) == 1


def test_seq_is_never_reused_also_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    first = Outbox(path)
    seqs = [first.finalise(DRAFT).seq for _ in range(3)]
    first.close()
    again = Outbox(path)
    assert again.finalise(DRAFT).seq == 4
    assert seqs == [1, 2, 3]
    assert len({f.digest for f in again.queued(most=10, most_bytes=10**6)}) == 4
    again.close()
