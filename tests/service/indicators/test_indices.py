"""The composite index of a release, from its published numbers."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

from sqlmodel import select
from usga_indicators.domain.composites import shipped
from usga_indicators.storage.tables.release_index import ReleaseIndexRow

from tests.service.indicators.conftest import STATISTICIAN, Assessment, World, as_, running
from tests.support.indicators import extract_items

USGI = next(i for i in shipped() if i.code == "USGI")
#: Every indicator of the index that the synthetic interviews answer.
CODES = frozenset(c.indicator for c in USGI.components)


async def test_the_index_speaks_of_published_numbers_alone(
    indicators_db_url: str, tmp_path: Path
) -> None:
    assessment = Assessment(feed=extract_items(900))
    async with running(indicators_db_url, tmp_path, assessment, chosen=CODES) as world:
        view = await world.release()
        hidden = await world.client.get("/v1/indices/USGI", params={"release": view["id"]})
        assert hidden.status_code == 404  # a draft is nobody's but the statistician's
        answer = await world.client.get(
            "/v1/indices/USGI", params={"release": view["id"]}, headers=as_(STATISTICIAN)
        )
        whole, *strata = answer.json()["areas"]
        assert whole["area"] == "_T"
        assert [s["area"] for s in strata] == ["s01", "s02", "s03", "s04"]
        assert set(whole["pillars"]) == {p.code for p in USGI.pillars}
        assert whole["pillars"]["governance_capacity"] is None  # no scorecard was filled in
        assert "GOV-06d.g1" in whole["missing"]
        assert whole["pillars"]["perceived_safety"] is not None
        shown = {
            c["indicator"]
            for c in await world.cells(view["id"], STATISTICIAN, stratum="s01", sex="_T")
            if c["obs_value"] is not None and c["bound"] is None
        }
        known = {c.name for c in USGI.components} - set(strata[0]["missing"])
        assert known == {c.name for c in USGI.components if c.item == "_T"} & shown
        again = await world.client.get(
            "/v1/indices/USGI", params={"release": view["id"]}, headers=as_(STATISTICIAN)
        )
        assert again.json() == answer.json()
        listed = await world.client.get("/v1/indices")
        codes = ["BALANCE", "FEAR", "GOVERNANCE", "INFORMALITY", "SAW", "USGI"]
        assert [i["code"] for i in listed.json()["items"]] == codes


async def test_indices_are_stored_with_the_release_and_know_errors_that_go_together(
    indicators_db_url: str, tmp_path: Path
) -> None:
    assessment = Assessment(feed=extract_items(900))
    chosen = frozenset({"PER-12", "SVC-07", "COH-01", "COH-02", "COH-03", "COH-04"})
    async with running(indicators_db_url, tmp_path, assessment, chosen=chosen) as world:
        view = await world.release()

        async def read(code: str) -> dict[str, Any]:
            answer = await world.client.get(
                f"/v1/indices/{code}", params={"release": view["id"]}, headers=as_(STATISTICIAN)
            )
            found: dict[str, Any] = answer.json()
            return found

        informality = await read("INFORMALITY")
        assert informality["interval"] == "psu_bootstrap"
        whole, *strata = informality["areas"]
        (cell,) = [
            c
            for c in await world.cells(view["id"], STATISTICIAN, indicator="SVC-07", stratum="_T")
            if c["ref_area"] == "_T"
        ]
        assert whole["index"] == round(20 * cell["obs_value"], 1)  # of five
        half = (whole["upper_bound"] - whole["lower_bound"]) / 2
        assert abs(half - 1.96 * 20 * cell["standard_error"]) < 0.25 * half
        assert all(area["rank_low"] <= area["rank_high"] for area in strata)
        fear = await read("FEAR")
        assert fear["areas"][0]["index"] is not None  # two of its questions are enough for a mean
        assert fear["reliability"] is None  # and nobody answered all three
        balance = await read("BALANCE")
        assert balance["areas"][0]["sides"]["community"] == {"resilience": ANY, "risk": None}
        again = await world.release()
        assert await verified(world, again["id"]) == (True, True)
        async with world.app.state.database.write() as session:
            row = await session.get(ReleaseIndexRow, (view["id"], "INFORMALITY", "1.1.0"))
            changed = json.loads(json.dumps(row.content))
            changed["strata"][0]["high"] += 0.001
            row.content = changed
        assert await verified(world, view["id"]) == (False, False)
        async with world.app.state.database.write() as session:
            rows = (await session.exec(select(ReleaseIndexRow))).all()
            assert {row.code for row in rows} == {i.code for i in shipped()}
            assert {row.release_id for row in rows} == {view["id"], again["id"]}
            for row in rows:
                await session.delete(row)
        older = await read("INFORMALITY")  # as of a release from before the index was stored
        assert older["interval"] == "standard_errors"
        assert older["areas"][0]["index"] == whole["index"]


async def verified(world: World, release: str) -> tuple[bool, bool]:
    """Whether the indices compute to themselves, and the whole release."""
    answer = await world.client.get(
        f"/v1/releases/{release}/verification", headers=as_(STATISTICIAN)
    )
    found = answer.json()
    return found["same_indices"], found["reproducible"]
