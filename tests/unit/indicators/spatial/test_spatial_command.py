"""`usga-indicators spatial`: units, permutations, and what it says of what is wrong."""

import json
import math
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from usga_indicators.cli.main import main

ROW = {"0": [1], "1": [0, 2], "2": [1, 3], "3": [2, 4], "4": [3]}
CASE: dict[str, Any] = {
    "id": "a",
    "y": [1.0, 2.0, 4.0, 3.0, 7.0],
    "neighbours": ROW,
    "islands": [],
}
KNN = {"kind": "knn", "k": 2}
XY = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]]


def computed(folder: Path, cases: Any) -> tuple[int, dict[str, Any]]:
    path, output = folder / "cases.json", folder / "out.json"
    path.write_text(cases if isinstance(cases, str) else json.dumps(cases))
    code = main(["spatial", str(path), "-o", str(output)])
    return code, json.loads(output.read_text()) if output.exists() else {}


def rarer(observed: float, drawn: list[Any]) -> float:
    """The share of the rarer side, what is as observed on either."""
    above = np.mean([value >= observed - 1e-9 for value in drawn])
    return float(min(above, np.mean([value <= observed + 1e-9 for value in drawn])))


class TestByHand:
    def test_moran_of_a_row_of_five(self, tmp_path: Path) -> None:
        _, out = computed(tmp_path, [CASE])
        z = np.array(CASE["y"]) - np.mean(CASE["y"])
        lag = [z[1], (z[0] + z[2]) / 2, (z[1] + z[3]) / 2, (z[2] + z[4]) / 2, z[3]]
        assert out["a"]["moran"]["I"] == pytest.approx(float(z @ lag / (z @ z)))
        assert out["a"]["moran"]["EI"] == -0.25

    @pytest.mark.parametrize("unit", [1e-200, 1e-9, 1.0, 1e14])
    def test_units_do_not_matter(self, tmp_path: Path, unit: float) -> None:
        _, out = computed(
            tmp_path, [CASE, {**CASE, "id": "b", "y": [v * unit for v in CASE["y"]]}]
        )
        for key in ("local_moran", "gi_star_z", "gi_z"):
            assert out["b"][key] == pytest.approx(out["a"][key], rel=1e-9)
        for key in ("moran", "geary", "general_G"):
            assert out["b"][key] == pytest.approx(out["a"][key], rel=1e-9)

    def test_where_all_are_neighbours_nothing_stands_out(self, tmp_path: Path) -> None:
        everybody = {str(i): [j for j in range(5) if j != i] for i in range(5)}
        _, out = computed(tmp_path, [{**CASE, "neighbours": everybody}])
        assert out["a"]["gi_star_z"] == [None] * 5
        assert out["a"]["moran"]["z_rand"] is None

    def test_general_g_needs_values_above_zero(self, tmp_path: Path) -> None:
        _, out = computed(tmp_path, [{**CASE, "y": [0.0, 2.0, 4.0, 3.0, 7.0]}])
        assert out["a"]["general_G"] is None


