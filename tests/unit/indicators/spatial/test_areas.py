"""Which areas have a value: one level of the map, hidden ones named, strata for their area."""

from typing import Any

import pytest
from usga_indicators.domain.spatial import Choice, choose, places_of
from usga_shared.wire.release import Observation


def feature(code: str, kind: str, parent: str | None = None) -> dict[str, Any]:
    properties = {"code": code, "kind": kind, "parent": parent, "title": {"en": code}}
    outline = {"type": "Polygon", "coordinates": []}
    return {"type": "Feature", "properties": properties, "geometry": outline}


MAP = places_of(
    {
        "features": [
            feature("city", "city"),
            feature("w1", "ward", "city"),
            feature("w2", "ward", "city"),
            *(feature(f"v{n}", "village", "w1" if n < 4 else "w2") for n in range(1, 7)),
        ]
    }
)


def cell(area: str = "_T", stratum: str = "_T", **changes: Any) -> Observation:
    told = {
        "indicator": "PER-01", "time_period": "2026", "unit_measure": "percent", "release": "r",
        "obs_status": "A", "conf_status": "F", "method_version": "1.0.0", "obs_value": 40.0,
        "ref_area": area, "stratum": stratum,
    }  # fmt: skip
    return Observation.model_validate({**told, **changes})


HIDDEN: dict[str, Any] = {
    "obs_value": None,
    "obs_status": "Q",
    "conf_status": "C",
    "reason": "D-01",
}
MISSING: dict[str, Any] = {"obs_value": None, "obs_status": "M"}


def shown(choice: Choice) -> list[str]:
    return [area.code for area in choice.shown]


def test_each_area_is_shown_hidden_a_limit_missing_or_off_the_map() -> None:
    cells = [
        cell("v1", "s1"), cell("v2", "s2", **HIDDEN), cell("v3", "s3", bound="<"),
        cell("v4", "s4", **MISSING), cell("v5", "s5", obs_status="U"), cell("x", "s9"), cell(),
    ]  # fmt: skip
    found = choose(cells, MAP, {})
    assert shown(found) == ["v1", "v5"]
    assert (found.hidden, found.limits) == (("v2",), ("v3",))
    assert found.missing == ("v4", "v6"), "v6 is on the map and has no cell"
    assert (found.off_map, found.kinds) == (("x",), ("village",))


def test_cells_below_an_area_are_none_of_it() -> None:
    parts = [cell("v1", "s1", sex="F"), cell("v2", age="Y18T24"), cell("v3", subgroup="work:yes")]
    assert shown(choose(parts, MAP, {})) == []


def test_of_areas_within_areas_the_innermost_with_cells_count() -> None:
    wards = [cell("w1"), cell("w2"), cell("city")]
    assert shown(choose(wards, MAP, {})) == ["w1", "w2"]
    both = [*wards, cell("v1", "s1"), cell("v5", "s5")]
    found = choose(both, MAP, {})
    assert shown(found) == ["v1", "v5"]
    assert found.missing == ("v2", "v3", "v4", "v6")
    assert shown(choose(both, MAP, {}, kind="ward")) == ["w1", "w2"]
    assert choose(both, MAP, {}, kind="district").shown == ()


@pytest.mark.parametrize("joined", [True, False])
def test_a_stratum_stands_for_its_area_alone(joined: bool) -> None:
    """Two strata of one ward are not the ward; its own cell is."""
    strata = {"a": "w1", "b": "w1" if joined else "w2"}
    cells = [cell(stratum="a", obs_value=1.0), cell(stratum="b", obs_value=2.0)]
    found = choose(cells, MAP, strata)
    assert shown(found) == ([] if joined else ["w1", "w2"])
    own = choose([*cells, cell("w1", obs_value=3.0)], MAP, strata)
    assert own.shown[0].value == 3.0


def test_a_hidden_area_is_not_replaced_by_its_stratum() -> None:
    cells = [cell("w1", **HIDDEN), cell(stratum="a", obs_value=1.0)]
    assert choose(cells, MAP, {"a": "w1"}).hidden == ("w1",)
