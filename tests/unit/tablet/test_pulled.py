"""What the server tells: cases, withdrawals, the order to forget."""

from pathlib import Path
from typing import Any

import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.sync import SyncStopped

from tests.support.sync_server import SyncServer
from tests.unit.tablet.conftest import DRAFT, MakeTablet


async def test_the_bytes_of_a_withdrawn_interview_go_when_the_pull_says_so(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    gone, kept = outbox.finalise(DRAFT), outbox.finalise(DRAFT)
    await tablet.sync()
    outbox.keep_pulled("returned", str(gone.id), {"comment": "ask again"})
    server.changes = [{"kind": "withdrawn", "id": str(gone.id), "removed": True, "value": {}}]
    await tablet.sync()
    assert outbox.pulled("returned") == {}
    assert [f.id for f in outbox.held()] == [kept.id]
    assert outbox.counts() == {"stored": 1, "withdrawn": 1}


async def test_a_pull_goes_on_where_it_stopped(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    server.changes = [
        {"kind": "case", "id": f"c{i}", "removed": False, "value": {"psu": "p1"}} for i in range(5)
    ]
    assert (await tablet.sync()).pulled == 5
    server.changes.append({"kind": "case", "id": "c0", "removed": True, "value": {}})
    assert (await tablet.sync()).pulled == 1
    assert sorted(outbox.pulled("case")) == ["c1", "c2", "c3", "c4"]


async def test_a_cursor_of_another_key_starts_the_pull_anew(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    server.changes = [{"kind": "case", "id": "c1", "value": {"psu": "p1"}}]
    await tablet.sync()
    server.cursor_key = "k2"
    assert (await tablet.sync()).pulled == 1
    assert (await tablet.sync()).pulled == 0


@pytest.mark.parametrize("wipe", [{"wipe": True}, {"wipe": False}, {"wipe": "true"}, {}])
async def test_a_revoked_tablet_forgets_when_it_is_told_to_and_stops(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, wipe: dict[str, Any]
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.keep_pulled("case", "c1", {"psu": "p1"})
    outbox.finalise(DRAFT)
    await tablet.sync()
    outbox.finalise(DRAFT)
    server.revoked, server.wipe = True, wipe
    with pytest.raises(SyncStopped, match="credential"):
        await tablet.sync()
    forgot = wipe == {"wipe": True}
    assert outbox.pulled("case") == ({} if forgot else {"c1": {"psu": "p1"}})
    assert len(list(outbox.held())) == (0 if forgot else 1)
    assert outbox.counts()["queued"] == 1


async def test_no_file_of_a_wiped_tablet_holds_what_it_forgot(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, tmp_path: Path
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.keep_pulled("case", "c1", {"psu": "canary of a case"})
    outbox.finalise({**DRAFT, "answers": {"psu": "canary of an interview"}})
    await tablet.sync()

    def found() -> int:
        return sum(b"canary of" in file.read_bytes() for file in (tmp_path / "tablet").iterdir())

    assert found()
    outbox.wipe()
    assert not found()


async def test_a_wipe_forgets_what_was_pulled_and_keeps_what_was_not_sent(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.keep_pulled("case", "c1", {"psu": "p1"})
    server.changes = [{"kind": "wipe", "id": "w", "value": {}}]
    await tablet.sync()
    outbox.finalise(DRAFT)
    assert outbox.pulled("case") == {}
    assert outbox.counts() == {"queued": 1}


async def test_a_refused_cursor_does_not_hold_up_interviews(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.remember("cursor", "k0-7")
    outbox.finalise(DRAFT)
    assert (await tablet.sync()).outcomes == {"stored": 1}
    assert outbox.setting("cursor") == "k1-0"


@pytest.mark.parametrize("cursor", ["", "k1-0"])
async def test_an_outdated_tablet_sends_and_says_so(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, cursor: str
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.remember("cursor", cursor)
    outbox.finalise(DRAFT)
    server.outdated = True
    with pytest.raises(SyncStopped, match="too old"):
        await tablet.sync()
    assert outbox.counts() == {"stored": 1}
