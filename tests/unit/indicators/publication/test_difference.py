"""What differs between two releases, cell by cell."""

from typing import Any

from usga_indicators.domain.publication.difference import Change, differences


def cell(stratum: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {"indicator": "PER-01", "stratum": stratum, "obs_value": value, "release": "r", **more}


def test_cells_come_go_and_change() -> None:
    before = [cell("a", 10.0), cell("b", 20.0), cell("c", 30.0), cell("d", 40.0)]
    after = [
        cell("a", 10.0, release="other", method_version="9"),  # another release, the same number
        cell("b", 25.5, obs_status="A"),
        cell("c", None, obs_status="S"),  # hidden now: nothing to subtract
        cell("e", 50.0),
    ]
    found = {each.place["stratum"]: each for each in differences(before, after)}
    assert list(found) == ["b", "c", "e", "d"]
    assert (found["b"].change, found["b"].moved) == (Change.CHANGED, 5.5)
    assert found["b"].fields == ("obs_status", "obs_value")
    assert (found["c"].change, found["c"].moved) == (Change.CHANGED, None)
    assert (found["e"].change, found["e"].before) == (Change.ADDED, None)
    assert (found["d"].change, found["d"].after) == (Change.REMOVED, None)
    assert found["e"].place["sex"] == "_T"


def test_a_release_does_not_differ_from_itself() -> None:
    cells = [cell("a", 10.0), cell("b", None)]
    assert list(differences(cells, cells)) == []
