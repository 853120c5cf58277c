"""Releases through the API: who computes, reads and verifies them."""

import asyncio

import httpx
import pytest
from usga_shared.wire.release import ReleaseBundle, ReleaseView

from tests.service.indicators.conftest import (
    BRIEF,
    COORDINATOR,
    PARTNER,
    SERVICE_TOKEN,
    STATISTICIAN,
    STRANGER,
    World,
    as_,
)
from tests.support.indicators import ASSESSMENT


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF


class TestComputing:
    async def test_a_draft_has_estimates_with_their_uncertainty_Q02(self, world: World) -> None:
        release = await world.release()
        (total,) = await world.cells(
            release["id"],
            STATISTICIAN,
            indicator="PER-01",
            stratum="_T",
            sex="_T",
            age="_T",
            subgroup="_T",
        )
        assert total["obs_status"] == "A"
        assert 0 < total["lower_bound"] < total["obs_value"] < total["upper_bound"] < 100
        assert total["standard_error"] > 0
        assert (total["sample_size"], total["df"], total["psus"]) == (600, 20, 24)
        assert total["time_period"] == "2026"
        assert total["unit_measure"] == "percent"
        assert total["missing"]["dk"] > 0

    async def test_needs_the_statistician(self, world: World) -> None:
        body = {"assessment": ASSESSMENT}
        nobody = await world.client.post("/v1/releases", json=body)
        assert nobody.status_code == 401
        for token, status in ((COORDINATOR, 403), (PARTNER, 403), (STRANGER, 404)):
            refused = await world.client.post("/v1/releases", json=body, headers=as_(token))
            assert refused.status_code == status

    async def test_the_same_order_twice_is_one_release(self, world: World) -> None:
        async def order(key: str, title: str = "First") -> httpx.Response:
            return await world.client.post(
                "/v1/releases",
                json={"assessment": ASSESSMENT, "title": title},
                headers=as_(STATISTICIAN) | {"Idempotency-Key": key},
            )

        first, same_time = await asyncio.gather(order("k1"), order("k1"))
        again = await order("k1")
        assert first.json()["id"] == same_time.json()["id"] == again.json()["id"]
        listed = await world.client.get("/v1/releases", headers=as_(STATISTICIAN))
        assert len(listed.json()["items"]) == 1
        other = await order("k1", "Second")
        assert other.status_code == 409
        assert other.json()["type"].endswith("/release-order-key-reused")
        assert (await order("k2")).json()["id"] != first.json()["id"]

    async def test_says_so_when_there_are_no_interviews(self, world: World) -> None:
        world.assessment.feed = []
        answer = await world.client.post(
            "/v1/releases", json={"assessment": ASSESSMENT}, headers=as_(STATISTICIAN)
        )
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/nothing-to-estimate")

    async def test_a_sample_of_one_cluster_is_refused_with_its_reason(self, world: World) -> None:
        for item in world.assessment.feed:
            item |= {"stratum": "s01", "psu": "only"}
        answer = await world.client.post(
            "/v1/releases",
            json={"assessment": ASSESSMENT},
            headers=as_(STATISTICIAN) | {"Accept-Language": "es"},
        )
        assert answer.status_code == 409
        assert answer.json()["code"] == "design-single-psu"
        assert "diseño" in answer.json()["detail"]

    async def test_is_unavailable_while_assessment_is_down(self, world: World) -> None:
        await world.release(to="published")  # the credential is remembered
        world.assessment.is_down = True
        answer = await world.client.post(
            "/v1/releases", json={"assessment": ASSESSMENT}, headers=as_(STATISTICIAN)
        )
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers

    async def test_a_lonely_psu_is_counted_and_flagged(self, world: World) -> None:
        world.assessment.psus_sampled = 1
        for item in world.assessment.feed:
            if item.get("stratum") == "s01":
                item["psu"] = "only"
        release = await world.release()
        cells = await world.cells(release["id"], STATISTICIAN)
        flagged = [c for c in cells if c["reason"] == "lonely-psu"]
        assert release["lonely_psu"] == len(flagged) > 0
        assert {c["obs_status"] for c in flagged} == {"U"}

    async def test_non_probability_samples_get_no_interval_Q03(self, world: World) -> None:
        world.assessment.probability_sample = False
        release = await world.release()
        cells = await world.cells(release["id"], STATISTICIAN)
        shown = [c for c in cells if c["obs_value"] is not None]
        assert shown
        for name in ("standard_error", "lower_bound", "upper_bound", "design_effect", "df"):
            assert all(c[name] is None for c in shown)


