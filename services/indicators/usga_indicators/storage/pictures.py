"""What the live view showed last: sealed, for it holds the counts of hidden cells too."""

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from usga_indicators.storage.sealing import ExtractKeys, seal, unseal
from usga_indicators.storage.steps import one_step


@dataclass(frozen=True, slots=True)
class Picture:
    """Observations as JSON texts, from so many interviews, and each cell as an attacker counts it.

    `standings` are code, cell, status, n and n of the numerator.
    """

    at: str
    interviews: int
    observations: list[str]
    standings: list[list[Any]]
    areas: dict[str, str]
    groups: dict[str, str] = field(default_factory=dict)


class Pictures:
    """One picture per assessment, written whole and renamed into place."""

    def __init__(self, data_dir: Path, keys: ExtractKeys) -> None:
        self._dir, self._keys = data_dir, keys

    def _path(self, assessment: str) -> Path:
        return self._dir / one_step(assessment) / "live.sealed"

    def read(self, assessment: str) -> Picture | None:
        """The last picture, or None before the first."""
        try:
            content = self._path(assessment).read_bytes()
        except FileNotFoundError:
            return None
        opened = unseal(content, self._keys.of(assessment), _bound(assessment))
        return Picture(**orjson.loads(opened))

    def write(self, assessment: str, picture: Picture) -> None:
        """Replace the last picture; it survives a power cut, or the one before does."""
        path = self._path(assessment)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        sealed = seal(orjson.dumps(picture), self._keys.of(assessment), _bound(assessment))
        try:
            with draft.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()


def _bound(assessment: str) -> str:
    return f"usga-live/1 {assessment}"
