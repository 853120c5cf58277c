"""The composite index of a release, from its published numbers."""

from pathlib import Path

from usga_indicators.domain.composites import shipped

from tests.service.indicators.conftest import STATISTICIAN, Assessment, as_, running
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
