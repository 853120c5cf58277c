"""Planted bugs of files on their way, and of full disks."""

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from usga_assessment.domain.attachments.frames import Extent
from usga_assessment.operations.receive_attachment import Intake
from usga_assessment.storage.attachments.objects import FolderObjects
from usga_assessment.storage.attachments.staging import Staged
from usga_shared.database.direct import SqliteDirect
from usga_tablet.filebox import FileBox

from tests.simulation.planting import put


def receipt_on_a_full_disk() -> AbstractContextManager[None]:
    """A commit for which there was no room is taken for done."""

    async def pretend(self: SqliteDirect) -> None:
        try:
            await self._driver.commit()
        except sqlite3.OperationalError:
            await self._driver.rollback()

    return put(SqliteDirect, "_commit", pretend)


def offset_before_its_sync() -> AbstractContextManager[None]:
    """Bytes of a file count once they were written."""

    def sync(self: Staged) -> None:
        self._synced = self._position
        self.extent = Extent(self._offset, self._position)

    return put(Staged, "sync", sync)


def file_kept_before_its_sync() -> AbstractContextManager[None]:
    """The row says that a file is kept, and the disk may still lose it."""

    def keep(self: FolderObjects, name: str, pieces: Iterable[bytes]) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(pieces))

    return put(FolderObjects, "_put", keep)


def checksums_are_ignored() -> AbstractContextManager[None]:
    """Bytes with a wrong checksum are refused, and count all the same."""
    end = Intake._end

    async def lenient(self: Intake, waiting: bytearray, *, is_right: bool) -> None:
        del is_right
        await end(self, waiting, is_right=True)

    return put(Intake, "_end", lenient)


def tablet_frees_files_when_it_recorded_them() -> AbstractContextManager[None]:
    """What is to be sent is taken for proven."""
    queue = FileBox.queue

    def hasty(self: FileBox, submission: Any, listed: Any) -> None:
        queue(self, submission, listed)
        for file in self.queued():
            self.settle(file, "proven")

    return put(FileBox, "queue", hasty)


FILE_BUGS = (
    offset_before_its_sync,
    file_kept_before_its_sync,
    checksums_are_ignored,
    tablet_frees_files_when_it_recorded_them,
    receipt_on_a_full_disk,
)
