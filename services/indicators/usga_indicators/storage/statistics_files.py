"""What releases keep of their interviews, sealed: sums of S3 answers are among them."""

import hashlib
from pathlib import Path

from usga_indicators.storage.extract_files import write_durably
from usga_indicators.storage.sealing import ExtractKeys, seal, unseal
from usga_indicators.storage.steps import one_step


class StatisticsFiles:
    """One sealed file a release; written once, kept for ever (design 7)."""

    def __init__(self, data_dir: Path, keys: ExtractKeys) -> None:
        self._dir, self._keys = data_dir, keys

    def write(self, assessment: str, release: str, content: bytes) -> str:
        """Seal and store; gives the SHA-256 of the content."""
        path = self._path(assessment, release)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(path, seal(content, self._keys.of(assessment), _bound(assessment, release)))
        return hashlib.sha256(content).hexdigest()

    def discard(self, assessment: str, release: str) -> None:
        """Remove what a release that was not stored has left."""
        self._path(assessment, release).unlink(missing_ok=True)

    def read(self, assessment: str, release: str, sha256: str) -> bytes | None:
        """The content; None when it is gone or another. Raises SealBroken."""
        path = self._path(assessment, release)
        if not path.is_file():
            return None
        content = unseal(path.read_bytes(), self._keys.of(assessment), _bound(assessment, release))
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def _path(self, assessment: str, release: str) -> Path:
        return self._dir / one_step(assessment) / "#statistics" / one_step(f"{release}.sealed")


def _bound(assessment: str, release: str) -> str:
    return f"usga-statistics/1 {assessment} {release}"
