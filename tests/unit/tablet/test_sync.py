"""The tablet believes receipts only, keeps what is unproven, and is patient."""

import base64
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import zstandard
from usga_expressions.compact import Layout
from usga_tablet.outbox import Outbox
from usga_tablet.receipts import ReceiptRefused, verify
from usga_tablet.sync import Patience, SyncStopped, Tablet

from tests.support.sync_server import BadLink, SyncServer

DRAFT: dict[str, Any] = {
    "assessment": "KE-TEST-2026",
    "instrument": "skeleton",
    "version": "1",
    "answers": {"consent": "yes"},
}


@pytest.fixture
def server() -> SyncServer:
    return SyncServer()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "tablet" / "outbox.db")
    yield box
    box.close()


async def _no_sleep(_seconds: float) -> None:
    return None


MakeTablet = Callable[..., Tablet]


@pytest.fixture
async def make_tablet(server: SyncServer, outbox: Outbox) -> AsyncIterator[MakeTablet]:
    clients: list[httpx.AsyncClient] = []

    def make(transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> Tablet:
        client = httpx.AsyncClient(
            base_url="http://server", transport=transport or httpx.MockTransport(server.answer)
        )
        clients.append(client)
        options.setdefault("sleep", _no_sleep)
        return Tablet(outbox, client, rng=random.Random(1), **options)

    yield make
    for client in clients:
        await client.aclose()


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


async def test_a_batch_that_is_too_large_is_halved(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.most = 3
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(20):
        outbox.finalise(DRAFT)
    assert (await tablet.sync()).sent == 20


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


async def test_the_bytes_of_a_withdrawn_interview_go_when_the_pull_says_so(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    gone, kept = outbox.finalise(DRAFT), outbox.finalise(DRAFT)
    await tablet.sync()
    server.changes = [{"kind": "withdrawn", "id": str(gone.id), "removed": True, "value": {}}]
    await tablet.sync()
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


class TestReceipts:
    def _receipt(self, server: SyncServer, outbox: Outbox, **changes: Any) -> tuple[str, Any]:
        made = outbox.finalise(DRAFT)
        body = made.line + b"\n"

        answer = server.push(httpx.Request("POST", "http://s", content=body))
        token = answer.json()["receipt"]
        if changes:
            payload = orjson.loads(_part(token, 1))
            payload.update(changes)
            token = server.sign(payload)
        return token, made

    def test_a_good_one_is_believed(self, server: SyncServer, outbox: Outbox) -> None:
        token, made = self._receipt(server, outbox)
        receipt = verify(token, keys=server.jwks(), device=server.device, batch=[made])
        assert receipt.outcomes == {made.id: ("stored", None)}

    @pytest.mark.parametrize(
        "changes",
        [
            {"device": str(uuid4())},
            {"batch": {"count": 2, "digest": "0" * 64}},
            {"state": "duplicate"},
        ],
        ids=["other device", "other batch", "other state than the digest binds"],
    )
    def test_another_content_is_refused(
        self, server: SyncServer, outbox: Outbox, changes: dict[str, Any]
    ) -> None:
        token, made = self._receipt(server, outbox, **changes)
        with pytest.raises(ReceiptRefused):
            verify(token, keys=server.jwks(), device=server.device, batch=[made])

    def test_another_signer_is_refused(self, server: SyncServer, outbox: Outbox) -> None:
        token, made = self._receipt(server, outbox)
        with pytest.raises(ReceiptRefused):
            verify(token, keys=SyncServer().jwks(), device=server.device, batch=[made])

    @pytest.mark.parametrize("token", ["", "a.b.c", "x", "....", "e30.e30."])
    def test_nonsense_is_refused(self, server: SyncServer, outbox: Outbox, token: str) -> None:
        with pytest.raises(ReceiptRefused):
            verify(token, keys=server.jwks(), device=server.device, batch=[])

    def test_a_tampered_payload_is_refused(self, server: SyncServer, outbox: Outbox) -> None:
        token, made = self._receipt(server, outbox)
        head, body, tail = token.split(".")
        tampered = ".".join([head, body[:-4] + "AAAA", tail])
        with pytest.raises(ReceiptRefused):
            verify(tampered, keys=server.jwks(), device=server.device, batch=[made])


def _part(token: str, index: int) -> bytes:
    import base64

    part = token.split(".")[index]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


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


LAYOUT = Layout.of({"nodes": [{"name": "consent", "type": "select_one", "list": "yn"}],
                    "choice_lists": {"yn": [{"name": "no"}, {"name": "yes"}]}})  # fmt: skip


def test_answers_are_finalised_by_position_where_the_form_is_known(outbox: Outbox) -> None:
    started = {"started_at": "2026-06-01T08:00:00+03:00"}
    short = outbox.finalise({**DRAFT, **started}, LAYOUT)
    assert orjson.loads(short.line)["answers"] == [1]
    odd = outbox.finalise({**DRAFT, **started, "answers": {"unknown": "x"}}, LAYOUT)
    assert orjson.loads(odd.line)["answers"] == {"unknown": "x"}


async def test_the_published_dictionary_is_used_and_left_when_refused(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    lines = [outbox.finalise(DRAFT).line for _ in range(60)]
    trained = zstandard.train_dictionary(
        600, list[bytes | bytearray | memoryview](lines), dict_id=77_777
    )
    value = {"number": 77_777, "instrument": "skeleton", "version": "1",
             "sha256": hashlib.sha256(trained.as_bytes()).hexdigest(),
             "content": base64.b64encode(trained.as_bytes()).decode()}  # fmt: skip
    outbox.keep_pulled("dictionary", "v1", value)
    server.dictionaries[77_777] = trained.as_bytes()
    await tablet.sync()
    assert set(server.codings) == {"zstd with a dictionary"}
    server.dictionaries.clear()
    outbox.finalise(DRAFT)
    assert (await tablet.sync()).outcomes == {"stored": 1}
    assert server.codings[-1] == "zstd"
    outbox.keep_pulled("dictionary", "v1", {**value, "sha256": "0" * 64})
    outbox.finalise(DRAFT)
    await make_tablet().sync()
    assert server.codings[-1] == "zstd", "a broken dictionary is not used"


async def test_a_server_without_zstd_gets_gzip(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.accepted = {"gzip"}
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.finalise(DRAFT)
    assert (await tablet.sync()).outcomes == {"stored": 1}
    assert server.codings == ["zstd", "gzip"]


async def test_a_batch_becomes_what_the_server_says_that_fits(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.most, server.says_what_fits = 18, True
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(40):
        outbox.finalise(DRAFT)
    assert (await tablet.sync()).outcomes == {"stored": 40}
    assert server.batches == [40, 18, 18, 4]


async def test_a_whole_sync_is_one_round_trip(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.changes = [{"kind": "case", "id": "c-1", "value": {"psu": "p"}}]
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(30):
        outbox.finalise(DRAFT)
    server.requests.clear()
    report = await tablet.sync()
    assert (report.sent, report.pulled) == (30, 1)
    assert server.requests == ["/v1/sync/submissions"]
    assert outbox.pulled("case") == {"c-1": {"psu": "p"}}


async def test_a_refused_cursor_does_not_hold_up_interviews(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    outbox.remember("cursor", "k0-7")
    outbox.finalise(DRAFT)
    assert (await tablet.sync()).outcomes == {"stored": 1}
    assert outbox.setting("cursor") == "k1-0"
