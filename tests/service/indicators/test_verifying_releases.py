"""Whoever asks, a release is computed anew and compared; what was changed is found."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from usga_indicators.domain.definition import catalogue
from usga_indicators.operations import estimate as operation
from usga_indicators.operations import verify_release
from usga_indicators.operations.estimate import estimate
from usga_indicators.operations.verifier import REMEMBER
from usga_indicators.storage.tables.release import ObservationRow, ReleaseRow

from tests.service.indicators.conftest import (
    PARTNER,
    STATISTICIAN,
    STRANGER,
    TABLET,
    World,
    as_,
)


class TestVerifying:
    async def test_a_release_recomputes_to_itself_Q01(self, world: World) -> None:
        release = await world.release(to="frozen")
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json() == {
            "release": release["id"],
            "basis": "microdata",
            "reproducible": True,
            "same_snapshot": True,
            "same_definitions": True,
            "same_weights": True,
            "same_content": True,
            "same_indices": True,
            "largest_difference": 0.0,
            "recomputed": release["observations"],
            "not_recomputable": {},
        }

    async def test_later_definitions_do_not_matter(self, world: World) -> None:
        release = await world.release()
        world.app.state.catalogue = catalogue()
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["reproducible"] is True

    async def test_a_changed_number_is_found(self, world: World) -> None:
        release = await world.release()
        async with world.app.state.database.write() as session:
            row = await session.get(ObservationRow, (release["id"], 3))
            row.internal = {**row.internal, "se": row.internal["se"] + 1e-6}
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["reproducible"] is False
        assert answer.json()["largest_difference"] > 1e-9

    async def test_in_parts_a_release_recomputes_to_itself(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Large assessments are computed in parts: what is small is, here, to compare them."""
        release = await world.release(to="frozen")
        monkeypatch.setattr(operation, "IN_PARTS", 0)
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        found = answer.json()
        assert found["reproducible"] is True
        assert found["recomputed"] == release["observations"]
        assert found["largest_difference"] < 1e-12

    async def test_many_who_ask_cost_one_computation(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release = await world.release(to="published")
        computed: list[str] = []
        is_computing, others_were_served = threading.Event(), threading.Event()

        def counted(*sources: Any, release: str, **options: Any) -> Any:
            computed.append(release)
            is_computing.set()
            assert others_were_served.wait(20)
            return estimate(*sources, release=release, **options)

        monkeypatch.setattr(verify_release, "estimate", counted)
        path = f"/v1/releases/{release['id']}/verification"
        asked = [
            asyncio.create_task(world.client.get(path, headers=as_(PARTNER))) for _ in range(24)
        ]
        assert await asyncio.to_thread(is_computing.wait, 20)
        await asyncio.sleep(0.2)  # the others wait now, and hold no connection
        public = await world.client.get("/v1/observations", params={"release": release["id"]})
        assert public.status_code == 200
        others_were_served.set()
        answers = await asyncio.gather(*asked)
        assert {answer.json()["reproducible"] for answer in answers} == {True}
        assert computed == [release["id"]]
        world.app.state.clock.advance(REMEMBER + timedelta(seconds=1))
        await world.client.get(path, headers=as_(PARTNER))
        assert len(computed) == 2

    async def test_what_is_remembered_is_not_for_those_who_may_not_see(self, world: World) -> None:
        release = await world.release(to="frozen")
        path = f"/v1/releases/{release['id']}/verification"
        for token, status in ((STATISTICIAN, 200), (STRANGER, 404), (PARTNER, 404)):
            assert (await world.client.get(path, headers=as_(token))).status_code == status
        assert (await world.client.get(path)).status_code == 401

    async def test_a_tablet_may_read_and_not_make_others_compute(self, world: World) -> None:
        release = await world.release(to="published")
        path = f"/v1/releases/{release['id']}"
        assert (await world.client.get(path, headers=as_(TABLET))).status_code == 200
        refused = await world.client.get(f"{path}/verification", headers=as_(TABLET))
        assert refused.status_code == 403

    async def test_another_snapshot_is_found(self, world: World) -> None:
        release = await world.release()
        async with world.app.state.database.write() as session:
            row = await session.get(ReleaseRow, release["id"])
            row.snapshot_sha256 = "0" * 64
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["same_snapshot"] is False
        assert answer.json()["reproducible"] is False
