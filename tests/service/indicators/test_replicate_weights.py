"""Replicate weights of a weight set, asked for by method and downloaded."""

import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.service.indicators.conftest import (
    ANALYST,
    STATISTICIAN,
    World,
    as_,
)
from tests.service.indicators.test_weights import FULL, SEX, made, outcomes, upload


class TestReplicates:
    async def test_of_a_raked_set_meet_the_margin_each(self, world: World) -> None:
        world.assessment.outcomes = outcomes(world)
        await upload(world)
        view = await made(world, FULL)
        path = f"/v1/weights/{view['id']}/replicates"
        asked: dict[str, Any] = {"method": "JKn", "format": "parquet"}
        answer = await world.client.get(path, params=asked, headers=as_(ANALYST))
        assert answer.status_code == 200, answer.text
        table = pq.read_table(io.BytesIO(answer.content))
        assert table.num_columns == 2 + 24
        sex = {i["unit"]: i["answers"]["sex"] for i in world.assessment.feed}
        female = np.array([sex[u] == "female" for u in table["unit"].to_pylist()])
        for name in ["weight", *(f"rep_{r}" for r in range(1, 25))]:
            assert table[name].to_numpy()[female].sum() == pytest.approx(SEX["female"], rel=1e-9)
        zeros = [(table[f"rep_{r}"].to_numpy() == 0).sum() for r in range(1, 25)]
        assert min(zeros) > 0
        assert sum(zeros) == 600  # each interview is left out once
        plain = await world.client.get(
            path, params={**asked, "readjust": False}, headers=as_(ANALYST)
        )
        other = pq.read_table(io.BytesIO(plain.content))
        assert other["rep_1"].to_numpy()[female].sum() != pytest.approx(SEX["female"], rel=1e-3)
        assert b'"rscales"' in table.schema.metadata[b"usga"]

    async def test_the_bootstrap_is_seeded(self, world: World) -> None:
        view = await made(world, [])
        path = f"/v1/weights/{view['id']}/replicates"

        async def file(seed: int) -> bytes:
            asked: dict[str, Any] = {"method": "bootstrap", "replicates": 20, "seed": seed}
            answer = await world.client.get(path, params=asked, headers=as_(ANALYST))
            return answer.content

        first = await file(7)
        assert first == await file(7)
        assert first != await file(8)

    async def test_a_method_that_does_not_fit_is_refused(self, world: World) -> None:
        view = await made(world, [])
        for method in ("JK1", "BRR"):
            answer = await world.client.get(
                f"/v1/weights/{view['id']}/replicates",
                params={"method": method},
                headers=as_(STATISTICIAN),
            )
            assert answer.status_code == 409
            assert answer.json()["errors"][0]["pointer"] == "/replicates/method"
