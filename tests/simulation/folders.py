"""A folder on a disk that loses power: what was synced stays, by content and by name.

A file's content counts as it was at its last sync; a name counts once its folder was synced; what
was written since may be there, in part or as rubbish.
"""

import contextlib
import errno
import os
import random
from collections.abc import Iterator
from pathlib import Path

from tests.simulation.disk import HOST

Files = dict[str, bytes]
"""What a folder's files hold, by path."""


class Died(Exception):
    """The process died at this sync: whatever it would have done next did not happen."""


class Folder:
    """The folder of one life of a process, and what of it would survive."""

    def __init__(self, path: Path, files: Files) -> None:
        self.path = path
        self._contents: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}
        """By folder: names that survive, and which file or folder they name."""
        path.mkdir(parents=True)
        for name, content in files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            self._contents[file.stat().st_ino] = content
        for folder in [path, *(each for each in path.rglob("*") if each.is_dir())]:
            self._names[folder] = _named(folder)

    def synced(self, path: Path) -> None:
        """A file or folder below this one was synced."""
        if path.is_dir():
            self._names[path] = _named(path)
        elif path.exists():
            self._contents[path.stat().st_ino] = path.read_bytes()

    def now(self) -> Files:
        """What a killed process leaves."""
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in sorted(self.path.rglob("*"))
            if file.is_file()
        }

    def after_power_loss(self, rng: random.Random) -> Files:
        """What is there when power comes back."""
        found: Files = {}
        self._survivors(self.path, found, rng)
        return found

    def _survivors(self, folder: Path, found: Files, rng: random.Random) -> None:
        for name, number in sorted(self._names.get(folder, {}).items()):
            path = folder / name
            if path in self._names:
                self._survivors(path, found, rng)
            elif number in self._contents or not path.is_dir():
                content = self._contents.get(number, b"")
                tail = rng.choice((b"", rng.randbytes(rng.randrange(200))))
                is_open = path.exists() and path.stat().st_size > len(content)
                found[str(path.relative_to(self.path))] = content + (tail if is_open else b"")


def _named(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_ino for each in folder.iterdir()}


@contextlib.contextmanager
def without_real_syncs() -> Iterator[None]:
    """A sync is a step of the process that makes it; nothing waits for the machine's own disk."""
    kept = os.fsync, os.fdatasync

    def sync(descriptor: int) -> None:
        host = HOST.get()
        if host is None:
            return
        if not host.before_step():
            raise Died
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if not path.is_dir() and host.finds_no_room():
            raise OSError(errno.ENOSPC, "no space left on device")
        host.synced(path)

    os.fsync = os.fdatasync = sync  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync, os.fdatasync = kept
