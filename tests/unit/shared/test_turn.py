"""Writers of one SQLite file follow each other, also those of other processes."""

import asyncio
import fcntl
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from pathlib import Path

import pytest
from usga_shared.database.turn import SUFFIX, Turn

#: A neighbour that takes the turn, says so, and holds it until its input ends.
NEIGHBOUR = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("mine", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "a.db")


def is_free(path: str) -> bool:
    with Path(path + SUFFIX).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


async def test_one_after_the_other(path: str) -> None:
    here, there = Turn(path), Turn(path)  # as two processes would have
    inside, most = 0, 0

    async def write(turn: Turn) -> None:
        nonlocal inside, most
        async with turn:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    async with asyncio.timeout(10):
        await asyncio.gather(*(write(turn) for turn in (here, there) * 10))
    assert most == 1
    assert is_free(path)


async def test_a_neighbour_is_waited_for(path: str) -> None:
    neighbour = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", NEIGHBOUR, path + SUFFIX, stdin=PIPE, stdout=PIPE
    )
    assert neighbour.stdout is not None
    assert await neighbour.stdout.readline() == b"mine\n"
    turn = Turn(path)
    entering = asyncio.ensure_future(turn.__aenter__())
    await asyncio.sleep(0.05)
    assert not entering.done()
    neighbour.kill()  # whoever dies gives its turn back
    await neighbour.wait()
    await asyncio.wait_for(entering, 10)
    assert not is_free(path)
    await turn.__aexit__()
    assert is_free(path)


async def test_who_gives_up_waiting_leaves_no_lock(path: str) -> None:
    holder, waiter = Turn(path), Turn(path)
    async with holder:
        waiting = asyncio.ensure_future(waiter.__aenter__())
        await asyncio.sleep(0.05)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(10):
        async with waiter:
            pass
        while not is_free(path):  # noqa: ASYNC110 - another thread closes it
            await asyncio.sleep(0.01)


async def test_a_failure_inside_ends_the_turn(path: str) -> None:
    turn = Turn(path)
    with pytest.raises(LookupError):
        async with turn:
            raise LookupError
    assert is_free(path)


async def test_a_file_of_another_account_stops_nobody(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr("os.open", refuse)
    async with asyncio.timeout(10):
        async with Turn(path):
            pass
