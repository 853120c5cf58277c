"""`usga-indicators estimate` with input that cannot be right: the finding names the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

ROWS = """psu,stratum,w,y,sex,neg,gap,huge,inf,nan,text
1,a,1.5,1,f,1,1,1e200,1,1,1_000
2,a,2.5,0,m,1,1,1e308,1e999,1,y
3,b,1,1,f,-2,1,1e308,2,NaN,z
4,b,1,0,m,1,,1,3,2,q
5,c,2,1,f,-1,1,1,4,3,w
"""
BASE: dict[str, Any] = {"data": "d.csv", "ids": ["psu"], "strata": ["stratum"], "weights": "w",
                        "lonely_psu": "remove"}  # fmt: skip
MEAN: dict[str, Any] = {"op": "mean", "vars": ["y"]}


def raked(*population: dict[str, Any]) -> list[dict[str, Any]]:
    margins = [{"by": ["sex"], "population": list(population)}]
    return [{"method": "rake", "margins": margins}]


#: Changes of the design, the case, and what is said: code, words of the message, place.
Wrong = tuple[dict[str, Any], dict[str, Any], str, str, str]
WRONG: tuple[Wrong, ...] = (
    ({}, {"vars": ["nope"]}, "case-invalid", "no column nope", "cases/c: d.csv"),
    ({"weights": "neg"}, {}, "design-invalid-weight", "negative", "designs/d"),
    ({"weights": "neg"}, {}, "design-invalid-weight", "line 4, column neg, and 1 more", "designs/d"),
    ({"weights": "gap"}, {}, "design-missing-value", "line 5, column gap", "designs/d"),
    ({"weights": "text"}, {}, "case-invalid", "text holds text where numbers are needed: '1_000' in line 2", "designs/d"),
    ({"weights": "gone"}, {}, "case-invalid", "no column gone", "designs/d: d.csv"),
    ({"lonely_psu": "fail"}, {}, "design-lonely-psu", "stage 1: c", "designs/d/strata"),
    ({"lonely_psu": "luck"}, {}, "case-invalid", "no rule luck", "designs/d"),
    ({}, {"op": "total", "vars": ["huge"]}, "overflow", "/rows/0/est overflows", "cases/c"),
    ({"weights": "huge"}, {"op": "total"}, "overflow", "/rows/0/se overflows", "cases/c"),
    ({}, {"vars": ["inf"]}, "case-invalid", "'1e999'", "cases/c: d.csv, line 3, column inf"),
    ({}, {"vars": ["nan"]}, "case-invalid", "'NaN'", "cases/c: d.csv, line 4, column nan"),
    ({"weights": "nan"}, {}, "case-invalid", "'NaN'", "designs/d: d.csv, line 4, column nan"),
    ({"data": "gone.csv"}, {}, "case-invalid", "no data file gone.csv", "designs/d"),
    ({"data": "../d.csv"}, {}, "case-invalid", "data directory", "designs/d"),
    ({"adjust": raked({"sex": "f", "Freq": 9}, {"sex": "m", "Freq": 9}, {"sex": "x", "Freq": 1})},
     {}, "design-calibration-failed", "sex = x", "designs/d"),
    ({"adjust": raked({"sex": "f", "Freq": -9}, {"sex": "m", "Freq": 9})},
     {}, "design-calibration-failed", "sex = f", "designs/d"),
    ({"adjust": raked({"sex": "f", "Freq": 9})}, {}, "design-calibration-failed",
     "not in the population: sex = m", "designs/d"),
    ({}, {"op": "quantile", "probs": [1.5], "qrule": "math", "interval": "mean"},
     "case-invalid", "from 0 to 1", "cases/c: probs"),
    ({}, {"vars": None}, "case-invalid", "no columns in vars", "cases/c"),
    ({}, {"domain": [["y", ">"]]}, "case-invalid", "no value", "cases/c: domain"),
    ({}, {"domain": [["y", ">", "much"]]}, "case-invalid", "compared with none",
     "cases/c: domain"),
    ({"factors": {"sex": 2}}, {}, "case-invalid", "lists of levels", "designs/d/factors"),
    ({"data": "long" * 100}, {}, "case-invalid", "no data file long", "designs/d"),
    ({"data": "x" * 5000}, {}, "case-invalid", "xxx...", "designs/d"),
    ({}, {"narm": True}, "unknown-member", "no member narm: is na_rm meant?", "cases/c/narm"),
    ({}, {"domian": [["y", "=", 1]]}, "unknown-member", "is domain meant?", "cases/c/domian"),
    ({"lonelypsu": "fail", "lonely_psu": None}, {}, "unknown-member", "", "designs/d/lonelypsu"),
    ({}, {"op": "forecast"}, "unsupported", "operation forecast", "designs/d"),
    ({"adjust": [{"method": "calibrate", "terms": ["log(y)"], "population": {}}]}, {},
     "unsupported", "the term log(y)", "designs/d"),
    ({}, {"op": "ttest", "y": "y", "group": "psu"}, "case-invalid", "two groups", "cases/c"),
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: f"{w[2]}-{w[3][:20]}")
def test_the_finding_names_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: Wrong
) -> None:
    design, case, code, words, place = wrong
    (tmp_path / "d.csv").write_text(ROWS)
    (tmp_path / "designs.json").write_text(json.dumps({"d": BASE | design, "good": BASE}))
    cases = [{"id": "c", "design": "d", **MEAN, **case}, {"id": "g", "design": "good", **MEAN}]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    out = tmp_path / "out.json"
    files = [str(tmp_path / name) for name in ("cases.json", "designs.json")]
    assert main(["estimate", *files, "--data-dir", str(tmp_path), "-o", str(out)]) == 0
    unsupported = int(code == "unsupported")
    said = f"2 cases, {1 - unsupported} refused, {unsupported} not supported"
    assert said in capsys.readouterr().out
    found = json.loads(out.read_text())
    assert found["c"]["error"] is True
    assert (found["c"]["code"], found["c"]["place"]) == (code, place)
    assert words in found["c"]["message"]
    assert found["g"]["rows"][0]["est"] == 0.5625  # the others are computed: 4.5 of 8


def test_what_nothing_reads_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.csv").write_text(ROWS)
    (tmp_path / "designs.json").write_text(json.dumps({"d": BASE | {"remark": "synthetic"}}))
    (tmp_path / "cases.json").write_text(json.dumps([{"id": "c", "design": "d", **MEAN}]))
    files = [str(tmp_path / name) for name in ("cases.json", "designs.json")]
    out = str(tmp_path / "out.json")
    assert main(["estimate", *files, "--data-dir", str(tmp_path), "-o", out]) == 0
    assert "nothing reads designs/d/remark" in capsys.readouterr().err


def test_two_cases_of_one_id_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "designs.json").write_text("{}")
    (tmp_path / "cases.json").write_text('[{"id": 1}, {"id": "1"}]')
    files = [str(tmp_path / name) for name in ("cases.json", "designs.json")]
    assert main(["estimate", *files, "-o", str(tmp_path / "out.json")]) == 2
    assert "two cases with the id 1" in capsys.readouterr().err


#: What a data file may be instead of a table, the words and the place that are said.
NO_TABLES = (
    (b"", "empty", "designs/d: d.csv"),
    (b"\xff\xfe", "byte 0", "designs/d: d.csv"),
    (b"psu,psu,w\n1,2,3\n", "two columns psu", "designs/d: d.csv, line 1"),
    (b"psu,w\n1,2\n3\n", "1 cells, not 2", "designs/d: d.csv, line 3"),
    (b"psu,w\n1," + b"9" * 200_000 + b"\n", "no CSV", "designs/d: d.csv"),
    (b"psu,stratum,w\n", "at least one row", "designs/d"),
)


@pytest.mark.parametrize(("content", "words", "place"), NO_TABLES, ids=lambda v: str(v)[:16])
def test_a_file_that_is_no_table_is_told_with_its_line(
    tmp_path: Path, content: bytes, words: str, place: str
) -> None:
    (tmp_path / "d.csv").write_bytes(content)
    (tmp_path / "designs.json").write_text(json.dumps({"d": BASE}))
    (tmp_path / "cases.json").write_text(json.dumps([{"id": "c", "design": "d", **MEAN}]))
    files = [str(tmp_path / name) for name in ("cases.json", "designs.json")]
    out = tmp_path / "out.json"
    assert main(["estimate", *files, "--data-dir", str(tmp_path), "-o", str(out)]) == 0
    found = json.loads(out.read_text())["c"]
    assert (found["error"], found["place"]) == (True, place)
    assert words in found["message"]


def test_nan_in_one_case_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(ROWS)
    (tmp_path / "designs.json").write_text(json.dumps({"d": BASE}))
    asked = {"op": "quantile", "vars": ["y"], "probs": [float("nan")]}
    cases = [{"id": "c", "design": "d", **asked}, {"id": "g", "design": "d", **MEAN}]
    (tmp_path / "cases.json").write_text(json.dumps(cases))  # NaN, which is no JSON
    files = [str(tmp_path / name) for name in ("cases.json", "designs.json")]
    out = tmp_path / "out.json"
    assert main(["estimate", *files, "--data-dir", str(tmp_path), "-o", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["c"]["place"] == "cases/c: probs"
    assert found["g"]["rows"][0]["est"] == 0.5625
