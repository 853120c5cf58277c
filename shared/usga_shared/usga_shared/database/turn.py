"""Whose turn it is to write a SQLite file: one writer in this process and among its neighbours.

SQLite lets writers of other processes poll its lock with pauses of up to 100 ms: whoever is
unlucky waits for many others. Here they wait for a lock of the operating system, which wakes them.
"""

import asyncio
import fcntl
import os

SUFFIX = "-turn"
"""Of the empty file beside the database whose lock is the turn."""


class Turn:
    """An asynchronous context in which nobody else writes the database at this path.

    Tasks of one process follow each other in order. Programs that know no turns are still kept
    apart by SQLite itself. Without a path (a database in memory) there are no neighbours.
    """

    def __init__(self, path: str | None) -> None:
        self._path = f"{path}{SUFFIX}" if path and path != ":memory:" else None
        self._here = asyncio.Lock()
        self._held: int | None = None

    async def __aenter__(self) -> None:
        await self._here.acquire()
        try:
            if self._path is not None:
                self._held = await _locked(self._path)
        except BaseException:
            self._here.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        if self._held is not None:
            os.close(self._held)  # and with it the lock
            self._held = None
        self._here.release()


async def _locked(path: str) -> int | None:
    """A descriptor of the file that alone holds its lock; None for a file of somebody else."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError:
        return None  # left by a command that another account ran: SQLite's own lock must do
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting = asyncio.get_running_loop().run_in_executor(
            None, fcntl.flock, file, fcntl.LOCK_EX
        )
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # The thread cannot be called back: it gives its turn away as soon as it has it.
            waiting.add_done_callback(lambda _: os.close(file))
            raise
    except BaseException:
        os.close(file)
        raise
    return file
