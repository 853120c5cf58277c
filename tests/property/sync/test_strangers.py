"""Whoever answers in our server's place: a tablet hears nothing, and loses nothing.

Portals, proxies and liars answer with any status, type, header and body, also with halves of what
our server would say. The tablet ends with `SyncStopped`, and keeps every byte that it had.
"""

import asyncio
import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from usga_tablet.filebox import FileBox
from usga_tablet.files import FileSender
from usga_tablet.hubs import HubVisit
from usga_tablet.link import Patience, SyncStopped
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Tablet

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
DEVICE = "018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e11"
HUB = "018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f"
CENTRE = ECKey.generate_key("P-256", auto_kid=True)
KEYS = orjson.dumps({"keys": [CENTRE.as_dict(private=False)]}).decode()
WORD = {
    "hub": HUB, "name": "hub", "iat": 0, "assessments": ["KE-TEST-2026"],
    "key": CENTRE.as_dict(private=False),
}  # fmt: skip
CERTIFICATE = jws.serialize_compact(
    {"alg": "ES256", "typ": "usga-hub+jwt"}, orjson.dumps(WORD), CENTRE, algorithms=["ES256"]
)
PATIENCE = Patience(tries=2, first=0.0)
NAMES = (
    "items", "next", "more", "receipt", "changes", "keys", "proof", "ranges", "hub", "at",
    "certificates", "epoch", "device", "token", "assessment", "receipt_keys", "courier_key",
    "type", "title", "detail", "errors", "fits", "wipe", "kind", "id", "value", "removed",
    "submission", "known", "withdrawn", "files", "state", "upload", "sha256", "digest",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from((DEVICE, "wipe", "list_rows", "settings", "withdrawn", "missing", "a.b.c")),
    st.text(max_size=8),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-5, 2**60), st.floats(), TEXTS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    ),
    max_leaves=12,
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(("list", "list_rows", "settings", "case", "dictionary", "x")),
            "id": TEXTS,
            "value": VALUES,
        }
    ),
    max_size=3,
)
PAGES = st.fixed_dictionaries({"items": ENTRIES, "next": TEXTS, "more": st.booleans()})
LIKE_OURS = st.one_of(
    PAGES,
    st.fixed_dictionaries({"receipt": TEXTS, "changes": st.one_of(st.none(), PAGES, VALUES)}),
    st.fixed_dictionaries(
        {
            "receipts": st.lists(
                st.fixed_dictionaries(
                    {"receipt": TEXTS, "proof": TEXTS, "items": st.just([[DEVICE, "d"]])}
                ),
                max_size=2,
            ),
            "undelivered": st.lists(
                st.fixed_dictionaries(
                    {"proof": TEXTS, "code": TEXTS, "items": st.just([[None, "d"]])}
                ),
                max_size=2,
            ),
            "sealed": st.one_of(st.none(), TEXTS),
            "next": st.integers(0, 2**60),
            "more": st.booleans(),
            "epoch": TEXTS,
        }
    ),
    st.fixed_dictionaries({"hub_receipt": TEXTS}),
    st.fixed_dictionaries({"keys": st.lists(VALUES, max_size=2)}),
    st.fixed_dictionaries(
        {"hub": st.just(DEVICE), "at": LEAVES, "certificates": st.lists(TEXTS, max_size=2)}
    ),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ("invalid-cursor", "content-too-large", "unknown-dictionary", "not-found", "x")
            ),
            "fits": LEAVES,
            "errors": VALUES,
            "title": LEAVES,
        }
    ),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8),
    VALUES,
)
BODIES = st.one_of(
    st.sampled_from((b"", b"<html>Please accept the terms.</html>", b"[" * 3000, b'{"a":' * 900)),
    st.binary(max_size=40),
    LIKE_OURS.map(lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)),
)
TYPES = st.sampled_from(
    ("application/json", "application/json; charset=utf-8", "application/problem+json",
     "application/zstd", "text/html", "")
)  # fmt: skip
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        b"Tus-Resumable": st.just(b"1.0.0"),
        b"Upload-Offset": st.sampled_from((b"0", b"-1", b"99999999999999", b"\xb2", b"x", b"3")),
        b"Location": st.sampled_from(
            (b"http://elsewhere.example/", b"//elsewhere.example/v1/sync/attachments/" + b"0" * 36,
             b"http://[", b"/v1/sync/attachments/../../devices", b"\xff")
        ),
        b"Retry-After": st.sampled_from((b"\xb2", b"9" * 400, b"-1", b"soon", b"0")),
        b"Date": st.sampled_from((b"", b"Thu, 01 Jan 0001 00:00:00 -0000", b"x", b"\xb2")),
        b"Content-Encoding": st.sampled_from((b"gzip", b"deflate", b"zstd", b"odd")),
        b"ETag": st.sampled_from((b'"\xe9"', b'"a"', b"")),
        b"Repr-Digest": st.sampled_from((b"sha-256=:x:", b"\xff")),
        b"Content-Range": st.sampled_from((b"bytes 0-1/2", b"x")),
    },
)  # fmt: skip
STATUSES = st.sampled_from(
    (200, 201, 204, 206, 301, 302, 400, 401, 403, 404, 409, 410, 413, 415, 423, 429, 500, 503, 507)
)
ANSWERS = st.lists(st.tuples(STATUSES, TYPES, HEADERS, BODIES), min_size=1, max_size=6)
Answer = tuple[int, str, dict[bytes, bytes], bytes]


