"""A bad link on the loopback: bandwidth, delay and loss between a client and a server.

A small proxy that holds bytes back as a mobile network would. Loss cannot lose bytes of a TCP
stream that it only forwards; a lost segment arrives one round trip later, and everything behind it
waits, as after a fast retransmit; a lost last segment waits for the timer. A connection costs a
round trip before its first byte. TLS is not modelled: a resumed session costs one round trip more.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

SEGMENT = 1400
"""Bytes of payload in one packet."""
HEADERS = 52
"""Bytes of IP and TCP headers in front of them."""
RETRANSMISSION = 1.0
"""Seconds of the timer that finds a lost last segment (RFC 6298), before a round trip."""


@dataclass(frozen=True, slots=True)
class Link:
    """Bits a second each way, round trip in seconds, share of packets that are lost."""

    up: float
    down: float
    round_trip: float
    loss: float


GPRS = Link(up=50_000, down=50_000, round_trip=0.6, loss=0.02)
"""A 2G link (docs: 50 kbit/s, 600 ms, 2 % loss)."""


@dataclass(slots=True)
class Wire:
    """One direction: packets follow each other, and none overtakes another."""

    link: Link
    rate: float
    rng: random.Random
    free_at: float = 0.0
    last_arrival: float = 0.0
    sent: int = 0

    def arrival(self, size: int, now: float, *, is_last: bool) -> float:
        """When a packet that is handed over now is there."""
        on_the_wire = (size + HEADERS) * 8 / self.rate
        begins = max(now, self.free_at)
        self.free_at = begins + on_the_wire
        self.sent += size + HEADERS
        arrives = self.free_at + self.link.round_trip / 2
        while self.rng.random() < self.link.loss:
            self.free_at += on_the_wire
            self.sent += size + HEADERS
            arrives += self.link.round_trip + (RETRANSMISSION if is_last else 0.0)
        self.last_arrival = max(arrives, self.last_arrival)
        return self.last_arrival


@dataclass(slots=True)
class Proxy:
    """Where the client connects; `connections` and `up` tell what it cost."""

    port: int
    connections: int = 0
    wires: list[Wire] = field(default_factory=list)

    @property
    def up(self) -> int:
        """Bytes that left the client, headers and repetitions included."""
        return sum(wire.sent for wire in self.wires[::2])


@contextlib.asynccontextmanager
async def bad_link(port: int, link: Link, rng: random.Random) -> AsyncIterator[Proxy]:
    """Stand between a client and the server on `port`."""
    proxy = Proxy(0)
    open_ones: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        # Who closes the link cancels its connections; a client that went away ends its own.
        with contextlib.suppress(asyncio.CancelledError, ConnectionError, ExceptionGroup):
            await _join(proxy, port, link, rng, reader, writer)
        open_ones.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _join(  # noqa: PLR0917 - both ends, and what is between
    proxy: Proxy,
    port: int,
    link: Link,
    rng: random.Random,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    proxy.connections += 1
    up, down = Wire(link, link.up, rng), Wire(link, link.down, rng)
    proxy.wires += [up, down]
    await asyncio.sleep(link.round_trip)  # SYN, SYN-ACK
    server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_carry(reader, server_writer, up))
            group.create_task(_carry(server_reader, writer, down))
    finally:
        for end in (writer, server_writer):
            end.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire) -> None:
    """Forward what comes, packet by packet, each at its time."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(64 * 1024):
        packets = [data[at : at + SEGMENT] for at in range(0, len(data), SEGMENT)]
        due = [
            wire.arrival(len(packet), loop.time(), is_last=number == len(packets))
            for number, packet in enumerate(packets, 1)
        ]
        for packet, at in zip(packets, due, strict=True):
            await asyncio.sleep(max(0.0, at - loop.time()))
            writer.write(packet)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
