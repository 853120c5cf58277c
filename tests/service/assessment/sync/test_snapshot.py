"""A first sync as one file that can be resumed (P-70)."""

import base64
import gzip
import hashlib
import io
import os
from typing import Any

import httpx
import orjson
import zstandard

from tests.service.assessment.sync.test_row_changes import households, of_kind, pull, put
from tests.support.collecting import DEVICE_B, Collecting, bearer, interview, review

PATH = "/v1/sync/snapshot"


async def ask(here: Collecting, by: str = "device", coding: str = "", **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    params = {"coding": coding} if coding else {}
    return await here.client.get(PATH, params=params, headers={**bearer(by), **names})


def read(answer: httpx.Response) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The entries and the last line; the digest of the file is verified."""
    content = answer.content
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    if answer.headers["content-type"] == "application/gzip":
        plain = gzip.decompress(content)
    else:
        reader = zstandard.ZstdDecompressor().stream_reader(
            io.BytesIO(content), read_across_frames=True
        )
        plain = reader.read()
    *entries, last = map(orjson.loads, plain.splitlines())
    assert last["entries"] == len(entries)
    return entries, last


async def test_the_file_is_what_pages_would_bring_P70(here: Collecting) -> None:
    await put(here, households(200))
    one = interview(1)
    await here.push(one)
    await review(here, one.id, "return")
    answer = await ask(here)
    assert answer.status_code == 200
    entries, last = read(answer)
    pages = await pull(here)
    assert sorted(entries, key=orjson.dumps) == sorted(pages["items"], key=orjson.dumps)
    assert (await pull(here, last["next"]))["items"] == [], "from here on only what is new"
    await put(here, households(201))
    (item,) = (await pull(here, last["next"]))["items"]
    assert item["kind"] == "list_rows", "what the file told is remembered"


async def test_gzip_is_given_to_who_asks_P70(here: Collecting) -> None:
    entries, _ = read(await ask(here, coding="gzip"))
    assert entries == read(await ask(here))[0]


async def test_a_cut_download_goes_on_with_the_same_bytes_P70(here: Collecting) -> None:
    await put(here, households(500))
    whole = await ask(here)
    etag = whole.headers["etag"]
    half = len(whole.content) // 2
    await put(here, households(3))  # changed between the cut and going on
    rest = await ask(here, Range=f"bytes={half}-", If_Range=etag)
    assert rest.status_code == 206
    assert rest.headers["content-range"] == (
        f"bytes {half}-{len(whole.content) - 1}/{len(whole.content)}"
    )
    assert whole.content[:half] + rest.content == whole.content
    assert rest.headers["repr-digest"] == whole.headers["repr-digest"]
    entries, last = read(whole)
    assert of_kind({"items": entries}, "list")[0]["value"]["size"] == 500
    page = await pull(here, last["next"])
    assert of_kind(page, "list")[0]["value"]["size"] == 3


async def test_nobody_else_goes_on_with_a_tablets_file_P70(here: Collecting) -> None:
    whole = await ask(here)
    etag = whole.headers["etag"]
    for by, tag in (("device-b", etag), ("device", '"' + "0" * 32 + "." + "1" * 32 + '"')):
        answer = await ask(here, by=by, Range="bytes=10-", If_Range=tag)
        assert answer.status_code == 200, "another file, from its beginning"
        assert answer.headers["etag"] != tag
        read(answer)
    assert (await ask(here, by="supervisor")).status_code == 403


async def test_odd_ranges_are_ignored_P70(here: Collecting) -> None:
    whole = await ask(here)
    for odd in ("bytes=9999999-", "bytes=5-2", "bytes=0-1,4-5", "lines=1-", "bytes=-"):
        answer = await ask(here, Range=odd)
        assert (answer.status_code, answer.content) == (200, whole.content)
    some = await ask(here, Range="bytes=2-5")
    assert (some.status_code, some.content) == (206, whole.content[2:6])
    assert (await ask(here, If_None_Match=whole.headers["etag"])).status_code == 304


async def test_old_files_go_P70(here: Collecting) -> None:
    for size in range(1, 8):
        one = interview(size)
        await here.push(one)
        await review(here, one.id, "return")
        await ask(here)
    folder = here.app.state.settings.data_dir / "snapshots"
    assert len(list(folder.glob("*/common/*"))) == 1, "what all share is made once"
    own = [p for p in folder.glob("*/*/*") if p.parent.name != "common"]
    assert len(own) <= 5
    for path in folder.glob("*/*"):  # two days pass, in which only another tablet asks
        os.utime(path, (1_000_000, 1_000_000))
    await ask(here, by="device-b")
    assert {p.name for p in folder.glob("*/*")} == {"common", DEVICE_B}
