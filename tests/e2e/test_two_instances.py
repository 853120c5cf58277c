"""Two instances of the assessment service behind the gateway are one service."""

import asyncio
import random
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from usga_assessment.domain.sync.receipt import verify

from tests.bench.bench_sync import open_assessment
from tests.bench.sync_load import answered, squeezed
from tests.support.collecting import Interview
from tools.launcher.stack import Engine, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TABLETS, BATCHES, BATCH = 6, 8, 4
_SERVED = re.compile(r"usga_http_request_seconds_count\{.*?/v1/sync/submissions.*?\} (\d+)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    engine: Engine = request.param
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)  # the account of the database must pass
    with Stack(tmp_path, engine=engine, instances=2) as running:
        yield running


async def push(http: httpx.AsyncClient, batch: list[Interview]) -> tuple[str, set[str]]:
    """The receipt of a push, and the states that it names beside `stored`."""
    answer = await http.post(
        "/v1/sync/submissions",
        content=squeezed([each.line for each in batch]),
        headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["receipt"], {item["state"] for item in answer.json()["items"]}


async def tablet(http: httpx.AsyncClient, number: int) -> list[str]:
    """Push batches, each twice at the same moment: once it is stored, once a duplicate."""
    rng, install, receipts = random.Random(number), UUID(int=0xE0 + number), []
    for start in range(1, BATCH * BATCHES, BATCH):
        batch = [answered(seq, install, rng) for seq in range(start, start + BATCH)]
        (first, told), (second, again) = await asyncio.gather(push(http, batch), push(http, batch))
        assert told | again == {"duplicate"}
        assert not told & again
        receipts += [first, second]
    return receipts


async def served(stack: Stack) -> list[int]:
    """Pushes that each instance has answered."""
    found: list[int] = []
    ports = [stack.ports.assessment, *stack._further.values()]
    async with httpx.AsyncClient(trust_env=False) as http:
        for port in ports:
            text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
            found.append(sum(int(float(n)) for n in _SERVED.findall(text)))
    return found


async def work(stack: Stack, token: str) -> None:
    async with httpx.AsyncClient(
        base_url=stack.origin,
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    ) as http:
        receipts = await asyncio.gather(*(tablet(http, n) for n in range(TABLETS)))
        keys = (await http.get("/.well-known/jwks.json")).json()
        for receipt in (each for some in receipts for each in some):
            assert verify(receipt, keys).batch.count == BATCH
        for number in range(TABLETS):
            params = {"install": str(UUID(int=0xE0 + number))}
            held = (await http.get("/v1/receipts", params=params)).json()["items"][0]["sequence"]
            assert (held["contiguous"], held["gaps"], held["forks"]) == (BATCH * BATCHES, [], [])
    counts = await served(stack)
    assert sum(counts) == 2 * TABLETS * BATCHES
    assert min(counts) >= TABLETS, counts


def test_they_store_everything_once_and_share_the_work_I3(stack: Stack) -> None:
    token = asyncio.run(open_assessment(stack.databases["assessment"]))
    asyncio.run(work(stack, token))
