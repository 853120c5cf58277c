"""Take in the bytes of one request: sealed as they come, counted once they are on disk."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol
from uuid import UUID

from usga_shared.problems import Problem

from usga_assessment.domain.attachments.attachment import Attachment
from usga_assessment.domain.attachments.frames import LARGEST
from usga_assessment.domain.attachments.kinds import ENOUGH
from usga_assessment.domain.attachments.tus import Checksum, Metadata
from usga_assessment.operations.attachment_refusals import AttachmentTooLarge, ChecksumDiffers

IDLE = 120.0
"""Seconds without a byte after which a request is over; what came is kept."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Uploads(Protocol):
    """Who takes in files by tus: the centre, or a hub on the way to it."""

    async def announce(
        self, metadata: Metadata, size: int, *, assessment: str, device: str
    ) -> Attachment: ...

    async def progress(
        self, id_: UUID, *, assessment: str, device: str
    ) -> tuple[Attachment, int]: ...

    async def receive(
        self,
        id_: UUID,
        offset: int,
        receive: Receive,
        *,
        assessment: str,
        device: str,
        declared: int | None,
        checksum: Checksum | None,
    ) -> tuple[Attachment, int]: ...

    async def terminate(self, id_: UUID, *, assessment: str, device: str) -> None: ...

    async def word_of(self, attachment: Attachment, offset: int) -> str | None:
        """What is signed of a file that has come whole; a hub's word, the centre has none."""
        ...


class Ending(Enum):
    """How a request's body ended."""

    WHOLE = auto()
    CUT = auto()
    ASKED_TO_STOP = auto()


class Staged(Protocol):
    """An upload that is open for its only writer; methods block."""

    @property
    def offset(self) -> int: ...

    def append(self, plain: bytes, *, depends: bool = False) -> None: ...

    def settle(self) -> None: ...

    def sync(self) -> None: ...

    def give_up(self) -> None: ...


@dataclass(slots=True)
class Intake:
    """The body of one request on its way into an upload."""

    staged: Staged
    room: int
    """Bytes that the file still lacks."""
    checksum: Checksum | None
    check_start: Callable[[bytes], None]
    """Raises a refusal when the first bytes of the file are not what they should be."""
    idle: float = IDLE

    async def take(self, receive: Receive, asked_to_stop: asyncio.Event) -> Ending:
        """Read to the end of the body, or until the link breaks or somebody else comes.

        Everything that was read counts when this returns, and also when it raises; bytes with a
        checksum count as a whole or not at all. Raises AttachmentTooLarge, ChecksumDiffers, and
        what the start or the server's limits have against the body.
        """
        hasher = self.checksum.hasher() if self.checksum else None
        waiting = bytearray()
        problem: Problem | None = None
        ending = Ending.CUT
        stopping = asyncio.ensure_future(asked_to_stop.wait())
        try:
            await self._read(receive, stopping, waiting, hasher)
            ending = Ending.WHOLE
        except _Over as over:
            ending = over.ending
        except Problem as refused:
            problem = refused
        finally:
            stopping.cancel()
        is_right = self.checksum is None or (
            ending is Ending.WHOLE and _digest(hasher) == self.checksum.digest
        )
        await self._end(waiting, is_right=is_right)
        if problem is not None:
            raise problem
        if ending is Ending.WHOLE and not is_right:
            raise ChecksumDiffers
        return ending

    async def _read(
        self,
        receive: Receive,
        stopping: "asyncio.Future[Any]",
        waiting: bytearray,
        hasher: Any,
    ) -> None:
        """Read to the end of the body; what is left in `waiting` has still to be appended."""
        is_start = self.staged.offset == 0
        more = True
        while more:
            piece, more = await self._next(receive, stopping)
            if hasher is not None:
                hasher.update(piece)
            self.room -= len(piece)
            waiting += piece if self.room >= 0 else piece[: self.room]
            # Of a longer file, a few bytes may be all that a link let through: nothing is judged.
            is_all = not more and self.room <= 0
            if is_start and (len(waiting) >= ENOUGH or is_all):
                self.check_start(bytes(waiting[:ENOUGH]))
                is_start = False
            while len(waiting) >= LARGEST:
                await self._append(waiting)
            if self.room < 0:
                raise AttachmentTooLarge(limit=0, headers={"Connection": "close"})

    async def _next(self, receive: Receive, stopping: "asyncio.Future[Any]") -> tuple[bytes, bool]:
        reading = asyncio.ensure_future(receive())
        await asyncio.wait(
            {reading, stopping}, timeout=self.idle, return_when=asyncio.FIRST_COMPLETED
        )
        if not reading.done():
            reading.cancel()
            raise _Over(Ending.ASKED_TO_STOP if stopping.done() else Ending.CUT)
        message = reading.result()
        if message["type"] == "http.disconnect":
            raise _Over(Ending.CUT)
        return message.get("body", b""), bool(message.get("more_body"))

    async def _append(self, waiting: bytearray) -> None:
        depends = self.checksum is not None
        await asyncio.to_thread(self.staged.append, bytes(waiting[:LARGEST]), depends=depends)
        del waiting[:LARGEST]

    async def _end(self, waiting: bytearray, *, is_right: bool) -> None:
        if not is_right:
            await asyncio.to_thread(self.staged.give_up)
            return
        if waiting:
            await self._append(waiting)
        await asyncio.to_thread(self.staged.settle if self.checksum else self.staged.sync)


class _Over(Exception):
    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.name)
        self.ending = ending


def _digest(hasher: Any) -> bytes:
    return bytes(hasher.digest())
