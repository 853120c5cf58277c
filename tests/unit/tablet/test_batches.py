"""How interviews travel: as large a batch as fits, as few bytes as the server understands."""

import base64
import hashlib

import orjson
import zstandard
from usga_expressions.compact import Layout
from usga_tablet.outbox import Outbox

from tests.support.sync_server import SyncServer
from tests.unit.tablet.conftest import DRAFT, MakeTablet


async def test_a_batch_that_is_too_large_is_halved(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet
) -> None:
    server.most = 3
    tablet = make_tablet()
    await tablet.enrol("code-1234")
    for _ in range(20):
        outbox.finalise(DRAFT)
    assert (await tablet.sync()).sent == 20


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
    outbox.remember("cursor", "k1-0")  # it is no first sync
    for _ in range(30):
        outbox.finalise(DRAFT)
    server.requests.clear()
    report = await tablet.sync()
    assert (report.sent, report.pulled) == (30, 1)
    assert server.requests == ["/v1/sync/submissions"]
    assert outbox.pulled("case") == {"c-1": {"psu": "p"}}
