"""Patterns of the command against the least costs of another programme (provenance: README.md)."""

import json
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

from tests.golden.disclosure.attack import interval

PATH = Path(__file__).parent / "cases.json"
CASES: list[dict[str, Any]] = json.loads(PATH.read_text())["cases"]


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[int]]]:
    output = tmp_path_factory.mktemp("suppress") / "patterns.json"
    assert main(["suppress", str(PATH), "-o", str(output)]) == 0
    found: dict[str, list[list[int]]] = json.loads(output.read_text())
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["id"]))
def test_every_unsafe_cell_is_protected_at_the_least_cost_D03(
    case: dict[str, Any], patterns: dict[str, list[list[int]]]
) -> None:
    table, hidden = case["table"], {(r, c) for r, c in patterns[case["id"]]}
    assert (case["rows"], case["cols"]) not in hidden
    for primary in case["primary"]:
        row, column = primary["cell"]
        lower, upper = interval(table, hidden, (row, column))
        value = table[row][column]
        assert upper >= value + primary["upl"] - 1e-6
        assert lower <= value - primary["lpl"] + 1e-6
    by_value = case["cost"] == "value"
    cost = sum(max(table[r][c], 1.0) if by_value else 1.0 for r, c in hidden)
    assert cost == pytest.approx(case["optimum"], rel=1e-9)
