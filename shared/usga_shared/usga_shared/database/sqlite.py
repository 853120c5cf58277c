"""SQLite's driver connection, whose thread is ended once."""

import asyncio
import sqlite3
from typing import Any

import aiosqlite


class Connection(aiosqlite.Connection):
    """Whoever ends it a second time waits for the first end, and nobody leaves it half open.

    A request that is cancelled, and cancelled again while its connection is being closed, makes
    SQLAlchemy end the connection twice. The driver's thread answers once: a task that waits for a
    second answer waits for ever, and is told of as an error when the garbage collector finds it.

    A task that is cancelled while its connection is being opened waits for the thread too: one
    that answers when its loop is closed by then fails where nobody can catch it.
    """

    _end: "asyncio.Future[Any] | None" = None

    def stop(self) -> "asyncio.Future[Any] | None":
        """Ask the thread to close and end; what it answers when it has."""
        if self._running:
            self._end = super().stop()
        return self._end

    async def _connect(self) -> "Connection":
        try:
            await super()._connect()
        except BaseException:
            if self._end is not None:
                await asyncio.shield(self._end)
            raise
        return self


def connect(*arguments: Any, **options: Any) -> Connection:
    """Make a connection for SQLAlchemy, with the arguments of `sqlite3.connect`."""
    made = Connection(lambda: sqlite3.connect(*arguments, **options), iter_chunk_size=64)
    made._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with those that it makes
    return made
