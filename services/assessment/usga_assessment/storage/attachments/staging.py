"""The folder of what comes in: one sealed file an upload, appended to, synced, cut where torn.

How far an upload has come is what this file proves, never what a row says: bytes count once they
are on disk. Methods block; callers run them in a thread.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from usga_assessment.domain.attachments.frames import Extent, Kind
from usga_assessment.storage.folders import open_folder, sync_folder

SYNC_EVERY = 1 << 20
"""Bytes that are written before they are synced, unless the request ends first."""


class Frames(Protocol):
    """How bytes are sealed as they come: with a key that is here, or to one that is not."""

    def seal(self, kind: Kind, offset: int, plain: bytes) -> bytes: ...

    def extent(self, file: BinaryIO) -> Extent: ...

    def read(self, file: BinaryIO, extent: Extent) -> Iterator[bytes]: ...


class Busy(Exception):
    """Another process writes this file now."""


class StoreFull(Exception):
    """The disk has no room; what was synced before stays."""


class Staged:
    """One upload, open for its only writer."""

    def __init__(self, file: BinaryIO, frames: Frames, known: Extent | None) -> None:
        self._file, self._frames = file, frames
        size = os.fstat(file.fileno()).st_size
        if known is not None and known.position == size:
            self.extent = known
        else:
            self.extent = frames.extent(file)
            self._cut(self.extent)  # and sync what a killed process had only written
        self._offset, self._position = self.extent.offset, self.extent.position
        self._synced = self._position

    @property
    def offset(self) -> int:
        """Plain bytes that were taken, synced or not."""
        return self._offset

    def append(self, plain: bytes, *, depends: bool = False) -> None:
        """Take bytes; with `depends` they count only once `settle` is called."""
        frame = self._frames.seal(Kind.DEPENDS if depends else Kind.COUNTS, self._offset, plain)
        self._write(frame)
        self._offset += len(plain)
        if not depends and self._position - self._synced >= SYNC_EVERY:
            self.sync()

    def settle(self) -> None:
        """The bytes that depended on their checksum count now, and are on disk."""
        self._write(self._frames.seal(Kind.SETTLES, self._offset, b""))
        self.sync()

    def sync(self) -> None:
        """What was taken is on disk, and counts."""
        os.fdatasync(self._file.fileno())
        self._synced = self._position
        self.extent = Extent(self._offset, self._position)

    def give_up(self) -> None:
        """Forget what does not count."""
        self._cut(self.extent)
        self._offset, self._position = self.extent.offset, self.extent.position
        self._synced = self._position

    def read(self) -> Iterator[bytes]:
        """What counts, as its frames give it."""
        return self._frames.read(self._file, self.extent)

    def _write(self, frame: bytes) -> None:
        try:
            self._file.seek(self._position)
            left = memoryview(frame)
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._file.truncate(self._position)
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise StoreFull from error
            raise
        self._position += len(frame)

    def _cut(self, extent: Extent) -> None:
        self._file.truncate(extent.position)
        os.fdatasync(self._file.fileno())


class Staging:
    """The folder itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        open_folder(folder)

    def create(self, upload: UUID) -> None:
        """An empty file, there after a power loss too; raises StoreFull."""
        try:
            os.close(os.open(self._path(upload), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StoreFull from error
            raise
        sync_folder(self._folder)

    @contextlib.contextmanager
    def open(self, upload: UUID, frames: Frames, known: Extent | None = None) -> Iterator[Staged]:
        """Be the only writer of an upload; raises Busy, FileNotFoundError.

        `known` spares reading it all again when its end is where it was.
        """
        with self._path(upload).open("r+b", buffering=0) as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy from None
            self._path(upload).stat()  # who had it before may have removed it: this is its shadow
            yield Staged(file, frames, known)

    def remove(self, upload: UUID) -> None:
        """Forget an upload; harmless when there is none."""
        self._path(upload).unlink(missing_ok=True)

    def uploads(self) -> list[UUID]:
        """Every upload that has a file here."""
        return [UUID(path.stem) for path in self._folder.glob("*.part")]

    def _path(self, upload: UUID) -> Path:
        return self._folder / f"{upload}.part"