class TestPermutations:
    def test_the_seed_repeats_them(self, tmp_path: Path) -> None:
        asked = [{**CASE, "id": str(s), "permutations": 99, "seed": s % 2} for s in range(4)]
        _, out = computed(tmp_path, asked)
        assert out["0"] == out["2"]
        assert out["0"]["local_p_sim"] != out["1"]["local_p_sim"]

    def test_they_approach_the_share_of_all_orders(self, tmp_path: Path) -> None:
        _, out = computed(tmp_path, [{**CASE, "permutations": 9999, "seed": 7}])
        z = np.array(CASE["y"]) - np.mean(CASE["y"])

        def overall(v: Any) -> float:
            lag = [v[1], (v[0] + v[2]) / 2, (v[1] + v[3]) / 2, (v[2] + v[4]) / 2, v[3]]
            return float(np.dot(v, lag))

        share = rarer(overall(z), [overall(np.array(o)) for o in permutations(z)])
        assert out["a"]["moran_p_sim"] == pytest.approx(share, abs=0.015)
        # the second place has two of the other four as neighbours
        pairs = [sum(o[:2]) for o in permutations(np.delete(z, 1))]
        assert out["a"]["local_p_sim"][1] == pytest.approx(rarer(z[0] + z[2], pairs), abs=0.015)

    def test_where_nothing_can_vary_nothing_is_rare(self, tmp_path: Path) -> None:
        """The middle of a star has all others as neighbours, in whatever order."""
        star = {"0": [1, 2, 3, 4], **{str(i): [0] for i in range(1, 5)}}
        values = [0.1, 0.7, 1.3, 2.9, 3.3]
        case = {**CASE, "y": values, "neighbours": star, "permutations": 99, "seed": 3}
        for unit in (1.0, 1 / 3, 7.7):
            _, out = computed(tmp_path, [{**case, "y": [v * unit for v in values]}])
            assert out["a"]["local_p_sim"][0] == 1.0

    def test_an_island_has_no_pattern(self, tmp_path: Path) -> None:
        alone = {**CASE, "neighbours": {**ROW, "3": [2], "4": []}, "islands": [4]}
        _, out = computed(tmp_path, [{**alone, "permutations": 9, "seed": 1}])
        assert out["a"]["local_p_sim"][4] == 1.0
        assert out["a"]["gi_z"] is None
        assert out["a"]["islands"] == [4]


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"y": None}, "y", "is missing"),
        ({"y": [1, 2, math.nan, 4, 5]}, "y[2]", "is not finite"),
        ({"y": [1, 2, None, 4, 5]}, "y[2]", "must be a number"),
        ({"y": [1, 2, 1e300, 4, 5]}, "y[2]", "is not within"),
        ({"y": [1, 2, 3]}, "y", "has 3 values"),
        ({"y": [2, 2, 2, 2, 2]}, "y", "has no spread"),
        ({"neighbours": {"9": [1]}}, "neighbours.9", "is no place"),
        ({"neighbours": {"-1": [1]}}, "neighbours.-1", "is no place"),
        ({"neighbours": {"0": [5]}}, "neighbours.0[0]", "is not within"),
        ({"neighbours": {"0": [1.5]}}, "neighbours.0[0]", "must be a whole number"),
        ({"neighbours": {"0": [0]}}, "neighbours.0", "names the place itself"),
        ({"neighbours": {"0": [1, 1]}}, "neighbours.0", "names a neighbour twice"),
        ({"neighbours": {"0": [1], "00": [1]}}, "neighbours.00", "is there twice"),
        ({"neighbours": [1]}, "neighbours", "must be an object"),
        ({"neighbours": {}, "islands": None}, "neighbours", "nobody has a neighbour"),
        ({"islands": [1]}, "islands", "are not the places"),
        ({"neighbours": None}, "weights", "is missing"),
        ({"neighbours": None, "weights": {"kind": "queen"}}, "weights.kind", "must be one of"),
        ({"neighbours": None, "weights": KNN}, "xy", "is missing"),
        ({"neighbours": None, "weights": KNN, "xy": XY[1:]}, "xy", "has 4 entries"),
        ({"neighbours": None, "weights": KNN, "xy": [[0], *XY[1:]]}, "xy[0]", "has 1 entries"),
        ({"neighbours": None, "weights": {**KNN, "k": 5}, "xy": XY}, "weights.k", "not within"),
        ({"permutations": 9}, "seed", "is missing"),
        ({"permutations": -9}, "permutations", "is not within"),
    ],
)
def test_what_is_wrong_is_named_and_the_others_are_done(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    place: str,
    words: str,
) -> None:
    code, out = computed(tmp_path, [{**CASE, "id": "bad", **change}, CASE])
    assert code == 1
    assert out["bad"]["place"] == place
    assert words in out["bad"]["message"]
    assert "moran" in out["a"]
    assert f"case bad: {place}: " in capsys.readouterr().err


def test_a_band_that_joins_everything_is_refused_before_it_is_made(tmp_path: Path) -> None:
    places = [[i * 1e-6, 0.0] for i in range(3000)]
    case = {"id": "a", "y": list(range(3000)), "xy": places}
    code, out = computed(tmp_path, [{**case, "weights": {"kind": "band", "threshold": 1.0}}])
    assert (code, out["a"]["place"], out["a"]["code"]) == (1, "weights", "too-many")


@pytest.mark.parametrize("text", ["", "{", '{"cases": 3}', "7"])
def test_a_file_that_is_no_list_of_cases_ends_with_2(tmp_path: Path, text: str) -> None:
    assert computed(tmp_path, text)[0] == 2
