"""Pushes that come while others are written, or a moment later, share a transaction."""

import asyncio
from typing import Any, cast

import pytest
from usga_assessment.storage.ingest import MOST_WAITING, Committed, IngestWriter, Push
from usga_shared.problems import Unavailable

STORED = Committed([], {}, "epoch")


class Counting(IngestWriter):
    """Commits nothing, and notes how many pushes each transaction joined."""

    def __init__(self) -> None:
        super().__init__(cast("Any", None), cast("Any", None))
        self.joined: list[int] = []

    async def _commit(self, pushes: list[Push]) -> list[Committed]:
        self.joined.append(len(pushes))
        await asyncio.sleep(0)
        return [STORED] * len(pushes)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the writer slept, each time."""
    found: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        found.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    return found


async def test_many_who_were_just_answered_are_waited_for(slept: list[float]) -> None:
    writer = Counting()

    async def two_posts() -> None:
        await writer.store(Push("A", "d", []))
        while not any(slept):  # noqa: ASYNC110 - the second comes while the writer waits
            await asyncio.sleep(0)
        await writer.store(Push("A", "d", []))

    async with asyncio.timeout(5):
        await asyncio.gather(*(two_posts() for _ in range(20)))
    await writer.close()
    assert writer.joined == [20, 20]


async def test_whoever_is_alone_waits_for_nobody(slept: list[float]) -> None:
    writer = Counting()
    await writer.store(Push("A", "d", []))
    await writer.close()
    assert set(slept) == {0}


async def test_what_comes_while_the_last_one_ends_is_written_too() -> None:
    writer = Counting()
    for _ in range(50):
        await writer.store(Push("A", "d", []))
    await writer.close()
    assert writer.joined == [1] * 50


async def test_who_is_refused_again_and_again_hears_another_pause_each_time_P24() -> None:
    """Two tablets of the same pace would else meet each time."""
    writer, pauses = Counting(), []
    writer._waiting = cast("Any", [None] * MOST_WAITING)
    for _ in range(64):
        with pytest.raises(Unavailable) as refused:
            await writer.store(Push("A", "d", []))
        pauses.append(refused.value.headers["Retry-After"])
    assert len(set(pauses)) >= 12
    assert max(map(pauses.count, pauses)) <= 12
