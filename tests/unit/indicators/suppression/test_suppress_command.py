"""`usga-indicators suppress`: what it writes, and what it says of what is wrong."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

TABLE = [[2, 20, 22], [30, 40, 70], [32, 60, 92]]
ONE = [{"cell": [0, 0], "upl": 1.0, "lpl": 1.0}]
CASE = {"id": "a", "table": TABLE, "primary": ONE, "cost": "count"}


def suppressed(folder: Path, cases: Any, *more: str) -> tuple[int, dict[str, Any]]:
    path, output = folder / "cases.json", folder / "out.json"
    path.write_text(cases if isinstance(cases, str) else json.dumps(cases))
    code = main(["suppress", str(path), "-o", str(output), *more])
    return code, json.loads(output.read_text()) if output.exists() else {}


def test_the_pattern_is_a_list_of_rows_and_columns(tmp_path: Path) -> None:
    code, out = suppressed(tmp_path, {"cases": [CASE]})
    assert code == 0
    assert [0, 0] in out["a"]
    assert [2, 2] not in out["a"]
    assert len(out["a"]) == 4


def test_the_audit_tells_what_an_attacker_could_say(tmp_path: Path) -> None:
    audit = tmp_path / "audit.json"
    _, out = suppressed(tmp_path, [CASE], "--audit", str(audit))
    found = json.loads(audit.read_text())["a"]
    assert (found["method"], found["cost"]) == ("exact", 4.0)
    told = {tuple(each["cell"]): (each["lower"], each["upper"]) for each in found["hidden"]}
    assert sorted(told) == sorted(map(tuple, out["a"]))
    assert told[0, 0][0] <= 1
    assert told[0, 0][1] >= 3


def test_a_rule_finds_the_unsafe_cells_where_none_are_named(tmp_path: Path) -> None:
    by_count: dict[str, Any] = {"id": "a", "table": TABLE, "counts": [[2, 20], [30, 40]]}
    by_count["rule"] = {"kind": "freq", "k": 10}
    parts = [[[1, 1], [10, 10]], [[29, 1], [10, 10, 20]]]
    by_share: dict[str, Any] = {"id": "b", "table": TABLE, "contributions": parts}
    by_share["rule"] = {"kind": "dominance", "n": 1, "k": 75}
    by_second = {**by_share, "id": "c", "rule": {"kind": "p_percent", "p": 10}}
    code, out = suppressed(tmp_path, [by_count, by_share, by_second])
    assert code == 0
    assert [0, 0] in out["a"]
    assert [1, 0] in out["b"]
    assert {(0, 0), (0, 1), (1, 0)} <= set(map(tuple, out["c"]))


def test_a_hierarchy_is_a_system_of_cells_and_sums(tmp_path: Path) -> None:
    # a country of two regions, each of two districts: 6 = 4 + 5, of which 4 = 0 + 1, 5 = 2 + 3
    sums = [
        {"total": 6, "parts": [4, 5]},
        {"total": 4, "parts": [0, 1]},
        {"total": 5, "parts": [2, 3]},
    ]
    case = {
        "id": "h", "values": [3, 50, 60, 70, 53, 130, 183], "sums": sums, "shown": [6],
        "primary": [{"cell": 0, "upl": 1, "lpl": 1}],
    }  # fmt: skip
    code, out = suppressed(tmp_path, [case])
    assert (code, out) == (0, {"h": [0, 1]})
    small = {**case, "values": [3, 0, 60, 70, 3, 130, 133], "primary": [
        {"cell": 0, "upl": 1, "lpl": 1}, {"cell": 4, "upl": 1, "lpl": 1}]}  # fmt: skip
    _, out = suppressed(tmp_path, [small])
    assert set(out["h"]) >= {0, 4, 5}  # the region too, so the other region, so a district
    assert len(out["h"]) == 4


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"table": None}, "table", "is missing"),
        ({"table": [[2, 20, 22], [30, 40], [32, 60, 92]]}, "table[1]", "has 2 cells, not 3"),
        ({"table": [[2, -20, -18], *TABLE[1:]]}, "table[0][1]", "is negative"),
        ({"table": [[2, math.nan, 22], *TABLE[1:]]}, "table[0][1]", "is not finite"),
        ({"table": [[2, 1e300, 22], *TABLE[1:]]}, "table[0][1]", "is not within"),
        ({"table": [[2, "20", 22], *TABLE[1:]]}, "table[0][1]", "must be a number"),
        ({"table": [[2, True, 22], *TABLE[1:]]}, "table[0][1]", "must be a number"),
        ({"table": [[3, 20, 22], *TABLE[1:]]}, "table[0]", "add up to 23, not to 22"),
        ({"table": [[3, 20, 23], *TABLE[1:]]}, "table[*][0]", "add up to 33, not to 32"),
        ({"rows": 3}, "rows", "is 3, but the table has 2"),
        ({"cost": "beauty"}, "cost", "must be one of count, value"),
        ({"primary": [{"cell": [0, 9], "upl": 1, "lpl": 1}]}, "primary[0].cell[1]", "not within"),
        ({"primary": [{"cell": [0], "upl": 1, "lpl": 1}]}, "primary[0].cell", "has 1 entries"),
        ({"primary": [{"cell": [0, 0], "upl": 1}]}, "primary[0].lpl", "is missing"),
        ({"primary": [{"cell": [0, 0], "upl": -1, "lpl": 1}]}, "primary[0].upl", "is negative"),
        ({"primary": ONE * 2}, "primary[1].cell", "is there twice"),
        ({"primary": None}, "rule", "is missing"),
        ({"primary": None, "rule": {"kind": "luck"}}, "rule.kind", "must be one of"),
        ({"primary": [{"cell": [2, 2], "upl": 1, "lpl": 1}]}, "table[2][2]", "stay published"),
        ({"primary": [{"cell": [0, 0], "upl": 99, "lpl": 1}]}, "table[0][0]", "no pattern"),
        ({"sums": [], "table": None, "values": [1]}, "table", "is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_the_others_are_done(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    place: str,
    words: str,
) -> None:
    code, out = suppressed(tmp_path, {"cases": [{**CASE, "id": "bad", **change}, CASE]})
    assert code == 1
    assert out["bad"]["place"] == place
    assert words in out["bad"]["message"]
    assert len(out["a"]) == 4
    assert f"case bad: {place}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cases", "place"),
    [([1], "cases[0]"), ([{"id": None}], "cases[0].id"), ([CASE, CASE], "cases[1].id")],
)
def test_a_case_without_a_name_of_its_own_is_named_by_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cases: list[Any], place: str
) -> None:
    code, _ = suppressed(tmp_path, cases)
    assert code == 1
    assert f"suppress: {place}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 5000, "nan", '{"cases": 3}', "[1e999", "\ud800".encode("utf-8", "surrogatepass").decode("latin1")]
)  # fmt: skip
def test_a_file_that_is_no_list_of_cases_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert suppressed(tmp_path, text)[0] == 2
    assert str(tmp_path / "cases.json") in capsys.readouterr().err


def test_a_missing_file_and_an_unwritable_output_end_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suppress", str(tmp_path / "no.json"), "-o", str(tmp_path / "o.json")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["suppress", str(tmp_path), "-o", str(tmp_path / "o.json")]) == 2
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([CASE]))
    assert main(["suppress", str(path), "-o", str(tmp_path / "no" / "o.json")]) == 2
    assert "cannot write" in capsys.readouterr().err
