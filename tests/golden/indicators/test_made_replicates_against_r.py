"""`as_replicate` of every type, adjusted anew, against R 4.2.2 `survey` 4.1.1.

`replication/reference.R` made `expected.json` (`as.svrepdesign`, then `postStratify`, `rake`,
`calibrate`) of `pairs.csv`, a generated sample that describes nothing: five strata of two PSUs and one
of four. Bootstrap weights are random: R was given ours (`pairs_boot*.csv`).
"""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from usga_indicators.cli.cases.designs import Designs
from usga_indicators.cli.cases.runner import run_case
from usga_indicators.domain.design.hadamard import hadamard_for
from usga_indicators.domain.design.replicates import ReplicateDesign

HERE = Path(__file__).parent / "replication"
SPECIFICATIONS: dict[str, Any] = json.loads((HERE / "designs.json").read_text())
EXPECTED: dict[str, Any] = json.loads((HERE / "expected.json").read_text())
CASES: dict[str, dict[str, Any]] = {
    "mean": {"op": "mean", "vars": ["y"]},
    "total": {"op": "total", "vars": ["y"]},
    "ratio": {"op": "ratio", "num": "y", "den": "x"},
    "share": {"op": "mean", "vars": ["bin"]},
    "women": {"op": "mean", "vars": ["y"], "domain": [["sex", "==", "female"]]},
}
BOOTSTRAPS = {"boot": "pairs_boot.csv", "boot_fpc_mse": "pairs_boot_fpc.csv"}
#: R rakes to 1e-13 of the margins, and what both stop at differs beyond this.
RAKED, CLOSED = 1e-7, 1e-9


def run(design: Any, case: dict[str, Any], data: Path = HERE) -> dict[str, Any]:
    designs = Designs({"d": design}, data)
    found: dict[str, Any] = run_case({"id": "c", "design": "d", **case}, designs)
    return found


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_made_replicates_give_the_numbers_of_r(name: str) -> None:
    rtol = RAKED if "rake" in name else CLOSED
    for case, wanted in EXPECTED["numbers"][name].items():
        if case == "df":
            assert run(SPECIFICATIONS[name], {"op": "degf"})["df"] == wanted
            continue
        found = run(SPECIFICATIONS[name], CASES[case])
        row = found["rows"][0] if "rows" in found else found
        for number in ("est", "se"):
            assert math.isclose(row[number], wanted[number], rel_tol=rtol), (case, number)


@pytest.mark.parametrize("strata", EXPECTED["matrices"])
def test_half_samples_are_by_the_matrix_that_r_takes(strata: str) -> None:
    rows = EXPECTED["matrices"][strata]
    wanted = np.array([[int(each) for each in row] for row in rows]) * 2 - 1
    np.testing.assert_array_equal(hadamard_for(int(strata)), wanted)


def test_every_matrix_is_balanced() -> None:
    for strata in range(1, 130):
        matrix = hadamard_for(strata)
        assert len(matrix) > strata
        np.testing.assert_array_equal(matrix @ matrix.T, len(matrix) * np.eye(len(matrix)))


@pytest.mark.parametrize(("name", "file"), BOOTSTRAPS.items())
def test_r_was_given_the_bootstrap_weights_that_a_seed_gives(name: str, file: str) -> None:
    _, design = Designs(SPECIFICATIONS, HERE).get(name)
    assert isinstance(design, ReplicateDesign)
    with (HERE / file).open() as given:
        rows = [[float(each) for each in row] for row in list(csv.reader(given))[1:]]
    np.testing.assert_allclose(design.replicates, rows, rtol=1e-12)


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "lonely": ("p01", {}, "BRR needs two units in each stratum; a has one"),
    "odd": ("p05", {}, "BRR splits large strata into pairs; c has 3 units, an odd number"),
    "no_strata": ("", {"strata": None}, "BRR is for samples with strata; use JK1 or bootstrap"),
    "jk1_strata": ("", {"as_replicate": {"type": "JK1"}}, "JK1 is for designs without strata"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_where_r_refuses_it_is_refused_with_the_stratum(name: str, tmp_path: Path) -> None:
    without, changes, words = REFUSED[name]
    assert EXPECTED["refused"][name], "R gave a message"
    lines = (HERE / "pairs.csv").read_text().splitlines()
    kept = [line for line in lines if not without or f",{without}," not in line]
    (tmp_path / "pairs.csv").write_text("\n".join(kept) + "\n")
    found = run({**SPECIFICATIONS["brr"], **changes}, CASES["mean"], tmp_path)
    assert found["error"] is True
    assert words in found["message"]
    assert "unsupported" not in found


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"type": "JK2"}, "replicate weights of type JK2 are not made"),
        ({"type": "Fay"}, "Fay's method needs rho"),
        ({"type": "Fay", "rho": 1.0}, "rho lies from 0 to below 1"),
        ({"type": "JKn", "rho": 0.3}, "rho is for Fay, not for JKn"),
        ({"type": "BRR", "seed": 3}, "seed is for bootstrap, not for BRR"),
        ({"type": "bootstrap", "replicates": 1}, "at least 2 replicates"),
        ({"type": "bootstrap", "replicates": 40.5}, "replicates is a whole number"),
    ],
)
def test_what_no_method_takes_is_refused(made: dict[str, Any], words: str) -> None:
    found = run({**SPECIFICATIONS["jkn"], "as_replicate": made}, CASES["mean"])
    assert found["error"] is True
    assert words in found["message"]
    assert found["place"].endswith("as_replicate")


def test_given_replicates_are_not_replicated_again() -> None:
    given = {
        "data": "pairs.csv", "kind": "replicate", "repweights_file": "pairs_boot.csv",
        "type": "bootstrap", "combined_weights": True, "as_replicate": {"type": "JKn"},
    }  # fmt: skip
    found = run(given, CASES["mean"])
    assert "the design has replicate weights already" in found["message"]
