"""Every reference case, number by number, against R's survey package (provenance: README.md)."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli import main
from usga_indicators.cli.cases.designs import Designs
from usga_indicators.cli.cases.runner import run_case

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = json.loads((HERE / "cases.json").read_text())["cases"]
MORE: list[dict[str, Any]] = json.loads((HERE / "more_cases.json").read_text())["cases"]
OTHER: list[dict[str, Any]] = json.loads((HERE / "other_cases.json").read_text())["cases"]
ABSOLUTE = 1e-9
#: R profiles the likelihood by interpolation.
LIKELIHOOD = 5e-3
WORDS = {"r_message", "method", "statistic", "names"}


@pytest.fixture(scope="module")
def designs() -> Designs:
    specifications = json.loads((HERE / "designs.json").read_text())
    for name in ("more", "other"):
        specifications |= json.loads((HERE / f"{name}_designs.json").read_text())
    return Designs(specifications, HERE / "data")


def differences(expected: Any, got: Any, rtol: float, path: str = "") -> Iterator[str]:
    """Paths at which a result is not what was expected; null is met by null or by absence."""
    match expected:
        case dict():
            limit = LIKELIHOOD if expected.get("method") == "likelihood" else rtol
            for key in expected.keys() - WORDS:
                found = got.get(key) if isinstance(got, dict) else None
                yield from differences(expected[key], found, limit, f"{path}/{key}")
        case list():
            items = got if isinstance(got, list) else [None] * len(expected)
            if len(items) != len(expected):
                yield f"{path}: {len(items)} items"
            for i, (a, b) in enumerate(zip(expected, items, strict=False)):
                yield from differences(a, b, rtol, f"{path}/{i}")
        case bool() | str():
            if str(expected) != str(got):
                yield f"{path}: {got!r} is not {expected!r}"
        case None:
            if got is not None:
                yield f"{path}: {got!r} should be undefined"
        case _:
            close = isinstance(got, int | float) and math.isclose(
                expected, got, rel_tol=rtol, abs_tol=ABSOLUTE
            )
            if not close:
                yield f"{path}: {got!r} is not {expected!r}"


@pytest.mark.parametrize("case", [*CASES, *MORE, *OTHER], ids=lambda case: str(case["id"]))
def test_a_case_gives_the_numbers_of_the_reference(case: dict[str, Any], designs: Designs) -> None:
    assert list(differences(case["expected"], run_case(case, designs), case["rtol"])) == []


def test_the_comparison_sees_a_wrong_digit() -> None:
    assert list(differences({"a": [1.0, None]}, {"a": [1.0 + 1e-7, None]}, 1e-8))
    assert list(differences({"a": None}, {"a": 1.0}, 1e-8))
    assert list(differences({"a": 1.0}, {}, 1e-8))


class TestCommand:
    def run(self, tmp_path: Path, cases: Any) -> dict[str, Any]:
        (tmp_path / "cases.json").write_text(json.dumps(cases))
        arguments = ["estimate", str(tmp_path / "cases.json"), str(HERE / "designs.json")]
        out = tmp_path / "out.json"
        assert main([*arguments, "--data-dir", str(HERE / "data"), "-o", str(out)]) == 0
        results: dict[str, Any] = json.loads(out.read_text())
        return results

    def test_it_writes_one_result_per_case(self, tmp_path: Path) -> None:
        chosen = [c for c in CASES if c["design"] == "clus1_fpc"]
        results = self.run(tmp_path, {"cases": chosen})
        assert results.keys() == {c["id"] for c in chosen}
        for case in chosen:
            assert not list(differences(case["expected"], results[case["id"]], case["rtol"]))

    @pytest.mark.parametrize(
        ("case", "outcome"),
        [
            ({"design": "srs", "op": "forecast"}, "unsupported"),
            ({"design": "rep_jk1", "op": "quantile", "vars": ["api00"], "probs": [0.5],
              "interval": "score"}, "unsupported"),
            ({"design": "nowhere", "op": "degf"}, "error"),
            ({"design": "srs", "op": "mean", "vars": ["no_such_column"]}, "error"),
            ({"design": "srs", "op": "mean"}, "error"),
            ({"design": "srs", "op": "ratio", "num": "stype", "den": "enroll"}, "error"),
            ({"design": "srs", "op": "degf", "domain": [["stype", "~", "E"]]}, "error"),
            ({"design": "srs", "op": "degf", "domain": [["stype", "==", "X"]]}, "empty"),
            ({"design": "lonely_fail", "op": "mean", "vars": ["rooms"]}, "error"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_computed_says_so_and_stops_nothing(
        self, tmp_path: Path, case: dict[str, Any], outcome: str
    ) -> None:
        good = next(c for c in CASES if c["id"] == "degf-001")
        results = self.run(tmp_path, [case | {"id": "odd"}, good])
        assert results["odd"][outcome] is True
        assert outcome == "empty" or results["odd"]["message"]
        assert results["degf-001"] == good["expected"]

    def test_unreadable_files_are_exit_code_2(self, tmp_path: Path) -> None:
        (tmp_path / "broken.json").write_text("{")
        broken, designs = str(tmp_path / "broken.json"), str(HERE / "designs.json")
        assert main(["estimate", broken, designs, "-o", str(tmp_path / "out.json")]) == 2
        assert not (tmp_path / "out.json").exists()
