"""Snapshots that were made lately: a download that was cut goes on with the same bytes.

A folder of files that may be lost at any time: whoever asks for one that is gone gets a new one.
"""

import os
import shutil
from pathlib import Path
from uuid import UUID

from usga_assessment.domain.sync.snapshot import Snapshot

_LIFE_SECONDS = 48 * 3600
_KEPT = 4


class Snapshots:
    """The parts of snapshots: those for all tablets of an assessment, and each tablet's own."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "snapshots"

    def read(self, assessment: str, device: UUID, snapshot: Snapshot) -> bytes | None:
        """The file, if both of its parts are here and this tablet's."""
        parts = []
        for folder, name in (
            (self._common(assessment), snapshot.common),
            (self._own(assessment, device), snapshot.own),
        ):
            try:
                parts.append((folder / name).read_bytes())
            except FileNotFoundError:
                return None
        return b"".join(parts)

    def keep(
        self, assessment: str, device: UUID, snapshot: Snapshot, parts: tuple[bytes, bytes], *,
        now: float,
    ) -> None:  # fmt: skip
        """Keep both parts for two days; of a tablet's own the last few."""
        for folder, name, part in (
            (self._common(assessment), snapshot.common, parts[0]),
            (self._own(assessment, device), snapshot.own, parts[1]),
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(folder / name, part, now)
            _forget_old(folder, name, now, most=None if name == snapshot.common else _KEPT)
            os.utime(folder, (now, now))
        self._forget_those_who_went(assessment, now)

    def _forget_those_who_went(self, assessment: str, now: float) -> None:
        """Folders into which nothing came for two days, of tablets that are not in the field."""
        for folder in (self._folder / assessment).iterdir():
            if now - folder.stat().st_mtime > _LIFE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    def _common(self, assessment: str) -> Path:
        return self._folder / assessment / "common"

    def _own(self, assessment: str, device: UUID) -> Path:
        return self._folder / assessment / str(device)


def _write(path: Path, part: bytes, now: float) -> None:
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(part)
        draft.replace(path)
    os.utime(path, (now, now))


def _forget_old(folder: Path, newest: str, now: float, *, most: int | None) -> None:
    others = []
    for path in folder.iterdir():
        try:
            others.append((path.stat().st_mtime, path))
        except FileNotFoundError:  # another request forgot it
            continue
    others.sort(reverse=True)
    for place, (at, path) in enumerate(others):
        is_old = now - at > _LIFE_SECONDS or (most is not None and place >= most)
        if is_old and path.name != newest:
            path.unlink(missing_ok=True)
