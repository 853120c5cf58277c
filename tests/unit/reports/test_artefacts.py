"""Files by digest."""

import hashlib
from pathlib import Path

from usga_reports.storage.artefacts import Artefacts


class TestArtefacts:
    def test_what_is_stored_can_be_read_by_its_digest(self, tmp_path: Path) -> None:
        artefacts = Artefacts(tmp_path)
        digest = artefacts.put(b"report")
        assert digest == hashlib.sha256(b"report").hexdigest()
        assert artefacts.get(digest) == b"report"
        assert artefacts.put(b"report") == digest
        assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1

    def test_damage_is_noticed_and_mended_by_storing_again(self, tmp_path: Path) -> None:
        artefacts = Artefacts(tmp_path)
        digest = artefacts.put(b"report")
        (path,) = [p for p in tmp_path.rglob("*") if p.is_file()]
        path.write_bytes(b"tampered")
        assert artefacts.get(digest) is None
        artefacts.put(b"report")
        assert artefacts.get(digest) == b"report"

    def test_an_unknown_digest_is_nothing(self, tmp_path: Path) -> None:
        assert Artefacts(tmp_path).get("0" * 64) is None
