"""The ingest writer: the one place where pushed interviews become durable (protocol I-1 to I-4).

Requests that arrive while a transaction is being committed are joined into the next one (group
commit); each is answered only after the commit that holds it. When a joined transaction fails,
each of its requests is tried alone, so that one bad item never fails its neighbours.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DataError, IntegrityError
from usga_shared.clock import Clock
from usga_shared.database.direct import Direct
from usga_shared.database.engine import Database
from usga_shared.problems import Unavailable
from usga_shared.wire.sync import SequencePicture

from usga_assessment.domain.submission.ledger import Placement
from usga_assessment.domain.submission.prepared import Prepared
from usga_assessment.domain.sync.turns import in_turns, pause_for
from usga_assessment.storage.counters import locking
from usga_assessment.storage.placing import Placing

MOST_ITEMS = 2000
"""Interviews that one joined transaction takes."""
MOST_WAITING = 1024
"""Requests that wait for the writer; beyond, callers are asked to come back."""
_OF_AN_ITEM = (DataError, IntegrityError, ArithmeticError, LookupError, TypeError, ValueError)
"""Failures that one item may cause: its neighbours in the transaction are tried without it."""
_SMALL = 128
"""Interviews of a transaction whose statements are all short."""
_IDLE_PASSES = 3
_MANY = 8
"""Pushes in a transaction after which the next one waits a moment for as many."""
_MOMENT = 0.002
"""Seconds; they cost less than a transaction that holds half of the pushes."""
_log = logging.getLogger("usga.ingest")


@dataclass(frozen=True, slots=True)
class Push:
    """What one request brings: interviews of one device for one assessment."""

    assessment: str
    device: str
    items: list[Prepared]


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of the items, in their order, and what the installs now look like."""

    placements: list[Placement]
    pictures: dict[str, SequencePicture]
    epoch: str
    digest: str | None = None
    """Over the items with their states (P-30), as the audit log keeps it."""


@dataclass(slots=True)
class _Waiting:
    push: Push
    answer: "asyncio.Future[Committed]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class IngestWriter:
    """Joins concurrent pushes into durable transactions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        crash_point: Callable[[str], None] = lambda _name: None,
        most_items: int = MOST_ITEMS,
    ) -> None:
        self._most_items = most_items
        self._database, self._clock, self._crash_point = database, clock, crash_point
        self._waiting: list[_Waiting] = []
        self._refused = 0
        self._task: asyncio.Task[None] | None = None
        self._direct: Direct | None = None
        self._holding = contextlib.AsyncExitStack()

    async def store(self, push: Push) -> Committed:
        """Make the items durable; returns after the commit, raises what made it fail.

        Raises Unavailable when too many requests wait already.
        """
        if len(self._waiting) >= MOST_WAITING:
            self._refused += 1  # else who comes again with the same would hear the same again
            pause = pause_for(push.device, self._refused)
            raise Unavailable(headers={"Retry-After": str(pause)})
        waiting = _Waiting(push)
        self._waiting.append(waiting)
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return await waiting.answer  # one that is cancelled is passed over when its commit is done

    async def close(self) -> None:
        """Finish what was accepted."""
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._write_what_waits()
                await self._let_go()  # meanwhile others may have come
        finally:
            self._task = None

    async def _write_what_waits(self) -> None:
        while self._waiting:
            await self._let_others_join()
            joined = self._next()
            await self._settle(joined)
            if len(joined) >= _MANY:
                # Who was just answered is about to send the next one.
                await asyncio.sleep(_MOMENT)

    def _next(self) -> list[_Waiting]:
        """What goes into the next transaction: all of it, or a turn of each device."""
        if sum(len(waiting.push.items) for waiting in self._waiting) <= self._most_items:
            joined, self._waiting = self._waiting, []
            return joined
        items = 0
        joined = []
        for waiting in in_turns(self._waiting, lambda each: each.push.device):
            items += len(waiting.push.items)
            if joined and items > self._most_items:
                break
            joined.append(waiting)
        chosen = {id(waiting) for waiting in joined}
        served = {waiting.push.device for waiting in joined}
        left = [each for each in self._waiting if id(each) not in chosen]
        # Who had no turn yet is first in the next transaction; the sort keeps all else in order.
        self._waiting = sorted(left, key=lambda each: each.push.device in served)
        return joined

    async def _let_others_join(self) -> None:
        """Let requests that are being read right now come along: a pass costs nothing alone."""
        idle, seen = 0, 0
        while idle < _IDLE_PASSES and len(self._waiting) < MOST_WAITING:
            idle = 0 if len(self._waiting) > seen else idle + 1
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _settle(self, joined: list[_Waiting]) -> None:
        try:
            results = await self._commit([waiting.push for waiting in joined])
        except _OF_AN_ITEM as error:
            if len(joined) == 1:
                _refuse(joined, error)
                return
            _log.warning("joined_transaction_failed", extra={"requests": len(joined)})
            for waiting in joined:
                await self._settle([waiting])
        except Exception as error:  # noqa: BLE001 - handed to the requests that wait for it
            _refuse(joined, error)
        else:
            for waiting, result in zip(joined, results, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(result)

    async def _commit(self, pushes: list[Push]) -> list[Committed]:
        now: datetime = self._clock.now()
        self._crash_point("before_transaction")
        try:
            direct = await self._connection()
            small = sum(len(push.items) for push in pushes) <= _SMALL
            lock = locking(push.assessment for push in pushes)
            async with self._database.writing(direct, small=small, lock=lock):
                results = await Placing(direct, now).place(
                    [(push.assessment, push.device, push.items) for push in pushes]
                )
                self._crash_point("before_commit")
        except BaseException:
            await self._let_go()  # whatever is wrong with it, the next transaction has another
            raise
        self._crash_point("after_commit")
        return [Committed(*result) for result in results]

    async def _connection(self) -> Direct:
        """The connection that is held while there is something to write."""
        if self._direct is None:
            self._direct = await self._holding.enter_async_context(self._database.direct())
        return self._direct

    async def _let_go(self) -> None:
        holding, self._holding = self._holding, contextlib.AsyncExitStack()
        self._direct = None
        await holding.aclose()


def _refuse(joined: list[_Waiting], error: BaseException) -> None:
    for waiting in joined:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
