"""Sealed files open under their own key and name alone."""

from pathlib import Path

import pytest
from usga_indicators.storage.sealing import ExtractKeys, SealBroken, seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32


def test_what_was_sealed_opens() -> None:
    assert unseal(seal(b"answers", KEY, "a"), KEY, "a") == b"answers"


def test_two_seals_of_the_same_content_differ() -> None:
    assert seal(b"answers", KEY, "a") != seal(b"answers", KEY, "a")


@pytest.mark.parametrize(("key", "name"), [(OTHER, "a"), (KEY, "b")])
def test_another_key_or_name_does_not_open_it(key: bytes, name: str) -> None:
    with pytest.raises(SealBroken):
        unseal(seal(b"answers", KEY, "a"), key, name)


def test_a_cut_file_does_not_open() -> None:
    with pytest.raises(SealBroken):
        unseal(seal(b"answers", KEY, "a")[:-1], KEY, "a")


class TestKeys:
    def test_each_assessment_has_its_own_for_ever(self, tmp_path: Path) -> None:
        keys = ExtractKeys(tmp_path)
        first = keys.of("KE-A-2026")
        assert ExtractKeys(tmp_path).of("KE-A-2026") == first
        assert keys.of("KE-B-2026") != first
        assert len(first) == 32

    def test_nobody_else_reads_them(self, tmp_path: Path) -> None:
        ExtractKeys(tmp_path).of("KE-A-2026")
        (path,) = (tmp_path / "extract").iterdir()
        assert path.stat().st_mode & 0o077 == 0
        assert (tmp_path / "extract").stat().st_mode & 0o077 == 0

    def test_a_damaged_key_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "extract").mkdir()
        (tmp_path / "extract" / "KE-A-2026.key").write_bytes(b"short")
        with pytest.raises(SealBroken):
            ExtractKeys(tmp_path).of("KE-A-2026")
