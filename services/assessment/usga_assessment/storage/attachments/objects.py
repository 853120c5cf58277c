"""Where kept files stand, sealed: a folder, or anything else that keeps objects by name."""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Protocol

from usga_assessment.storage.attachments.staging import StoreFull
from usga_assessment.storage.folders import open_folder, sync_folder

PIECE = 64 * 1024


class StoreRefused(Exception):
    """The store does not take or give an object now; `args` say what it answered to what."""


class Objects(Protocol):
    """A store of sealed objects; names are made here and say nothing."""

    async def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep an object durably, whole or not at all; again is harmless. Raises StoreFull."""
        ...

    def get(self, name: str) -> AsyncIterator[bytes]:
        """The object, piece by piece; raises FileNotFoundError."""
        ...

    async def delete(self, name: str) -> None:
        """Forget an object; harmless when there is none."""
        ...

    async def close(self) -> None:
        """Give back what is held open."""
        ...


class FolderObjects:
    """Objects as files below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._durable: set[Path] = set()
        """Folders of assessments whose names this process synced."""
        open_folder(folder)

    async def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep an object: written aside, synced, then given its name."""
        await asyncio.to_thread(self._put, name, pieces)

    async def get(self, name: str) -> AsyncIterator[bytes]:
        """The object, piece by piece."""
        file = await asyncio.to_thread(self._path(name).open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
        finally:
            file.close()

    async def delete(self, name: str) -> None:
        """Forget an object."""
        self._path(name).unlink(missing_ok=True)

    async def close(self) -> None:
        """Nothing is held open."""

    def _put(self, name: str, pieces: Iterable[bytes]) -> None:
        path = self._path(name)
        if path.parent not in self._durable or not path.parent.is_dir():
            open_folder(path.parent)
            self._durable.add(path.parent)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
                f.writelines(pieces)
                f.flush()
                os.fsync(f.fileno())
            draft.rename(path)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise StoreFull from error
            raise
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)

    def _path(self, name: str) -> Path:
        return self._folder / name
