"""Retractions that were heard of, one small file each: no restart forgets them."""

import hashlib
import os
import secrets
from pathlib import Path

from usga_shared.wire.release import ReleaseStanding


class Retractions:
    """How retracted releases stood when it was heard last; written whole, then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "retracted"

    def get(self, release: str) -> ReleaseStanding | None:
        """The standing of a release that is known to be retracted."""
        try:
            return ReleaseStanding.model_validate_json(self._path(release).read_bytes())
        except FileNotFoundError:
            return None

    def put(self, standing: ReleaseStanding) -> None:
        """Keep it; it survives a power cut, or the one before does."""
        content = standing.model_dump_json().encode()
        path = self._path(standing.id)
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)

    def _path(self, release: str) -> Path:
        """By digest: a caller may have named anything."""
        return self._folder / f"{hashlib.sha256(release.encode()).hexdigest()}.json"
