"""Few batches are open at a time; who waits is let in by turns, and not for ever."""

import asyncio
from collections.abc import Awaitable

import pytest
from usga_assessment.domain.sync.turns import MOST_REQUESTS
from usga_assessment.operations.room import Room
from usga_shared.problems import TooManyRequests, Unavailable


class Batches:
    """Opens batches in a room and tells which are open, and which have been."""

    def __init__(self, room: Room) -> None:
        self.room, self.open, self.done, self.most = room, list[str](), list[str](), 0
        self._goes_on = asyncio.Event()

    def come(self, device: str, *, sent: int = 1, plain: int = 1) -> "asyncio.Task[None]":
        return asyncio.create_task(self._push(device, sent, plain))

    async def _push(self, device: str, sent: int, plain: int) -> None:
        async with self.room.taken(device, sent=sent, plain=plain):
            self.open.append(device)
            self.most = max(self.most, len(self.open))
            await self._goes_on.wait()
            self.open.remove(device)
            self.done.append(device)

    async def finish(self, *tasks: Awaitable[None]) -> None:
        self._goes_on.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_so_many_are_open_and_no_more_P24() -> None:
    batches = Batches(Room(pushes=3))
    coming = [batches.come(f"d{n}") for n in range(8)]
    await settle()
    assert batches.open == ["d0", "d1", "d2"]
    await batches.finish(*coming)
    assert (batches.most, len(batches.done)) == (3, 8)


async def test_their_bytes_are_bounded_and_a_large_one_comes_alone_P24() -> None:
    batches = Batches(Room(pushes=9, plain=10))
    coming = [batches.come("a", plain=6), batches.come("b", plain=6), batches.come("c", plain=99)]
    await settle()
    assert batches.open == ["a"]
    await batches.finish(*coming)
    assert batches.done == ["a", "b", "c"]


async def test_devices_take_turns_P24() -> None:
    batches = Batches(Room(pushes=1))
    coming = [batches.come("flood") for _ in range(4)] + [batches.come("other")]
    await settle()
    await batches.finish(*coming)
    assert batches.done.index("other") == 2


async def test_who_would_wait_too_long_is_told_when_to_come_back_P24() -> None:
    batches = Batches(Room(pushes=1, waiting=3, waiting_bytes=100))
    coming = [batches.come("a"), batches.come("b", sent=60)]
    await settle()
    with pytest.raises(Unavailable) as refused:
        await batches.come("c", sent=60)
    assert 5 <= int(refused.value.headers["Retry-After"]) <= 20
    coming += [batches.come("c"), batches.come("d")]
    await settle()
    with pytest.raises(Unavailable):
        await batches.come("e")
    await batches.finish(*coming)


async def test_one_device_does_not_fill_the_waiting_room_P24() -> None:
    batches = Batches(Room(pushes=1))
    coming = [batches.come("flood") for _ in range(MOST_REQUESTS + 1)]
    await settle()
    with pytest.raises(TooManyRequests):
        await batches.come("flood")
    coming.append(batches.come("other"))
    await batches.finish(*coming)


async def test_a_flood_that_is_refused_does_not_come_back_together_P24() -> None:
    batches = Batches(Room(pushes=1))
    coming = [batches.come("flood") for _ in range(MOST_REQUESTS + 1)]
    await settle()
    pauses = []
    for _ in range(64):
        with pytest.raises(TooManyRequests) as refused:
            await batches.come("flood")
        pauses.append(refused.value.headers["Retry-After"])
    assert len(set(pauses)) >= 12
    assert max(map(pauses.count, pauses)) <= 12
    await batches.finish(*coming)


@pytest.mark.parametrize("late", [False, True])
async def test_who_goes_away_while_waiting_leaves_its_place(late: bool) -> None:
    batches = Batches(Room(pushes=1))
    first, second, third = (batches.come(name) for name in "abc")
    await settle()
    if late:  # let in and gone in the same moment
        batches._goes_on.set()
        await asyncio.sleep(0)
    second.cancel()
    await batches.finish(first, third)
    assert batches.done[-1] == "c"
    assert (batches.room._open, batches.room._waiting, batches.room._open_plain) == (0, 0, 0)


async def test_a_failure_gives_the_room_back() -> None:
    room = Room(pushes=1)
    for _ in range(3):
        with pytest.raises(LookupError):
            async with room.taken("a", sent=1, plain=1):
                raise LookupError
    assert (room._open, room._open_plain) == (0, 0)
