"""SQLite without threads: each step of the driver is an event that may be the last before a crash.

The driver's worker thread becomes a queue that the virtual loop serves, so that a run repeats
exactly; between any two statements of the server the process may die.
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol

import anyio.to_thread
from aiosqlite import core
from usga_shared.database.direct import SqliteDirect

_SUFFIXES = ("", "-wal")
_FULL = 2


class Host(Protocol):
    """The process that runs the server, as the disk sees it."""

    def disk_pause(self) -> float:
        """Seconds that the next step takes."""
        ...

    def before_step(self) -> bool:
        """Whether the process still lives when the step is due; it may die just now."""
        ...

    def after_commit(self, synced: bool) -> None:
        """A commit happened; `synced` tells whether it survives a loss of power."""
        ...

    def synced(self, path: Path) -> None:
        """A file or a folder was synced."""
        ...

    def finds_no_room(self) -> bool:
        """Whether the disk is full now, for whatever is to be written."""
        ...


HOST: ContextVar[Host | None] = ContextVar("host", default=None)


class _Thread:
    """What the driver takes for its worker thread."""

    daemon = True

    def __init__(self, **_options: Any) -> None: ...

    def start(self) -> None: ...


class _Steps:
    """The driver's queue: steps happen in their order, as events of the loop."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Any, Callable[[], Any], Host | None]] = deque()
        self._wrote = False
        """Whether there is something to commit."""

    def put_nowait(self, step: tuple[Any, Callable[[], Any]]) -> None:
        future, function = step
        if future is None:
            function()
            return
        host = HOST.get()
        self._waiting.append((future, function, host))
        pause = host.disk_pause() if host else 0.0
        future.get_loop().call_later(pause, self._next)

    def _next(self) -> None:
        future, function, host = self._waiting.popleft()
        if host is not None and not host.before_step():
            future.cancel()
            return
        try:
            committing = _connection_to_commit(function)
            if committing is not None and self._wrote:
                _need_room(host)
            result = function()
            self._wrote = _is_writing(function) or (self._wrote and not _is_ending(function))
            if committing is not None and host is not None:
                level = committing.execute("PRAGMA synchronous").fetchone()[0]
                host.after_commit(level >= _FULL)
        except BaseException as error:  # noqa: BLE001 - as the driver does
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(result)


def _need_room(host: Host | None) -> None:
    if host is not None and host.finds_no_room():
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
        raise error


def _is_writing(function: Any) -> bool:
    said = getattr(function, "args", ())
    text = said[0] if said and isinstance(said[0], str) else ""
    return text.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}


def _is_ending(function: Any) -> bool:
    return getattr(getattr(function, "func", None), "__name__", "") in {"commit", "rollback"}


def _connection_to_commit(function: Any) -> sqlite3.Connection | None:
    """The connection whose transaction this step commits, if it does."""
    bound = getattr(function, "func", None)
    connection = getattr(bound, "__self__", None)
    if getattr(bound, "__name__", "") != "commit" or not isinstance(
        connection, sqlite3.Connection
    ):
        return None
    return connection if connection.in_transaction else None


async def _at_once(function: Callable[..., Any], *args: Any, **_options: Any) -> Any:
    """What would be done in a thread is done here and now."""
    return function(*args)


@contextlib.contextmanager
def without_threads() -> Iterator[None]:
    """Serve the driver's steps from the loop."""
    patched: Any = core
    kept = patched.SimpleQueue, patched.Thread, anyio.to_thread.run_sync
    patched.SimpleQueue, patched.Thread = _Steps, _Thread
    anyio.to_thread.run_sync = _at_once  # type: ignore[assignment]
    SqliteDirect.runs_here = False  # each statement is a step
    try:
        yield
    finally:
        patched.SimpleQueue, patched.Thread, anyio.to_thread.run_sync = kept
        SqliteDirect.runs_here = True


Image = dict[str, bytes]
"""What a database's files hold, by suffix."""


def image_of(path: Path) -> Image:
    """The files as they are now: what a killed process leaves."""
    found = {}
    for suffix in _SUFFIXES:
        file = path.with_name(path.name + suffix)
        if file.exists():
            found[suffix] = file.read_bytes()
    return found


def write_image(image: Image, path: Path) -> None:
    """Put a database's files in place."""
    for suffix, content in image.items():
        path.with_name(path.name + suffix).write_bytes(content)


def in_context_of(host: Host, coroutine: Any, name: str) -> asyncio.Task[Any]:
    """Run something as a part of this process."""
    token = HOST.set(host)
    try:
        return asyncio.get_running_loop().create_task(coroutine, name=name)
    finally:
        HOST.reset(token)
