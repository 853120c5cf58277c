"""At a hub: bring whole files to the centre, piece by piece, until its receipt is here (H-54)."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from usga_shared.wire.hub import FileAnswer

from usga_assessment.domain.hub.hub import Cargo
from usga_assessment.domain.hub.words import NotAReceipt, NotThisBatch, read_files
from usga_assessment.operations.attachment_refusals import UploadBusy, UploadGone
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.hub.hub_files import HubFiles
from usga_assessment.operations.hub.upstream import Busy, Refusal, Silence, Upstream
from usga_assessment.storage.hub.files import CargoHold

PIECE = 256 * 1024
"""Sealed bytes of one request: what a link that breaks costs at most."""
_PAGE = 20
_WAITS = timedelta(minutes=10)
"""Until the centre is asked again about a file whose interview is still to come."""
_REFUSED_FOR = timedelta(hours=6)
_MOST_STALLS = 3
_UNAUTHORISED = 401
_FOR_GOOD = frozenset(
    {
        "attachment-too-large", "attachment-unexpected", "attachment-differs",
        "attachment-unreadable", "unsupported-media", "interview-withdrawn", "parcel-unproven",
    }
)  # fmt: skip
"""What the centre will never take: the bytes go, the tablet is told, and has them."""
_UNREADABLE = "parcel-unreadable"
"""Perhaps only of the one request: a link may have cut or changed it (H-67)."""
_MOST_UNREADABLE = 4
_log = logging.getLogger("usga.hub")


class FileCarrier:
    """Brings files; a file that is under way is gone on with, wherever anybody left off."""

    def __init__(
        self,
        desk: HubDesk,
        files: HubFiles,
        upstream: Upstream,
        *,
        crash_point: Callable[[str], None],
        is_ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._desk, self._files, self._upstream = desk, files, upstream
        self._crash_point, self._is_ending = crash_point, is_ending
        self._unreadable: Counter[UUID] = Counter()

    async def bring(self, token: str, *, first: Callable[[], Awaitable[None]]) -> tuple[int, int]:
        """Bring what is due; how many were kept and refused. Raises Silence, Refusal for a 401.

        `first` is called before each file: interviews that came meanwhile go before files. When
        the process ends, nothing more is begun.
        """
        kept = refused = 0
        after: UUID | None = None
        busy: set[UUID] = set()
        while True:
            async with self._desk.database.read() as session:
                page = await CargoHold(session).due(
                    self._desk.clock.now(), after=after, limit=_PAGE
                )
            for cargo in page:
                if self._is_ending():
                    return kept, refused
                if cargo.device in busy:
                    continue
                await first()
                try:
                    kept += await self._carry(token, cargo)
                except (Busy, UploadBusy):
                    busy.add(cargo.device)
                except UploadGone:  # its tablet was told, and gives it again
                    refused += 1
                except Refusal as refusal:
                    if refusal.status == _UNAUTHORISED:
                        raise
                    refused += await self._settle_refusal(cargo, refusal.slug)
            if len(page) < _PAGE:
                return kept, refused
            after = page[-1].id

    async def _carry(self, token: str, cargo: Cargo) -> bool:
        """The way of one file; whether the centre keeps it now."""
        answer = await self._ask(token, cargo, 0 if cargo.size <= PIECE else None)
        stalls = 0
        while answer.state == "coming" and not self._is_ending():
            before = answer.offset
            answer = await self._ask(token, cargo, before)
            self._crash_point("after_piece")
            stalls = stalls + 1 if answer.offset <= before else 0
            if stalls == _MOST_STALLS:
                raise Busy
        if answer.state == "coming":  # this process ends; the file goes on in its next life
            return False
        if answer.receipt is None:
            async with self._desk.database.write() as session:
                await CargoHold(session).put_off(cargo, self._desk.clock.now() + _WAITS)
            return False
        try:
            keys = self._desk.told.receipt_keys
            read_files(answer.receipt, keys, device=cargo.device, file=cargo.id)
        except (NotAReceipt, NotThisBatch):
            _log.warning("receipt_not_believed")
            raise Silence from None  # nobody but the centre may say that it keeps the file
        self._crash_point("file_kept")
        async with self._desk.database.write() as session:
            await CargoHold(session).proven(cargo, answer.receipt)
        self._crash_point("file_receipted")
        self._unreadable.pop(cargo.id, None)
        await self._files.remove_bytes(cargo.id)
        return True

    async def _ask(self, token: str, cargo: Cargo, offset: int | None) -> FileAnswer:
        """Bring the piece at an offset; without one only ask where the file stands."""
        start, frames = 0, b""
        if offset is not None:
            start, frames = await self._files.piece(cargo, offset, most=PIECE)
        label = self._files.label_of(cargo, start)
        return await self._upstream.deliver_piece(token, cargo.id, label, frames)

    async def _settle_refusal(self, cargo: Cargo, slug: str) -> bool:
        """Whether it is one: what could not be read is brought once more, a few times."""
        _log.warning("file_refused", extra={"problem": slug})
        if slug == _UNREADABLE and await self._may_read_next_time(cargo):
            return False
        is_over = slug in _FOR_GOOD or slug == _UNREADABLE
        async with self._desk.database.write() as session:
            hold = CargoHold(session)
            if is_over:
                await hold.returned(cargo, slug)
            else:
                await hold.refused(cargo, slug, self._desk.clock.now() + _REFUSED_FOR)
        if is_over:
            self._unreadable.pop(cargo.id, None)
            await self._files.remove_bytes(cargo.id)
        return True

    async def _may_read_next_time(self, cargo: Cargo) -> bool:
        self._unreadable[cargo.id] += 1
        if self._unreadable[cargo.id] >= _MOST_UNREADABLE:
            return False
        async with self._desk.database.write() as session:
            await CargoHold(session).put_off(cargo, self._desk.clock.now() + _WAITS)
        return True
