"""Files by their SHA-256: what was stored under a digest is that, or it is not there."""

import hashlib
import os
from pathlib import Path
from uuid import uuid4


class Artefacts:
    """A folder of content-addressed files. Blocking: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Store the content durably and give its digest; the same content is stored once."""
        digest = hashlib.sha256(content).hexdigest()
        target = self._path(digest)
        if self.get(digest) is not None:
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{digest}.{uuid4().hex}")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        _sync_folder(target.parent)
        return digest

    def get(self, digest: str) -> bytes | None:
        """The content, or None when it is missing or no longer has its digest."""
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            return None
        return content if hashlib.sha256(content).hexdigest() == digest else None

    def _path(self, digest: str) -> Path:
        return self._folder / "artefacts" / digest[:2] / digest


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where folders can be synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
