"""The load of the sync benchmarks: a form, its interviews, the lightest client, the rounds."""

import asyncio
import contextlib
import random
import statistics
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import UUID

import zstandard

from tests.bench.processes import cpu_seconds
from tests.support.collecting import Interview, interview

BATCH, BATCHES, CLIENTS = 500, 6, 2
SINGLES, CONNECTIONS = 1200, 64
ROUNDS = 3
QUESTIONS = 40
_MORNING = datetime(2026, 6, 1, 8, tzinfo=timezone(timedelta(hours=3)))
_COMPRESS = zstandard.ZstdCompressor(level=3)


def form_of(questions: int = QUESTIONS) -> str:
    """A form of choices, numbers and some sealed text, with relevance and constraints."""
    columns = ("type", "name", "label", "relevant", "constraint", "bind::usga:sensitivity",
               "bind::usga:field_class")  # fmt: skip
    rows = ["| settings |", "| | form_title | form_id | version | namespaces |",
            '| | Forty | forty | 1 | usga="urn:usga:xlsform:1" |', "| survey |",
            f"| | {' | '.join(columns)} |"]  # fmt: skip
    for n in range(questions):
        relevant = f"${{q{n - 1}}}!='no'" if n % 5 == 1 else ""
        match n % 5:
            case 0 | 1:
                row = f"select_one yn | q{n} | Q{n} | {relevant} | | 0 | open"
            case 2:
                row = f"integer | q{n} | Q{n} | | .>=0 and .<=120 | 0 | open"
            case 3:
                row = f"select_multiple many | q{n} | Q{n} | | | 0 | open"
            case _:
                row = f"text | q{n} | Q{n} | | | 1 | text"
        rows.append(f"| | {row} |")
    rows += ["| choices |", "| | list_name | name | label |", "| | yn | yes | Yes |",
             "| | yn | no | No |", *(f"| | many | m{i} | M{i} |" for i in range(12))]  # fmt: skip
    return "\n".join(rows) + "\n"


def answered(seq: int, install: UUID, rng: random.Random) -> Interview:
    """A valid interview of that form."""
    answers: dict[str, object] = {}
    for n in range(QUESTIONS):
        match n % 5:
            case 0:
                answers[f"q{n}"] = "yes"
            case 1:
                answers[f"q{n}"] = rng.choice(["yes", "no"])
            case 2:
                answers[f"q{n}"] = rng.randint(0, 120)
            case 3:
                answers[f"q{n}"] = " ".join(f"m{i}" for i in sorted(rng.sample(range(12), 4)))
            case _:
                answers[f"q{n}"] = " ".join(rng.choices(["street", "light", "gate", "path"], k=5))
    began = _MORNING + timedelta(minutes=37 * seq)
    made = interview(
        seq, install=install, instrument="forty", version="1", started_at=began.isoformat(),
        ended_at=(began + timedelta(seconds=rng.randint(900, 2400))).isoformat(),
    )  # fmt: skip
    made.document["answers"] = answers
    made.__post_init__()
    return made


class Connection:
    """The lightest HTTP/1.1 client there is: the server's cost is to be seen, not ours."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str
    ) -> None:
        self._reader, self._writer, self._token = reader, writer, token

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, target: "Target") -> AsyncIterator["Connection"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        yield cls(reader, writer, target.token)
        writer.close()

    async def post(
        self, path: str, kind: str, body: bytes, coding: str = "identity", *, pause: float = 0.0
    ) -> int:
        """The status of the answer; with `pause` the link stops that long in mid-body."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: {kind}\r\nContent-Encoding: {coding}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        half = len(body) // 2 if pause else len(body)
        self._writer.write(head.encode() + body[:half])
        if pause:
            await asyncio.sleep(pause)
            self._writer.write(body[half:])
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(answer.partition("content-length:")[2].partition("\r\n")[0])
        await self._reader.readexactly(length)
        return int(answer[9:12])


async def batches(target: "Target", bodies: list[bytes]) -> float:
    """Interviews a second, in batches over a few connections."""
    waiting = iter(bodies)

    async def client() -> None:
        async with Connection.open(target) as connection:
            for body in waiting:
                status = await connection.post(
                    "/v1/sync/submissions", "application/x-ndjson", body, "zstd"
                )
                assert status == 200, status

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return BATCH * len(bodies) / (time.perf_counter() - started)


async def singles(target: "Target", lines: list[bytes]) -> tuple[float, float]:
    """Single posts a second over many connections, and their 95th percentile in milliseconds."""
    waiting = iter(lines)
    taken: list[float] = []

    async def client() -> None:
        async with Connection.open(target) as connection:
            for line in waiting:
                began = time.perf_counter()
                status = await connection.post("/v1/submissions", "application/json", line)
                assert status == 200, status
                taken.append(time.perf_counter() - began)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    seconds = time.perf_counter() - started
    return len(lines) / seconds, 1000 * statistics.quantiles(taken, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the load goes, and the device's credential there."""

    port: int
    token: str = "device"
    pids: tuple[int, ...] = ()
    """The servers whose CPU time is counted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds."""

    batched: float
    """Interviews a second in batches."""
    alone: float
    """Single posts a second."""
    p95: float
    """Of a single post, in milliseconds."""
    cpu_batched: float
    """Microseconds that the servers computed for an interview in a batch; 0 when not counted."""
    cpu_alone: float
    """The same for a single post."""


async def measure(targets: Mapping[str, Target], rng: random.Random) -> dict[str, Figures]:
    """Each target in turn, round after round: a machine that slows down slows all of them."""
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in targets}
    for turn in range(ROUNDS + 1):
        for name, target in targets.items():
            bodies, lines = _bodies(rng), _lines(SINGLES, rng)
            if turn == 0:  # warm
                bodies, lines = bodies[:2], lines[:CONNECTIONS]
            spent = [cpu_seconds(target.pids)]
            rate = await batches(target, bodies)
            spent.append(cpu_seconds(target.pids))
            alone, p95 = await singles(target, lines)
            spent.append(cpu_seconds(target.pids))
            if turn:
                batched = 1e6 * (spent[1] - spent[0]) / (BATCH * len(bodies))
                each = 1e6 * (spent[2] - spent[1]) / len(lines)
                found[name].append((rate, alone, p95, batched, each))
    return {
        name: Figures(*(statistics.median(column) for column in zip(*rounds, strict=True)))
        for name, rounds in found.items()
    }


def _lines(count: int, rng: random.Random) -> list[bytes]:
    """Interviews of one tablet that was just installed."""
    install = UUID(int=rng.getrandbits(128))
    return [answered(seq, install, rng).line for seq in range(1, count + 1)]


def _bodies(rng: random.Random) -> list[bytes]:
    return [squeezed(_lines(BATCH, rng)) for _ in range(BATCHES)]


def squeezed(lines: list[bytes]) -> bytes:
    """The body of a push of these interviews."""
    return _COMPRESS.compress(b"\n".join(lines) + b"\n")
