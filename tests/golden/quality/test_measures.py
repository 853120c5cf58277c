"""The command's measures against those of another program (provenance: README.md)."""

import json
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

FOLDER = Path(__file__).parent
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
PLANTS: dict[str, list[str]] = json.loads((FOLDER / "plants.json").read_text())["plants"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    output = tmp_path_factory.mktemp("quality") / "out.json"
    command = ["quality", str(FOLDER / "interviews.csv"), str(FOLDER / "areas.json")]
    assert main([*command, "-o", str(output)]) == 0
    measures: dict[str, Any] = json.loads(output.read_text())
    return measures


def same(expected: Any, found: Any, place: str) -> int:
    """Compare all the way down; the number of values compared."""
    if isinstance(expected, dict):
        assert set(found) == set(expected), place
        return sum(same(v, found[k], f"{place}.{k}") for k, v in expected.items())
    if isinstance(expected, list):
        assert len(found) == len(expected), place
        pairs = enumerate(zip(expected, found, strict=True))
        return sum(same(e, f, f"{place}[{at}]") for at, (e, f) in pairs)
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-12), place
    else:
        assert found == expected, place
    return 1


@pytest.mark.parametrize("measure", sorted(EXPECTED))
def test_a_measure_is_that_of_the_other_program(found: dict[str, Any], measure: str) -> None:
    assert same(EXPECTED[measure], found[measure], measure) > 0


def test_every_planted_interviewer_is_flagged_and_no_other(found: dict[str, Any]) -> None:
    assert set(found["flagged"]) == set(PLANTS)


@pytest.mark.parametrize("interviewer", sorted(PLANTS))
def test_the_flag_names_what_was_planted(found: dict[str, Any], interviewer: str) -> None:
    assert set(PLANTS[interviewer]) <= set(found["flagged"][interviewer])
