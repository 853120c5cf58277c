"""The simulated link costs what a real one costs."""

import asyncio
import random
import time

import pytest

from tests.bench.link import HEADERS, SEGMENT, Link, Wire, bad_link


def sent(link: Link, sizes: list[int], seed: int = 1) -> list[float]:
    wire = Wire(link, link.up, random.Random(seed))
    last = len(sizes)
    return [wire.arrival(size, 0.0, is_last=n == last) for n, size in enumerate(sizes, 1)]


def test_bandwidth_and_delay_add_up() -> None:
    arrivals = sent(Link(8_000, 8_000, 1.0, 0.0), [1000 - HEADERS] * 3)
    assert arrivals == pytest.approx([1.5, 2.5, 3.5])


def test_what_is_lost_comes_a_round_trip_later_and_nothing_overtakes() -> None:
    lossy = sent(Link(1e6, 1e6, 1.0, 0.3), [SEGMENT] * 200)
    assert lossy == sorted(lossy)
    clean = sent(Link(1e6, 1e6, 1.0, 0.0), [SEGMENT] * 200)
    assert lossy[-1] > clean[-1] + 1.0


async def test_bytes_arrive_whole_and_late() -> None:
    received: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readexactly(4000))
        writer.write(b"thanks")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    body = random.Random(1).randbytes(4000)
    async with server, bad_link(port, Link(400_000, 400_000, 0.1, 0.0), random.Random(1)) as link:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        writer.write(body)
        assert await reader.readexactly(6) == b"thanks"
        taken = time.monotonic() - began
        writer.close()
    assert received == [body]
    assert link.connections == 1
    assert link.up >= 4000
    assert taken > 0.1 + 0.1 + 8 * 4000 / 400_000  # handshake, there and back, the bytes
