"""A trickle lives, a stalled body ends as if its sender had gone away."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send
from usga_shared.http.bodies import read_body
from usga_shared.http.limits import DRAIN, BodyLimit
from usga_shared.http.render import send_problem
from usga_shared.problems import ContentTooLarge, MalformedBody

PATIENCE = 0.4
SCOPE: Scope = {"type": "http", "method": "POST", "path": "/x", "headers": []}


async def read(chunks: Iterable[tuple[float, bytes]]) -> bytes:
    """What an application reads of a body whose pieces come after pauses, and then stop."""
    found: list[bytes] = []
    coming = iter(chunks)

    async def receive() -> Message:
        pause, chunk = next(coming, (60.0, b""))
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": chunk, "more_body": chunk != b""}

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        found.append(await Request(scope, receive).body())

    async def send(_message: Message) -> None:
        return None

    await BodyLimit(app, limit=10**6, patience=PATIENCE)(SCOPE, receive, send)
    return found[0]


async def test_a_trickle_lives() -> None:
    pieces = [(PATIENCE / 2, b"x" * 1024)] * 5
    assert len(await read([*pieces, (0.0, b"")])) == 5 * 1024


@pytest.mark.parametrize("pieces", [
    [], [(0.0, b"x" * 5000)], [(PATIENCE / 4, b"x")] * 40,
])  # fmt: skip
async def test_a_body_without_progress_ends(pieces: list[tuple[float, bytes]]) -> None:
    with pytest.raises(ClientDisconnect):
        await asyncio.wait_for(read(pieces), 5)


async def test_a_stalled_body_is_answered_as_one_that_was_cut() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(60.0)
        raise AssertionError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await read_body(Request(scope, receive), max_plain=100)
        except MalformedBody as problem:
            await send_problem(problem, scope, receive, send)

    async def send(message: Message) -> None:
        sent.append(message)

    await asyncio.wait_for(BodyLimit(app, limit=100, patience=0.05)(SCOPE, receive, send), 5)
    assert sent[0]["status"] == 400


async def test_an_answer_may_take_longer_than_a_body() -> None:
    left = asyncio.Event()

    async def receive() -> Message:
        if not left.is_set():
            left.set()
            return {"type": "http.request", "body": b"{}", "more_body": False}
        await asyncio.sleep(2 * PATIENCE)
        return {"type": "http.disconnect"}

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        assert await Request(scope, receive).body() == b"{}"
        began = asyncio.get_running_loop().time()
        assert (await receive())["type"] == "http.disconnect"
        assert asyncio.get_running_loop().time() - began > PATIENCE

    async def send(_message: Message) -> None:
        return None

    await BodyLimit(app, limit=100, patience=PATIENCE)(SCOPE, receive, send)


@pytest.mark.parametrize("declares", [True, False])
@pytest.mark.parametrize(("past", "is_drained"), [(1, True), (DRAIN + 2**20, False)])
async def test_a_body_past_the_limit_is_thrown_away_up_to_a_bound(
    *, past: int, is_drained: bool, declares: bool
) -> None:
    piece, size = b"x" * 2**16, 2**17 + past
    left = [size]
    sent: list[Message] = []

    async def receive() -> Message:
        body = piece[: left[0]]
        left[0] -= len(body)
        return {"type": "http.request", "body": body, "more_body": left[0] > 0}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await Request(scope, receive).body()
        except ContentTooLarge as problem:
            await send_problem(problem, scope, receive, send)

    async def send(message: Message) -> None:
        sent.append(message)

    declared = [(b"content-length", str(size).encode())] if declares else []
    await BodyLimit(app, limit=2**17)({**SCOPE, "headers": declared}, receive, send)
    assert sent[0]["status"] == 413
    closes = (b"connection", b"close") in sent[0]["headers"]
    assert (left[0] == 0, closes) == (is_drained, not is_drained)
