"""The command's statistics against esda (provenance: README.md)."""

import json
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

PATH = Path(__file__).parent / "cases.json"
CASES: list[dict[str, Any]] = json.loads(PATH.read_text())["cases"]
KEYS = ("moran", "geary", "local_moran", "quadrant", "gi_star_z", "gi_z", "general_G", "islands")
Found = dict[str, dict[str, Any]]


def computed(folder: Path, cases: list[dict[str, Any]]) -> Found:
    path, output = folder / "cases.json", folder / "out.json"
    path.write_text(json.dumps({"cases": cases}))
    assert main(["spatial", str(path), "-o", str(output)]) == 0
    found: Found = json.loads(output.read_text())
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return computed(tmp_path_factory.mktemp("spatial"), CASES)


@pytest.fixture(scope="module")
def from_coordinates(tmp_path_factory: pytest.TempPathFactory) -> Found:
    cases = [{k: v for k, v in case.items() if k != "neighbours"} for case in CASES]
    return computed(tmp_path_factory.mktemp("coordinates"), cases)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["id"]))
def test_a_statistic_is_that_of_esda(case: dict[str, Any], key: str, found: Found) -> None:
    assert found[case["id"]][key] == approximately(case[key])


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["id"]))
def test_neighbours_are_found_from_coordinates(
    case: dict[str, Any], from_coordinates: Found
) -> None:
    for key in KEYS:
        assert from_coordinates[case["id"]][key] == approximately(case[key])


def approximately(expected: Any) -> Any:
    return expected if expected is None else pytest.approx(expected, rel=1e-8, abs=1e-12)
