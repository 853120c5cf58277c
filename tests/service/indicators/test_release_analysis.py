"""What a release says of weights, design and variance, and that it recomputes with them."""

from typing import Any

import httpx
import pytest
from usga_indicators.storage.observations import Observations

from tests.service.indicators.conftest import BRIEF, STATISTICIAN, World, as_
from tests.service.indicators.test_weights import made, outcomes, upload
from tests.support.indicators import ASSESSMENT

RAKED = [{"kind": "nonresponse", "by": ["stratum"]}, {"kind": "rake", "margins": ["sex"]}]


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF | {"GOV-01", "SVC-01", "VIC-09", "VIC-12"}


async def order(world: World, **body: Any) -> httpx.Response:
    return await world.client.post(
        "/v1/releases", json={"assessment": ASSESSMENT, **body}, headers=as_(STATISTICIAN)
    )


async def release(world: World, **body: Any) -> dict[str, Any]:
    answer = await order(world, **body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def design(world: World, **rules: Any) -> None:
    answer = await world.client.put(
        "/v1/weights/design",
        params={"assessment": ASSESSMENT},
        json=rules,
        headers=as_(STATISTICIAN),
    )
    assert answer.status_code == 200, answer.text


async def verified(world: World, of: str) -> dict[str, Any]:
    answer = await world.client.get(f"/v1/releases/{of}/verification", headers=as_(STATISTICIAN))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def numbers(world: World, of: str) -> dict[tuple[str, ...], dict[str, Any]]:
    async with world.app.state.database.read() as session:
        cells = await Observations(session).whole(of)
    return {
        (c.indicator, c.ref_area, c.stratum, c.sex, c.age, c.item, c.subgroup): c.internal
        for c in cells
    }


TOTAL = ("PER-01", "_T", "_T", "_T", "_T", "_T", "_T")


async def test_a_raked_release_recomputes_and_again_after_a_withdrawal(world: World) -> None:
    world.assessment.outcomes = outcomes(world)
    await upload(world)
    weight_set = await made(world, RAKED)
    base = await release(world)
    raked = await release(world, weight_set=weight_set["id"])
    replicated = await release(
        world, weight_set=weight_set["id"], variance={"method": "JKn", "mse": True}
    )
    assert base["analysis"]["weight_set"] is None
    assert raked["analysis"]["weight_set_sha256"] == weight_set["sha256"]
    assert replicated["analysis"]["variance"]["method"] == "JKn"
    plain, new, jackknifed = [
        (await numbers(world, r["id"]))[TOTAL] for r in (base, raked, replicated)
    ]
    assert new["value"] != pytest.approx(plain["value"], rel=1e-6)
    assert jackknifed["value"] == new["value"]
    assert jackknifed["se"] == pytest.approx(new["se"], rel=0.15)
    assert jackknifed["se"] != new["se"]
    for each in (base, raked, replicated):
        found = await verified(world, each["id"])
        assert (found["basis"], found["reproducible"]) == ("microdata", True)
        assert found["largest_difference"] <= 1e-9
    world.assessment.withdraw(world.assessment.feed[0]["unit"])
    await release(world)
    for each in (base, raked, replicated):
        found = await verified(world, each["id"])
        assert (found["basis"], found["same_snapshot"]) == ("statistics", False)
        assert found["reproducible"] is True
        assert found["largest_difference"] <= 1e-9
        assert found["recomputed"] > 0.7 * each["observations"]
        assert set(found["not_recomputable"].values()) == {"withdrawal"}
        assert "PER-01" not in found["not_recomputable"]


async def test_the_population_of_psus_shrinks_errors_by_its_fraction(world: World) -> None:
    """With N PSUs in every stratum and n drawn, V falls by 1 - n/N: 6 of 24 gives sqrt(0.75)."""
    world.assessment.psus_population = 24
    before = await numbers(world, (await release(world))["id"])
    await design(world, fpc="first_stage")
    first = await release(world)
    assert first["analysis"]["design"]["fpc"] == "first_stage"
    after = await numbers(world, first["id"])
    for key, own in after.items():
        if key[0] == "PER-01" and own["se"]:
            assert own["se"] == pytest.approx(before[key]["se"] * 0.75**0.5, rel=1e-9)
            assert own["value"] == before[key]["value"]
    await design(world, fpc="two_stage")
    second = await release(world)
    two = await numbers(world, second["id"])
    assert after[TOTAL]["se"] < two[TOTAL]["se"]
    assert (await verified(world, second["id"]))["reproducible"] is True
    world.assessment.psus_population = 5
    refused = await order(world)
    assert refused.status_code == 409
    assert refused.json()["code"] == "design-invalid-fpc"
    assert "stratum s01 has 5 PSUs" in refused.json()["reason"]


async def test_a_lonely_psu_under_fail_names_its_stratum(world: World) -> None:
    world.assessment.psus_sampled = 1
    for item in world.assessment.feed:
        if item["stratum"] == "s03":
            item["psu"] = "only"
    await design(world, lonely_psu="fail")
    refused = await order(world)
    assert refused.status_code == 409
    assert refused.json()["code"] == "design-lonely-psu"
    assert "s03" in refused.json()["reason"]
    await design(world, lonely_psu="certainty")
    certain = await numbers(world, (await release(world))["id"])
    await design(world, lonely_psu="adjust")
    adjusted = await numbers(world, (await release(world))["id"])
    assert certain[TOTAL]["se"] < adjusted[TOTAL]["se"]


async def test_psus_that_are_not_nested_lie_in_one_stratum(world: World) -> None:
    world.assessment.feed[0]["psu"] = world.assessment.feed[1]["psu"]
    assert (await order(world)).status_code == 201  # nested: two PSUs of one name
    await design(world, nested=False)
    refused = await order(world)
    assert refused.json()["code"] == "design-cluster-crosses-strata"


async def test_an_order_that_cannot_be_is_refused(world: World) -> None:
    unknown = await order(world, weight_set="0192f0a1-0000-7000-8000-000000000000")
    assert unknown.json()["type"].endswith("/unknown-weight-set")
    pairs = await order(world, variance={"method": "BRR"})
    assert pairs.json()["type"].endswith("/weights-refused")
    assert "s01 has 6" in pairs.json()["errors"][0]["message"]
    draft = await release(world)
    wrong = await order(world, corrects=draft["id"], note="The draft was no good at all.")
    assert wrong.json()["type"].endswith("/not-correctable")
    assert (await order(world, corrects=draft["id"])).status_code == 422
