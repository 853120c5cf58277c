"""Whatever a file holds, a command ends with a finding that names the place, never with a traceback."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

from tests.unit.indicators.test_hostile_estimates import BASE, MEAN, ROWS

ODD: list[Any] = [
    None, -1, -1e308, 1e308, 10**30, "", "x", [], {}, [[]], True, "nan", "\u0000", [None], {"a": 1},
    1e-320, "a" * 500,
]  # fmt: skip
TABLE = {"id": "t", "table": [[2, 20, 22], [30, 40, 70], [32, 60, 92]],
         "primary": [{"cell": [0, 0], "upl": 1, "lpl": 1}], "cost": "count"}  # fmt: skip
SYSTEM = {"id": "s", "values": [5, 2, 3], "sums": [{"total": 0, "parts": [1, 2]}],
          "primary": [{"cell": 1, "upl": 1, "lpl": 1}]}  # fmt: skip
MAP = {"id": "m", "y": [1, 2, 4, 3, 7], "permutations": 9, "seed": 1,
       "neighbours": {"0": [1], "1": [0, 2], "2": [1, 3], "3": [2, 4], "4": [3]}}  # fmt: skip
BAND = {"id": "b", "y": [1, 2, 4, 3], "xy": [[0, 0], [0, 1], [1, 0], [1, 1]],
        "weights": {"kind": "band", "threshold": 1.1}}  # fmt: skip
SHEET = """interview_id,interviewer,ea,start,end,lat,lon,age,income,q01,q02,c01
1,a,E1,2026-05-04T08:00:00,2026-05-04T08:40:00,0.5,0.5,30,100,1,2,x
2,a,E1,2026-05-04T09:00:00,2026-05-04T09:40:00,0.6,0.5,35,120,3,2,y
3,b,E1,2026-05-04T08:00:00,2026-05-04T08:45:00,0.4,0.5,41,90,5,2,x
"""
AREAS = [{"ea": "E1", "centre": [0.5, 0.5], "polygon": [[0, 0], [0, 1], [1, 1], [1, 0]]}]
ESTIMATES: list[dict[str, Any]] = [
    MEAN | {"design": "d"},
    {"design": "d", "op": "ratio", "num": "y", "den": "psu"},
    {"design": "d", "op": "by", "by": ["sex"], "inner": "mean", "vars": ["y"]},
    {"design": "d", "op": "quantile", "vars": ["psu"], "probs": [0.5], "qrule": "math", "interval": "mean"},
    {"design": "d", "op": "ciprop", "vars": ["y"], "methods": ["logit", "beta"]},
    {"design": "d", "op": "mean", "vars": ["y"], "domain": [["psu", ">", 1]], "deff": True},
]  # fmt: skip


def mutated(value: Any, rng: random.Random) -> Any:
    """One member somewhere inside is another thing, or gone."""
    if isinstance(value, dict) and value:
        name = rng.choice(sorted(value))
        fate = rng.random()
        if fate < 0.1:
            return {k: v for k, v in value.items() if k != name}
        return {**value, name: rng.choice(ODD) if fate < 0.5 else mutated(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        new = mutated(value[at], rng) if rng.random() < 0.6 else rng.choice(ODD)
        return [*value[:at], new, *value[at + 1 :]]
    return rng.choice(ODD)


def put(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def estimate(folder: Path, cases: Any, designs: Any, out: Path) -> int:
    files = put(folder / "c.json", cases), put(folder / "e.json", designs)
    return main(["estimate", *files, "--data-dir", str(folder), "-o", str(out)])


@pytest.mark.parametrize("seed", range(40))
def test_estimate_refuses_with_a_place(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    put(tmp_path / "d.csv", ROWS)
    cases = [mutated(case, rng) if rng.random() < 0.7 else case for case in ESTIMATES]
    cases = [
        {**(c if isinstance(c, dict) else {}), "id": str(at), "design": "d"}
        for at, c in enumerate(cases)
    ]
    designs = {"d": mutated(BASE, rng) if seed % 2 else BASE}
    out = tmp_path / "o.json"
    code = estimate(tmp_path, cases, designs, out)
    assert code in {0, 2}
    if code == 0:
        for found in json.loads(out.read_text()).values():
            if "error" in found:
                assert found["place"].startswith(("cases/", "designs/"))
                assert found["message"]
                assert "Error:" not in found["message"], found


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize(("command", "base"), [
    ("suppress", TABLE), ("suppress", SYSTEM), ("spatial", MAP), ("spatial", BAND),
], ids=lambda v: v if isinstance(v, str) else v["id"])  # fmt: skip
def test_cases_of_tables_and_maps_are_refused_with_a_place(
    tmp_path: Path, command: str, base: dict[str, Any], seed: int
) -> None:
    made = mutated(base, random.Random(seed))
    case = {**(made if isinstance(made, dict) else {}), "id": base["id"]}
    out = tmp_path / "o.json"
    code = main([command, put(tmp_path / "c.json", [case]), "-o", str(out)])
    assert code in {0, 1}
    if code == 1:
        (found,) = json.loads(out.read_text()).values()
        assert found["error"] is True
        assert found["place"]
        assert found["message"]


@pytest.mark.parametrize("seed", range(25))
def test_a_sheet_of_interviews_is_refused_by_line_and_column(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    lines = [line.split(",") for line in SHEET.splitlines()]
    for _ in range(rng.randint(1, 3)):
        line = rng.choice(lines)
        line[rng.randrange(len(line))] = rng.choice(
            ["nan", "inf", "-1", "1e400", "", "x", '"', "\u0000", "2026-13-45T99:00", "9" * 30]
        )
    sheet = "\n".join(",".join(line) for line in lines)
    areas = AREAS if rng.random() < 0.6 else mutated(AREAS, rng)
    out = tmp_path / "o.json"
    interviews, places = put(tmp_path / "i.csv", sheet), put(tmp_path / "a.json", areas)
    code = main(["quality", interviews, places, "-o", str(out)])
    assert code in {0, 1, 2}
    if code == 1:
        findings = json.loads(out.read_text())["findings"]
        assert findings
        assert all(f["place"] and f["message"] for f in findings)


@pytest.mark.parametrize(
    ("case", "member", "looks"),
    [
        ({"op": "by", "by": ["sex"], "inner": ["mean"], "vars": ["y"]}, "inner", "a text"),
        ({"op": "ciprop", "vars": ["y"], "methods": True}, "methods", "a text or a list of texts"),
        ({"op": "mean", "vars": ["y"], "domain": 7}, "domain", "a list of [column, operator, value]"),
    ],
)  # fmt: skip
def test_a_member_of_another_shape_is_named(
    tmp_path: Path, case: dict[str, Any], member: str, looks: str
) -> None:
    put(tmp_path / "d.csv", ROWS)
    out = tmp_path / "o.json"
    cases = [{**case, "id": "c", "design": "d"}]
    assert estimate(tmp_path, cases, {"d": BASE}, out) == 0
    found = json.loads(out.read_text())["c"]
    assert (found["place"], found["message"]) == (f"cases/c/{member}", f"{member} is not {looks}")


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\u0000"])
@pytest.mark.parametrize("command", ["estimate", "suppress", "spatial"])
def test_what_is_no_json_is_named_and_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, content: str
) -> None:
    path = put(tmp_path / "c.json", content)
    more = [put(tmp_path / "e.json", {})] if command == "estimate" else []
    assert main([command, path, *more, "-o", str(tmp_path / "o.json")]) == 2
    told = capsys.readouterr().err
    assert "c.json" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["suppress", "spatial"])
def test_a_file_without_a_case_is_not_passed_over_in_silence(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = tmp_path / "cases.json", tmp_path / "out.json"
    path.write_text('{"cases": []}')
    assert main([command, str(path), "-o", str(output)]) == 0
    told = capsys.readouterr()
    assert told.err == f"{path} has no case in its list: nothing is computed\n"
    assert told.out == "0 cases, 0 refused\n"
    assert json.loads(output.read_text()) == {}
