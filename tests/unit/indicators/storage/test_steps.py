"""Whatever an assessment is called, its files stay below the folder of the service."""

from pathlib import Path

import pytest
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.pictures import Pictures
from usga_indicators.storage.sealing import ExtractKeys
from usga_indicators.storage.statistics_files import StatisticsFiles


@pytest.mark.parametrize("name", ["", ".", "..", "../else", "a/../b", "a\\b", "a\0"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    keys = ExtractKeys(tmp_path / "keys")
    with pytest.raises(ValueError, match="no single step"):
        ExtractFiles(tmp_path, keys).exists(name, "hvs", 1)
    with pytest.raises(ValueError, match="no single step"):
        StatisticsFiles(tmp_path, keys).read(name, "r", "0")
    with pytest.raises(ValueError, match="no single step"):
        Pictures(tmp_path, keys).read(name)
