"""Virtual time: an event loop whose clock jumps to the next timer, and chance from one seed."""

import asyncio
import contextlib
import os
import random
import selectors
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


class Stuck(Exception):
    """Nothing can ever happen again, but somebody waits."""


class _Selector(selectors.SelectSelector):
    """Never waits: the time until the next timer passes at once."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise Stuck("nobody will ever wake these tasks")
        self.passed += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs as fast as it can; `time()` is virtual seconds since the simulation began."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._virtual.passed

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Threads would race: the work is done here and now."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits
            future.set_exception(error)
        return future


class WorldClock:
    """The server's clock: virtual time, and jumps that real clocks make."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self.jump = loop, timedelta()

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self._loop.time()) + self.jump


@contextlib.contextmanager
def seeded_entropy(rng: random.Random) -> Iterator[None]:
    """The system's random bytes come from the seed: ids, salts and nonces repeat."""
    system, drawn = os.urandom, random._urandom  # type: ignore[attr-defined]
    os.urandom = random._urandom = rng.randbytes  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom, random._urandom = system, drawn  # type: ignore[attr-defined]
