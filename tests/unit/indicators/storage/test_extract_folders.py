"""A form's id is its author's free text: it never leads out of the assessment's folder."""

from pathlib import Path

import pytest
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.extract_tables import empty_tables
from usga_indicators.storage.sealing import ExtractKeys

ASSESSMENT = "KE-A-2026"


@pytest.mark.parametrize(
    "instrument", ["hvs", "../KE-B-2026/hvs", "/etc/hvs", "..", "", "a/b", "x" * 65, "опрос"]
)
def test_every_form_stays_in_a_folder_of_its_assessment(tmp_path: Path, instrument: str) -> None:
    files = ExtractFiles(tmp_path / "data", ExtractKeys(tmp_path / "keys"))
    layout = Layout(instrument, ())
    draft = files.write(ASSESSMENT, layout, 1, empty_tables(layout), [])
    files.adopt(draft, ASSESSMENT, instrument, 1)
    assert files.exists(ASSESSMENT, instrument, 1)
    home = (tmp_path / "data" / ASSESSMENT).resolve()
    (folder,) = {path.resolve().parent.parent for path in tmp_path.rglob("instrument.json")}
    assert folder.parent == home


def test_forms_with_strange_ids_have_folders_of_their_own(tmp_path: Path) -> None:
    files = ExtractFiles(tmp_path, ExtractKeys(tmp_path))
    layout = Layout("a/b", ())
    files.adopt(files.write(ASSESSMENT, layout, 1, empty_tables(layout), []), ASSESSMENT, "a/b", 1)
    assert not files.exists(ASSESSMENT, "a/c", 1)
