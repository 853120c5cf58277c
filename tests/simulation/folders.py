"""A folder on a disk that loses power: what was synced stays, by content and by name.

A file's content counts as it was at its last sync; a name counts once its folder was synced; what
was written since may be there, in part or as rubbish.
"""

import contextlib
import errno
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.simulation.disk import HOST

Files = dict[str, bytes]
"""What a folder's files hold, by path."""


_MUCH = 1 << 40


class _Room(NamedTuple):
    """How much room a disk has, as the machine tells it."""

    total: int
    used: int
    free: int


class Died(Exception):
    """The process died at this sync: whatever it would have done next did not happen."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a process leaves in a folder."""

    files: Files = field(default_factory=dict)
    contents: Files = field(default_factory=dict)
    """What of their content was synced."""
    names: frozenset[str] = frozenset()
    """Files and folders whose names were synced: only these survive a loss of power."""

    @classmethod
    def of(cls, files: Files) -> "Left":
        """Files that are all durable."""
        above = {str(above) for name in files for above in Path(name).parents}
        return cls(files, files, frozenset(above.union(files) - {"."}))


class Folder:
    """The folder of one life of a process, and what of it would survive."""

    def __init__(self, path: Path, left: Left) -> None:
        self.path = path
        self._contents: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}
        """By folder: names that survive, and which file or folder they name."""
        path.mkdir(parents=True)
        for name, content in left.files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            if name in left.contents:
                self._contents[file.stat().st_ino] = left.contents[name]
        kept = {path / name for name in left.names}
        for folder in [path, *(each for each in path.rglob("*") if each.is_dir())]:
            self._names[folder] = {
                name: number for name, number in _named(folder).items() if folder / name in kept
            }

    def synced(self, path: Path) -> None:
        """A file or folder below this one was synced."""
        if path.is_dir():
            self._names[path] = _named(path)
        elif path.exists():
            self._contents[path.stat().st_ino] = path.read_bytes()

    def after_kill(self) -> Left:
        """What a killed process leaves: everything, durable or not."""
        durable: Files = {}
        folders: set[str] = set()
        self._survivors(self.path, durable, folders)
        contents = {
            str(file.relative_to(self.path)): self._contents[file.stat().st_ino]
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and file.stat().st_ino in self._contents
        }
        names = frozenset(folders.union(durable))
        return Left(files_below(self.path), contents | durable, names)

    def after_power_loss(self, rng: random.Random) -> Left:
        """What is there when power comes back: what was synced, and rubbish behind it."""
        durable: Files = {}
        self._survivors(self.path, durable, set())
        found: Files = {}
        for name, content in durable.items():
            tail = rng.choice((b"", rng.randbytes(rng.randrange(200))))
            path = self.path / name
            is_open = path.exists() and path.stat().st_size > len(content)
            found[name] = content + (tail if is_open else b"")
        return Left.of(found)

    def _survivors(self, folder: Path, found: Files, folders: set[str]) -> None:
        for name, number in sorted(self._names.get(folder, {}).items()):
            path = folder / name
            if path in self._names and path.is_dir():
                folders.add(str(path.relative_to(self.path)))
                self._survivors(path, found, folders)
            elif number in self._contents or not path.is_dir():
                found[str(path.relative_to(self.path))] = self._contents.get(number, b"")


def files_below(folder: Path) -> Files:
    """What is there now."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _named(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_ino for each in folder.iterdir()}


@contextlib.contextmanager
def without_real_syncs() -> Iterator[None]:
    """A sync is a step of the process that makes it; nothing waits for the machine's own disk.

    Nor does anything depend on how much room that has.
    """
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

    def room(_path: object) -> _Room:
        host = HOST.get()
        free = 0 if host is not None and host.finds_no_room() else _MUCH
        return _Room(_MUCH, _MUCH - free, free)

    measured = shutil.disk_usage
    os.fsync = os.fdatasync = sync  # type: ignore[assignment]
    shutil.disk_usage = room  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync, os.fdatasync = kept
        shutil.disk_usage = measured