@contextmanager
def _tablet(
    answers: list[Answer], *, is_hub: bool = False
) -> Iterator[tuple[Outbox, FileBox, httpx.AsyncClient]]:
    """A tablet with work of every kind, and strangers at the other end of its link.

    A liar that is a hub shows the centre's word for it, which is right, and then lies.
    """
    turns = iter(range(10**6))

    def answer(request: httpx.Request) -> httpx.Response:
        if is_hub and request.url.path == "/v1/hub":
            info = {"hub": HUB, "at": 1, "epoch": "e", "certificates": [CERTIFICATE]}
            return httpx.Response(200, json=info)
        status, kind, headers, body = answers[next(turns) % len(answers)]
        raw = [*headers.items(), (b"Content-Type", kind.encode())]
        return httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))

    with tempfile.TemporaryDirectory() as folder:
        outbox, box = Outbox(Path(folder) / "outbox.db"), FileBox(Path(folder) / "files")
        for each in (outbox._db, box._db):
            each.execute("PRAGMA synchronous=OFF")  # no power is lost here
        try:
            _work(outbox, box)
            transport = httpx.MockTransport(answer)
            yield outbox, box, httpx.AsyncClient(base_url="http://server", transport=transport)
        finally:
            outbox.close()
            box.close()


def _work(outbox: Outbox, box: FileBox) -> None:
    for name, value in (
        ("device", DEVICE), ("token", "usgad_x"), ("assessment", "KE-TEST-2026"),
        ("courier_key", KEY), ("epoch", "e1"), ("receipt_keys", KEYS),
    ):  # fmt: skip
        outbox.remember(name, value)
    made = [outbox.finalise({"instrument": "a", "version": "1"}) for _ in range(3)]
    outbox.settle({made[0].id: ("stored", None)}, "a receipt")
    outbox.keep_pulled("case", "c1", {"psu": "p1"})
    listed = [box.keep(b"OggS" + bytes(60), name="story.ogg", type_="audio/ogg")]
    box.queue(made[1].id, listed)


def _kept(outbox: Outbox, box: FileBox) -> tuple[Any, ...]:
    """Every byte that is not to be lost for a stranger's words."""
    rows = outbox._db.execute("SELECT id, digest, line, state FROM interview ORDER BY seq")
    lines = rows.fetchall()
    return lines, [(f.submission, f.name, f.path.read_bytes()) for f in box.queued()]


@asynccontextmanager
async def _bounded(http: httpx.AsyncClient) -> AsyncIterator[None]:
    async with http, asyncio.timeout(20):
        yield


async def _no_pause(_seconds: float) -> None:
    return None


def _meet(what: str, outbox: Outbox, box: FileBox, http: httpx.AsyncClient) -> Any:
    shared: dict[str, Any] = {
        "rng": random.Random(1), "patience": PATIENCE, "sleep": _no_pause,
    }  # fmt: skip
    if what == "files":
        return FileSender(box, outbox, http, **shared).send()
    if what in {"visit", "hub"}:
        visit = HubVisit(outbox, http, **shared)
        visit.files = box
        return visit.visit()
    tablet = Tablet(outbox, http, **shared)
    return tablet.enrol("7K3M-Q9TX-2HVN") if what == "enrol" else getattr(tablet, what)()


MEETINGS = pytest.mark.parametrize("what", ["sync", "check", "enrol", "files", "visit", "hub"])


@MEETINGS
@given(answers=ANSWERS)
@settings(max_examples=25, deadline=None)
def test_strangers_are_silence(what: str, answers: list[Answer]) -> None:
    _meet_strangers(what, answers)


@pytest.mark.slow
@MEETINGS
@given(answers=ANSWERS)
@settings(max_examples=200, deadline=None)
def test_many_strangers_are_silence(what: str, answers: list[Answer]) -> None:
    _meet_strangers(what, answers)


def _meet_strangers(what: str, answers: list[Answer]) -> None:
    with _tablet(answers, is_hub=what == "hub") as (outbox, box, http):
        before = _kept(outbox, box)

        async def meeting() -> None:
            async with _bounded(http):
                await _meet(what, outbox, box, http)

        with contextlib.suppress(SyncStopped):  # the only exception that is declared
            asyncio.run(meeting())
        assert _kept(outbox, box) == before
        assert outbox.setting("receipt_keys") == KEYS or what == "enrol"


def test_a_portal_in_the_place_of_keys_is_silence() -> None:
    """A check that is ours, signed by a new key, and HTML where the key should be."""
    item = {"submission": str(UUID(int=1)), "known": True, "withdrawn": False, "files": []}
    check = (
        200, "application/json", {b"Tus-Resumable": b"1.0.0"},
        orjson.dumps({"items": [item], "proof": "e30.e30.e30"}),
    )  # fmt: skip
    portal: Answer = (200, "text/html", {}, b"<html>Welcome</html>")
    with _tablet([check, portal, portal]) as (outbox, box, http):
        before = _kept(outbox, box)

        async def meeting() -> None:
            async with _bounded(http):
                await _meet("files", outbox, box, http)

        with pytest.raises(SyncStopped, match="no answer from the server"):
            asyncio.run(meeting())
        assert _kept(outbox, box) == before
