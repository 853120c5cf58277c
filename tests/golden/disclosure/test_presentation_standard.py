"""The rule set `nchs` against 50 judged proportions (provenance: README.md)."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.domain.disclosure.presentation_standard import judge_proportion

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "reliability.json").read_text())[
    "cases"
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["id"]))
def test_a_proportion_is_judged_as_the_standard_does(case: dict[str, Any]) -> None:
    expected = case["expected"]
    found = judge_proportion(case["p"], se=math.sqrt(case["var"]), df=case["df"], n=case["n"])
    assert found.n_eff == pytest.approx(expected["n_eff"], rel=1e-8)
    assert found.ci == pytest.approx(expected["ci"], rel=1e-8, abs=1e-12)
    assert (found.publish, list(found.why)) == (expected["publish"], expected["why"])
    assert found.complement_unreliable is expected["complement_unreliable"]
    assert found.review is expected["review"]
