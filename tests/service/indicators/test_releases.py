"""Releases through the API: who computes, freezes, publishes and sees them."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from usga_indicators.domain.definition import catalogue
from usga_indicators.operations import verify_release
from usga_indicators.operations.estimate import estimate
from usga_indicators.operations.verifier import REMEMBER
from usga_indicators.storage.tables.release import ObservationRow, ReleaseRow
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import ReleaseBundle, ReleaseView

from tests.service.indicators.conftest import (
    COORDINATOR,
    PARTNER,
    SERVICE_TOKEN,
    STATISTICIAN,
    STRANGER,
    World,
    as_,
)
from tests.support.indicators import ASSESSMENT


class TestComputing:
    async def test_a_draft_has_estimates_with_their_uncertainty_Q02(self, world: World) -> None:
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


class TestMoving:
    async def test_a_release_is_frozen_then_published_and_never_moves_back(
        self, world: World
    ) -> None:
        release = await world.release(to="published", token=STATISTICIAN)
        assert release["state"] == "published"
        assert release["frozen_at"] is not None
        url = f"/v1/releases/{release['id']}/transitions"
        for state, status in (("published", 200), ("frozen", 409), ("draft", 409)):
            again = await world.client.post(url, json={"to": state}, headers=as_(COORDINATOR))
            assert again.status_code == status

    async def test_a_draft_cannot_be_published_unfrozen(self, world: World) -> None:
        release = await world.release()
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions",
            json={"to": "published"},
            headers=as_(COORDINATOR),
        )
        assert answer.status_code == 409
        assert answer.json()["state"] == "draft"

    @pytest.mark.parametrize(("token", "status"), [(PARTNER, 404), (STRANGER, 404)])
    async def test_others_do_not_even_see_it(self, world: World, token: str, status: int) -> None:
        release = await world.release()
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions", json={"to": "frozen"}, headers=as_(token)
        )
        assert answer.status_code == status

    async def test_residents_validate_before_anything_is_published_Q05(self, world: World) -> None:
        release = await world.release(to="frozen")
        url = f"/v1/releases/{release['id']}/transitions"
        for state, status in (("analysing", 409), ("validating", 409), ("published", 200)):
            world.assessment.state = state
            answer = await world.client.post(
                url, json={"to": "published"}, headers=as_(COORDINATOR)
            )
            assert answer.status_code == status
            if status == 409:
                assert answer.json()["assessment_state"] == state
                assert (await world.client.get("/v1/observations")).status_code == 404

    async def test_two_releases_a_few_people_apart_are_not_both_published_D04(
        self, world: World
    ) -> None:
        first = await world.release(to="published")
        same = await world.release(to="published")  # of the same interviews: nothing to subtract
        for gone, status in ((1, 409), (9, 409), (10, 200)):
            while sum("removed" in i["status"] for i in world.assessment.feed[:10]) < gone:
                world.assessment.withdraw(_first_unit(world))
            later = await world.release(to="frozen")
            answer = await world.client.post(
                f"/v1/releases/{later['id']}/transitions",
                json={"to": "published"},
                headers=as_(COORDINATOR),
            )
            assert answer.status_code == status, answer.text
            if status == 409:
                assert answer.json()["type"].endswith("release-too-close")
                assert answer.json()["release"] in {first["id"], same["id"]}  # of one moment
                assert answer.json()["least"] == 10

    async def test_not_even_when_both_are_published_at_once_D04(self, world: World) -> None:
        first = await world.release(to="frozen")
        world.assessment.withdraw(_first_unit(world))
        second = await world.release(to="frozen")
        answers = await asyncio.gather(
            *(
                world.client.post(
                    f"/v1/releases/{release['id']}/transitions",
                    json={"to": "published"},
                    headers=as_(COORDINATOR),
                )
                for release in (first, second)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def test_the_same_move_twice_at_once_is_one_move(self, world: World) -> None:
        release = await world.release(to="frozen")
        first, second = await asyncio.gather(
            *(
                world.client.post(
                    f"/v1/releases/{release['id']}/transitions",
                    json={"to": "published"},
                    headers=as_(COORDINATOR),
                )
                for _ in range(2)
            )
        )
        assert first.json() == second.json()
        read = await world.client.get(f"/v1/releases/{release['id']}")
        assert read.json() == first.json()

    async def test_no_writer_waits_while_assessment_thinks(self, world: World) -> None:
        release = await world.release(to="frozen")
        database = world.app.state.database
        assessment = world.app.state.assessment

        class Thinking:
            async def context(self, code: str) -> AssessmentContext:
                async with asyncio.timeout(5), database.write():
                    pass
                found: AssessmentContext = await assessment.context(code)
                return found

        world.app.state.assessment = Thinking()
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions",
            json={"to": "published"},
            headers=as_(COORDINATOR),
        )
        assert answer.status_code == 200, answer.text

    async def test_observations_changed_behind_its_back_cannot_be_frozen(
        self, world: World
    ) -> None:
        release = await world.release()
        async with world.app.state.database.write() as session:
            row = await session.get(ObservationRow, (release["id"], 0))
            row.published = row.published.replace('"obs_status":"A"', '"obs_status":"U"')
        answer = await world.client.post(
            f"/v1/releases/{release['id']}/transitions",
            json={"to": "frozen"},
            headers=as_(COORDINATOR),
        )
        assert answer.status_code == 409


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
        assert len(await world.cells(release["id"])) > 100
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


class TestVerifying:
    async def test_a_release_recomputes_to_itself_Q01(self, world: World) -> None:
        release = await world.release(to="frozen")
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json() == {
            "release": release["id"],
            "reproducible": True,
            "same_snapshot": True,
            "same_definitions": True,
            "same_content": True,
            "largest_difference": 0.0,
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

    async def test_many_who_ask_cost_one_computation(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release = await world.release(to="published")
        computed: list[str] = []

        def counted(*sources: Any, release: str, **options: Any) -> Any:
            computed.append(release)
            return estimate(*sources, release=release, **options)

        monkeypatch.setattr(verify_release, "estimate", counted)
        path = f"/v1/releases/{release['id']}/verification"
        asked = (world.client.get(path, headers=as_(PARTNER)) for _ in range(12))
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


async def _frozen(world: World) -> dict[str, str]:
    listed = await world.client.get("/v1/releases", headers=as_(COORDINATOR))
    (draft,) = listed.json()["items"]
    moved = await world.client.post(
        f"/v1/releases/{draft['id']}/transitions", json={"to": "frozen"}, headers=as_(COORDINATOR)
    )
    view: dict[str, str] = moved.json()
    return view


def _first_unit(world: World) -> str:
    """The first interview that is still there."""
    return next(str(i["unit"]) for i in world.assessment.feed if i["status"] == "included")
