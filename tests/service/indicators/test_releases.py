"""Releases through the API: computed, protected, frozen, published, read."""

import asyncio
import csv
import io

from tests.service.indicators.conftest import (
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    World,
    as_,
)
from tests.support.indicators import ASSESSMENT


class TestComputing:
    async def test_a_draft_has_estimates_with_their_uncertainty(self, world: World) -> None:
        release = await world.release()
        (total,) = await world.cells(
            release["id"], STATISTICIAN, indicator="PER-01", stratum="_T", sex="_T", age="_T"
        )
        assert total["obs_status"] == "A"
        assert 0 < total["lower_bound"] < total["obs_value"] < total["upper_bound"] < 100
        assert total["standard_error"] > 0
        assert (total["sample_size"], total["df"], total["psus"]) == (600, 20, 24)
        assert total["time_period"] == "2026"
        assert total["unit_measure"] == "percent"

    async def test_needs_the_statistician(self, world: World) -> None:
        body = {"assessment": ASSESSMENT}
        nobody = await world.client.post("/v1/releases", json=body)
        assert nobody.status_code == 401
        for token, status in ((COORDINATOR, 403), (PARTNER, 403), (STRANGER, 404)):
            refused = await world.client.post("/v1/releases", json=body, headers=as_(token))
            assert refused.status_code == status
