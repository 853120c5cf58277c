"""What is hidden shows in nothing that anybody can read; the attack on it is kept."""

import asyncio
import csv
import io
from typing import Any

import pytest
from usga_indicators.storage.releases import Release, Releases
from usga_shared.database.engine import Database

from tests.e2e.indicators.city import City
from tests.e2e.indicators.live import PLACE, by_place, cells_of
from tests.e2e.indicators.releases import First, Later

NUMBERS = (
    "obs_value", "standard_error", "lower_bound", "upper_bound", "design_effect", "df",
    "sample_size", "numerator_size", "psus", "bound",
)  # fmt: skip
RULES = {"D-01", "D-02", "D-03", "D-04", "D-06", "D-07", "D-08"}


def stored(city: City, release: str) -> Release:
    """The release as it lies in the database."""

    async def read() -> Release:
        database = Database(city.scene.stack.databases["indicators"])
        try:
            async with database.read() as session:
                found = await Releases(session).any(release)
        finally:
            await database.close()
        assert found is not None
        return found

    return asyncio.run(read())


@pytest.mark.slow
class TestHidden:
    def test_a_hidden_cell_shows_its_rule_and_none_of_its_numbers(
        self, city: City, first: First
    ) -> None:
        cells = cells_of(city, first.published["id"], None).values()
        hidden = [cell for cell in cells if cell["obs_status"] == "Q"]
        assert len(hidden) == first.published["suppressed"] > 100
        assert len(cells) == first.published["observations"]
        for cell in hidden:
            assert {cell[name] for name in NUMBERS} == {None}
            assert cell["missing"] is None
            assert cell["conf_status"] != "F"
        reasons = {cell["reason"] for cell in hidden}
        assert {"D-01", "D-02", "D-03"} <= reasons <= RULES
        free = {c["conf_status"] for c in cells if c["obs_status"] != "Q"}
        assert free == {"F"}

    def test_json_and_csv_and_the_bundle_of_reports_are_the_same_cells(
        self, city: City, first: First
    ) -> None:
        of = first.published["id"]
        cells = cells_of(city, of, None)
        params = {"release": of, "format": "csv"}
        text = city.api().call("GET", "/v1/observations", params=params).text
        rows = {tuple(r[n] for n in PLACE): r for r in csv.DictReader(io.StringIO(text))}
        assert rows.keys() == cells.keys()
        for place, cell in cells.items():
            for name in {*cell} - {"missing"}:
                assert _same(rows[place][name], cell[name]), (place, name)
        bundle = city.api().http.get(
            f"{city.scene.stack.service_url('indicators')}/internal/v1/releases/{of}/bundle",
            headers={"X-USGA-Service": city.scene.stack.service_token},
        )
        assert by_place(bundle.json()["observations"]) == cells
        assert city.status(None, "GET", f"/internal/v1/releases/{of}/bundle") == 404

    def test_the_attack_is_stored_and_found_nothing_open(self, city: City, first: First) -> None:
        audit = stored(city, first.published["id"]).audit or {}
        assert audit["cells"] > 100
        assert audit["open"] == 0
        assert audit["at_publication"]["open"] == 0
        text = city.api().call("GET", f"/v1/releases/{first.published['id']}").text
        assert "audit" not in text, "intervals tell of people"

    def test_an_indicator_that_is_not_there_is_absent(self, city: City, first: First) -> None:
        params = {"release": first.published["id"], "indicator": "LOC-99"}
        assert city.status(None, "GET", "/v1/observations", params=params) == 404

    def test_what_nobody_answered_is_a_limit_inside_its_interval(
        self, city: City, first: First
    ) -> None:
        """D-05: 0 percent is below a limit, and the interval ends there."""
        cells = cells_of(city, first.published["id"], None).values()
        shares = [c for c in cells if c["unit_measure"] == "percent" and c["upper_bound"]]
        assert len(shares) > 100
        assert all(0 < share["obs_value"] < 100 for share in shares)
        for cell in (c for c in cells if c["bound"]):
            end = "upper_bound" if cell["bound"] == "<" else "lower_bound"
            assert cell["obs_value"] == cell[end]
            assert cell["standard_error"] is None


@pytest.mark.slow
class TestDifferencing:
    def test_the_second_release_was_attacked_together_with_the_first_D03_D04(
        self, city: City, first: First, later: Later
    ) -> None:
        for release, beside in (
            (later.second, {first.published["id"]}),
            (later.corrected, {first.published["id"], later.second["id"]}),
        ):
            audit = stored(city, release["id"]).audit or {}
            assert set(audit["at_publication"]["releases"]) == beside
            assert audit["at_publication"]["open"] == audit["open"] == 0

    def test_hidden_before_and_after_no_difference_shows_it(
        self, city: City, first: First, later: Later
    ) -> None:
        path = f"/v1/releases/{later.second['id']}/diff"
        found = city.api().get(path, against=first.published["id"], limit=1000)["items"]
        hidden = [
            each
            for each in found
            if "Q" in {(each[side] or {}).get("obs_status") for side in ("before", "after")}
        ]
        assert hidden
        assert {each["moved"] for each in hidden} == {None}


def _same(text: str, value: Any) -> bool:
    if value is None:
        return text == ""
    if isinstance(value, float | int):
        return float(text) == value
    return text.removeprefix("'") == str(value)
