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
    generations: dict[str, int] = field(default_factory=dict)
    """Of each form's extract: the same ones are the same interviews."""
    analysis: dict[str, Any] = field(default_factory=dict)


class Pictures:
    """One picture per assessment and weight set, "" for base weights; written whole, renamed."""

    def __init__(self, data_dir: Path, keys: ExtractKeys) -> None:
        self._dir, self._keys = data_dir, keys

    def _path(self, assessment: str, weight_set: str) -> Path:
        name = f"live-{weight_set}.sealed" if weight_set else "live.sealed"
        return self._dir / one_step(assessment) / one_step(name)

    def read(self, assessment: str, weight_set: str = "") -> Picture | None:
        """The last picture under these weights, or None before the first."""
        try:
            content = self._path(assessment, weight_set).read_bytes()
        except FileNotFoundError:
            return None
        bound = _bound(assessment, weight_set)
        return Picture(**orjson.loads(unseal(content, self._keys.of(assessment), bound)))

    def every(self, assessment: str) -> list[Picture]:
        """The last picture under each weights, the oldest first."""
        names = sorted((self._dir / one_step(assessment)).glob("live*.sealed"))
        found = [self.read(assessment, each.stem.partition("-")[2]) for each in names]
        return sorted(
            (each for each in found if each is not None),
            key=lambda each: (each.at, sum(each.generations.values())),
        )

    def write(self, assessment: str, picture: Picture, weight_set: str = "") -> None:
        """Replace the last picture; it survives a power cut, or the one before does."""
        path = self._path(assessment, weight_set)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        sealed = seal(
            orjson.dumps(picture), self._keys.of(assessment), _bound(assessment, weight_set)
        )
        try:
            with draft.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()


def _bound(assessment: str, weight_set: str) -> str:
    return f"usga-live/1 {assessment} {weight_set}".rstrip()
