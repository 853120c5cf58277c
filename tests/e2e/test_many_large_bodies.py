"""Forty large batches at once, in a real process: its memory stays within what is promised.

A body is small as it is sent and large when opened; without a bound on how many are open at the
same time the process would hold all of them, their lines, documents and sealed forms.
"""

import asyncio
import random
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.bench.bench_sync import open_assessment, serving
from tests.bench.processes import memory_bytes
from tests.bench.sync_load import answered, squeezed

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BODIES, LINES, TEXTS = 40, 60, 10
TEXT = "a" * 9_900
MOST = 60 * 2**20
"""Bytes that the process may grow by: what two of the bodies take when opened."""


def body(install: int) -> bytes:
    """About six MiB of interviews, with texts in which nothing surprises a compressor."""
    rng = random.Random(install)
    noise = {f"n{n}": TEXT for n in range(TEXTS)}
    made = [answered(seq, UUID(int=install), rng) for seq in range(1, LINES + 1)]
    return squeezed([each.replaced(paradata=noise).line for each in made])


async def push(http: httpx.AsyncClient, sent: bytes) -> int:
    kinds = {"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"}
    answer = await http.post("/v1/sync/submissions", content=sent, headers=kinds)
    return answer.status_code


async def test_memory_is_bounded_whatever_comes_at_once(
    assessment_db_url: str, tmp_path: Path
) -> None:
    await open_assessment(assessment_db_url)
    with serving("product", assessment_db_url, tmp_path) as (port, pid):
        limits = httpx.Limits(max_connections=BODIES)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer device"},
            timeout=300, trust_env=False, limits=limits,
        ) as http:  # fmt: skip
            assert await push(http, body(1)) == 200  # forms, pools and allocators are warm
            before = memory_bytes([pid], "VmHWM")[pid]
            bodies = [body(install) for install in range(2, BODIES + 2)]
            statuses = await asyncio.gather(*(push(http, sent) for sent in bodies))
            grown = memory_bytes([pid], "VmHWM")[pid] - before
    assert statuses == [200] * BODIES
    assert grown < MOST, f"{grown / 2**20:.0f} MiB"