class TestReading:
    async def test_drafts_and_frozen_releases_are_invisible_P10(self, world: World) -> None:
        for state in ("draft", "frozen"):
            release = await world.release(to=state) if state == "draft" else await _frozen(world)
            for headers in ({}, as_(PARTNER), as_(STRANGER)):
                for url in (
                    f"/v1/releases/{release['id']}",
                    f"/v1/observations?release={release['id']}",
                    "/v1/observations",
                ):
                    assert (await world.client.get(url, headers=headers)).status_code == 404
                listed = await world.client.get("/v1/releases", headers=headers)
                assert listed.json()["items"] == []
                assert listed.headers["cache-control"] == "private, no-cache"
                assert "Authorization" in listed.headers["vary"]
            seen = await world.client.get(
                f"/v1/releases/{release['id']}", headers=as_(COORDINATOR)
            )
            assert seen.json()["state"] == state

    async def test_published_ones_need_no_login_and_no_assessment_service(
        self, world: World
    ) -> None:
        release = await world.release(to="published")
        world.assessment.is_down = True
        answer = await world.client.get(f"/v1/releases/{release['id']}")
        assert ReleaseView.model_validate_json(answer.content).state == "published"
        assert len(await world.cells(release["id"])) > 30
        newest = await world.client.get("/v1/observations", params={"assessment": ASSESSMENT})
        assert newest.json()["items"][0]["release"] == release["id"]

    async def test_a_wrong_credential_is_never_the_public(self, world: World) -> None:
        await world.release(to="published")
        answer = await world.client.get("/v1/observations", headers=as_("usgap_" + "z" * 43))
        assert answer.status_code == 401

    async def test_lists_go_on_where_they_stopped(self, world: World) -> None:
        made = [(await world.release())["id"] for _ in range(3)]
        first = await world.client.get("/v1/releases?limit=2", headers=as_(STATISTICIAN))
        rest = await world.client.get(
            "/v1/releases",
            params={"limit": 2, "cursor": first.json()["next"]},
            headers=as_(STATISTICIAN),
        )
        followed = await world.client.get(first.links["next"]["url"], headers=as_(STATISTICIAN))
        assert followed.json() == rest.json()
        assert not rest.links
        listed = [r["id"] for r in first.json()["items"] + rest.json()["items"]]
        assert sorted(listed) == sorted(made)
        assert rest.json()["next"] is None


class TestBundle:
    async def test_is_the_same_bytes_every_time_and_complete(self, world: World) -> None:
        release = await world.release(to="published")
        url = f"/internal/v1/releases/{release['id']}/bundle"
        headers = {"X-USGA-Service": SERVICE_TOKEN}
        first = await world.client.get(url, headers=headers)
        again = await world.client.get(url, headers=headers)
        assert first.content == again.content
        bundle = ReleaseBundle.model_validate_json(first.content)
        assert bundle.release.id == release["id"]
        assert len(bundle.observations) == release["observations"]
        assert {o.indicator for o in bundle.observations} == {i.code for i in bundle.indicators}
        assert bundle.context.code == ASSESSMENT

    async def test_is_not_there_without_the_service_credential(self, world: World) -> None:
        release = await world.release(to="published")
        for headers in ({}, as_(STATISTICIAN), {"X-USGA-Service": "x" * 32}):
            answer = await world.client.get(
                f"/internal/v1/releases/{release['id']}/bundle", headers=headers
            )
            assert answer.status_code == 404


async def _frozen(world: World) -> dict[str, str]:
    listed = await world.client.get("/v1/releases", headers=as_(COORDINATOR))
    (draft,) = listed.json()["items"]
    moved = await world.client.post(
        f"/v1/releases/{draft['id']}/transitions", json={"to": "frozen"}, headers=as_(COORDINATOR)
    )
    view: dict[str, str] = moved.json()
    return view
