"""The file of a first sync: a bad link costs no byte twice, and only the whole is believed."""

import base64
import hashlib
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import zstandard
from usga_tablet.lists import digest
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Patience, SyncStopped, Tablet

CASES = {f"c{n:03}": {"visits": n, "note": hashlib.sha256(b"%d" % n).hexdigest()}
         for n in range(300)}  # fmt: skip


def file_of(cases: dict[str, Any], *, entries: int | None = None, cursor: str = "k") -> bytes:
    common = [{"kind": "list", "id": "psu", "value": {"digest": "d", "rows": []}}]
    scope = {"lists": ["psu"], "cases": sorted(cases), "instruments": [],
             "case_digest": digest([[i, cases[i]] for i in sorted(cases)])}  # fmt: skip
    own = [{"kind": "settings", "id": "scope", "value": scope}]
    own += [{"kind": "case", "id": i, "value": v} for i, v in cases.items()]
    last = {"next": cursor, "entries": entries or len(common) + len(own)}
    parts = [b"\n".join(map(orjson.dumps, lines)) + b"\n" for lines in (common, [*own, last])]
    return b"".join(zstandard.compress(part) for part in parts)


class Server(httpx.AsyncBaseTransport):
    """Gives a file in ranges over a link that is cut after some bytes, then whatever is pulled."""

    def __init__(self, content: bytes, *, cut: int = 10**9) -> None:
        self.content, self.cut, self.sent = content, cut, 0
        self.ranges: list[str | None] = []
        self.cursors: list[str | None] = []
        self.portal = 0
        self.digest = ""

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()}"'

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/sync/snapshot":
            self.cursors.append(request.url.params.get("cursor"))
            return httpx.Response(200, json={"items": [], "next": "later", "more": False})
        if self.portal:
            self.portal -= 1
            return httpx.Response(200, html="<html>Welcome</html>")
        asked = request.headers.get("range")
        self.ranges.append(asked)
        goes_on = asked is not None and request.headers.get("if-range") == self.etag
        first = int(str(asked)[6:-1]) if goes_on else 0
        whole = base64.b64encode(hashlib.sha256(self.content).digest()).decode()
        headers = {"ETag": self.etag, "Content-Type": "application/zstd",
                   "Repr-Digest": self.digest or f"sha-256=:{whole}:",
                   "Content-Length": str(len(self.content) - first)}  # fmt: skip
        if goes_on:
            headers["Content-Range"] = f"bytes {first}-{len(self.content) - 1}/{len(self.content)}"
        return httpx.Response(
            206 if goes_on else 200, headers=headers, content=self._bytes(self.content[first:])
        )

    async def _bytes(self, content: bytes) -> AsyncIterator[bytes]:
        self.sent += len(content[: self.cut])
        for start in range(0, len(content[: self.cut]), 700):
            yield content[: self.cut][start : start + 700]
        if len(content) > self.cut:
            raise httpx.ReadError("cut")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db")
    box.remember("token", "t")
    yield box
    box.close()


async def _no_sleep(_seconds: float) -> None:
    return None


async def sync(outbox: Outbox, server: Server, tries: int = 4) -> None:
    async with httpx.AsyncClient(base_url="http://server", transport=server) as http:
        tablet = Tablet(
            outbox, http, rng=random.Random(1), sleep=_no_sleep, patience=Patience(tries=tries)
        )
        await tablet.sync()


async def test_a_first_sync_is_one_file_and_goes_on_with_changes(outbox: Outbox) -> None:
    server = Server(file_of(CASES))
    await sync(outbox, server)
    assert outbox.pulled("case") == CASES
    assert server.cursors == ["k"]
    assert outbox.setting("cursor") == "later"
    await sync(outbox, server)
    assert server.ranges == [None], "the second sync needs no file"


async def test_a_download_that_is_cut_goes_on_where_it_was(outbox: Outbox) -> None:
    content = file_of(CASES)
    server = Server(content, cut=1500)
    await sync(outbox, server)  # more cuts than tries: each brought bytes
    assert len(server.ranges) > 6
    assert outbox.pulled("case") == CASES
    assert server.sent == len(content), "no byte came twice"


async def test_what_came_before_patience_ended_is_kept(outbox: Outbox) -> None:
    content = file_of(CASES)
    server = Server(content, cut=1500)
    server.portal = 3
    with pytest.raises(SyncStopped):
        await sync(outbox, server, tries=2)
    assert outbox.pulled("case") == {}
    server.portal = 0
    await sync(outbox, server)
    assert server.sent == len(content)
    assert outbox.pulled("case") == CASES


async def test_another_file_begins_anew(outbox: Outbox) -> None:
    server = Server(file_of(CASES, cursor="old"), cut=1500)
    newer = dict(list(CASES.items())[:50])
    given = server._bytes

    async def then_changed(content: bytes) -> AsyncIterator[bytes]:
        async for piece in given(content):
            yield piece
            server.content = file_of(newer, cursor="new")

    server._bytes = then_changed  # type: ignore[method-assign]
    await sync(outbox, server)
    assert server.ranges[1] is not None
    assert outbox.pulled("case") == newer
    assert server.cursors == ["new"]


@pytest.mark.parametrize("wrong", ["digest", "entries", "content"])
async def test_only_the_whole_file_is_believed(outbox: Outbox, wrong: str) -> None:
    server = Server(file_of(CASES, entries=5 if wrong == "entries" else None))
    if wrong == "digest":
        server.digest = f"sha-256=:{base64.b64encode(b'x' * 32).decode()}:"
    if wrong == "content":
        server.content = server.content[:-40]
    if wrong == "digest":
        with pytest.raises(SyncStopped):
            await sync(outbox, server)
    else:
        await sync(outbox, server)
        assert server.cursors == [None], "pages bring what the file did not"
    assert outbox.pulled("case") == {}
    assert not outbox.path.with_name("snapshot.part").exists()
