"""A share in other numbers: refused of violence, and of all else hidden when the share is (D-01)."""

from typing import Any

import httpx
import pytest

from tests.service.indicators.conftest import COORDINATOR, STATISTICIAN, World, as_
from tests.service.indicators.test_definitions import LOCAL
from tests.support.indicators import ASSESSMENT

VIOLENCE = "(count-selected(${sv_12m}) > 0 and not(selected(${sv_12m}, 'none')))"
SCORE: dict[str, Any] = {"statistic": "mean", "unit_measure": "score"}
EVERYWHERE = {"disaggregations": ["stratum", "sex", "age"]}


async def post(world: World, path: str, **changes: Any) -> httpx.Response:
    body = {"assessment": ASSESSMENT, "definition": {**LOCAL, **EVERYWHERE, **changes}}
    return await world.client.post(f"/v1/indicators/{path}", json=body, headers=as_(STATISTICIAN))


class TestViolence:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"numerator": f"if({VIOLENCE},101,100)*100000000", **SCORE}, "statistic"),
            ({"numerator": f"if({VIOLENCE},101,100)*1000", **SCORE}, "statistic"),
            (
                {"numerator": f"if({VIOLENCE},101,100)*1000", "statistic": "ratio",
                 "unit_measure": "number", "denominator": "1"},
                "numerator",
            ),
            (
                {"numerator": f"if({VIOLENCE},1,0)", "statistic": "quantile",
                 "unit_measure": "score", "quantile": 0.99},
                "statistic",
            ),
            ({"numerator": f"if({VIOLENCE},0.51,0.5)"}, "numerator"),
            (
                {"numerator": VIOLENCE, "statistic": "ratio", "denominator": "${hh_size}"},
                "denominator",
            ),
            ({"numerator": VIOLENCE, "count_by": "${hh_size}"}, "count_by"),
        ],
    )  # fmt: skip
    async def test_it_is_a_share_of_people_or_a_finding(
        self, world: World, changes: dict[str, Any], field: str
    ) -> None:
        refused = await post(world, "versions", sensitivity=3, **changes)
        assert refused.status_code == 409, refused.text
        found = {(e["pointer"], e["code"]) for e in refused.json()["errors"]}
        assert (f"/definition/{field}", "sensitive-share") in found

    async def test_a_class_below_that_of_the_answers_is_a_finding(self, world: World) -> None:
        checked = await post(world, "checks", sensitivity=1, numerator="${pol_abuse} = 'yes'")
        assert "sensitivity" in {f["field"] for f in checked.json()["findings"]}


async def test_a_mean_of_two_numbers_is_hidden_where_the_share_is(world: World) -> None:
    yes = "${tr_court} = 'lot'"
    words = f"if({yes},101,100)*100000000"
    ratio = {"statistic": "ratio", "unit_measure": "number", "denominator": "1"}
    quantile = {"statistic": "quantile", "unit_measure": "score", "quantile": 0.99}
    for code, changes in (
        ("LOC-01", {"numerator": yes}),
        ("LOC-02", {"numerator": words, **SCORE}),
        ("LOC-03", {"numerator": words, **ratio}),
        ("LOC-04", {"numerator": f"if({yes},1,0)", **quantile}),
    ):
        drafted = await post(world, "versions", code=code, **changes)
        assert drafted.status_code == 201, drafted.text
        where = f"/v1/indicators/versions/{ASSESSMENT}/{code}/1.0.0/publication"
        assert (await world.client.post(where, headers=as_(COORDINATOR))).is_success
    view = await world.release(to="published")
    hidden = {}
    for code in ("LOC-01", "LOC-02", "LOC-03", "LOC-04"):
        cells = await world.cells(view["id"], STATISTICIAN, indicator=code)
        hidden[code] = {
            (c["stratum"], c["sex"], c["age"]) for c in cells if c["obs_value"] is None
        }
        assert cells
    assert hidden["LOC-01"]
    for code in ("LOC-02", "LOC-03", "LOC-04"):
        assert hidden["LOC-01"] <= hidden[code]
