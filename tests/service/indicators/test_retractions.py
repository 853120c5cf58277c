"""A published release is taken back: its numbers end everywhere, its name and the reason stay."""

from pathlib import Path
from typing import Any

import pytest
from usga_indicators.storage.releases import Releases

from tests.service.indicators.conftest import (
    ANALYST,
    BRIEF,
    COORDINATOR,
    PARTNER,
    SERVICE_TOKEN,
    STATISTICIAN,
    STRANGER,
    SUPERVISOR,
    TABLET,
    World,
    as_,
    running,
)
from tests.support.indicators import ASSESSMENT, extract_items

TEXT = {"en": "Two strata were exchanged.", "sw": "Matabaka mawili yalibadilishana."}
WHY: dict[str, Any] = {"reason": "wrong_method", "text": TEXT}
NOTE = "Weights were exchanged between two strata."


@pytest.fixture
def chosen() -> frozenset[str]:
    return BRIEF


async def retract(
    world: World, release: str, token: str = COORDINATOR, **more: Any
) -> tuple[int, dict[str, Any]]:
    url = f"/v1/releases/{release}/retraction"
    answer = await world.client.post(url, json={**WHY, **more}, headers=as_(token))
    return answer.status_code, answer.json()


async def correct(world: World, release: str, *, to: str = "published") -> dict[str, Any]:
    """A correction of a release, as far as `to`."""
    order = {"assessment": ASSESSMENT, "corrects": release, "note": NOTE}
    made = await world.client.post("/v1/releases", json=order, headers=as_(STATISTICIAN))
    assert made.status_code == 201, made.text
    view: dict[str, Any] = made.json()
    for state in ("frozen", "published"):
        if view["state"] != to:
            url = f"/v1/releases/{view['id']}/transitions"
            answer = await world.client.post(url, json={"to": state}, headers=as_(COORDINATOR))
            assert answer.status_code == 200, answer.text
            view = answer.json()
    return view


def reads(release: str, other: str) -> list[str]:
    """Every address under which a reader meets numbers of a release."""
    return [
        f"/v1/observations?release={release}",
        f"/v1/observations?release={release}&format=csv",
        f"/v1/observations?release={release}&indicator=PER-01",
        f"/v1/indices/USGI?release={release}",
        f"/v1/releases/{release}/indicators",
        f"/v1/releases/{release}/diff?against={other}",
        f"/v1/releases/{other}/diff?against={release}",
    ]


class TestReaders:
    async def test_every_read_is_410_at_once_and_says_why_and_what_instead(
        self, world: World
    ) -> None:
        good, bad = [await world.release(to="published") for _ in range(2)]
        paths = reads(bad["id"], good["id"])
        for path in paths:  # each is rendered and kept once
            assert (await world.client.get(path)).status_code == 200, path
        status, view = await retract(world, bad["id"], instead=good["id"])
        assert (status, view["state"], view["use_instead"]) == (200, "retracted", good["id"])
        for token in ("", PARTNER, ANALYST, STATISTICIAN, COORDINATOR):
            for path in paths:
                answer = await world.client.get(path, headers=as_(token) if token else {})
                assert answer.status_code == 410, path
                problem = answer.json()
                assert problem["type"].endswith("/release-retracted")
                assert problem["release"] == bad["id"]
                assert problem["since"] == "2026-07-01T08:00:00Z"
                assert (problem["reason"], problem["because"]) == ("wrong_method", TEXT["en"])
                assert problem["use_instead"] == good["id"]
                assert good["id"] in problem["detail"]
                assert answer.headers["Cache-Control"] == "no-store"
        for path in reads(good["id"], bad["id"])[:5]:
            assert (await world.client.get(path)).status_code == 200, path

    async def test_no_304_outlives_it(self, world: World) -> None:
        bad = await world.release(to="published")
        path = reads(bad["id"], "")[0]
        tag = (await world.client.get(path)).headers["ETag"]
        held = {"If-None-Match": tag}
        assert (await world.client.get(path, headers=held)).status_code == 304
        await retract(world, bad["id"])
        for asked in (tag, "*"):
            answer = await world.client.get(path, headers={"If-None-Match": asked})
            assert answer.status_code == 410

    async def test_another_instance_gives_nothing_of_what_it_keeps(
        self, world: World, indicators_db_url: str, tmp_path: Path
    ) -> None:
        bad = await world.release(to="published")
        path = reads(bad["id"], "")[0]
        async with running(indicators_db_url, tmp_path, world.assessment) as other:
            tag = (await other.client.get(path)).headers["ETag"]
            held = {"If-None-Match": tag}
            assert (await other.client.get(path, headers=held)).status_code == 304
            await retract(world, bad["id"])
            for headers in ({}, held):
                assert (await other.client.get(path, headers=headers)).status_code == 410

    async def test_the_words_come_in_the_readers_language(self, world: World) -> None:
        bad = await world.release(to="published")
        await retract(world, bad["id"])
        path = reads(bad["id"], "")[0]
        said = [
            (await world.client.get(path, headers={"Accept-Language": language})).json()
            for language in ("sw", "es")
        ]
        assert [each["because"] for each in said] == [TEXT["sw"], TEXT["en"]]
        assert TEXT["sw"] in said[0]["detail"]
        assert said[0]["use_instead"] is None
        assert "retirada" in said[1]["title"]

    async def test_the_newest_is_the_one_before_and_then_none(self, world: World) -> None:
        first, second = [await world.release(to="published") for _ in range(2)]
        path = f"/v1/observations?assessment={ASSESSMENT}&limit=1"
        for gone, newest in ((second, first), (first, None)):
            await retract(world, gone["id"])
            answer = await world.client.get(path)
            if newest is None:
                assert answer.status_code == 404
            else:
                assert answer.json()["items"][0]["release"] == newest["id"]

    async def test_the_list_and_the_release_keep_an_honest_tombstone(self, world: World) -> None:
        bad = await world.release(to="published")
        await retract(world, bad["id"])
        retraction = {"at": "2026-07-01T08:00:00Z", "instead": None, **WHY}
        for token in ("", PARTNER, STRANGER):
            headers = as_(token) if token else {}
            listed = (await world.client.get("/v1/releases", headers=headers)).json()["items"]
            assert [(r["id"], r["state"]) for r in listed] == [(bad["id"], "retracted")]
            one = (await world.client.get(f"/v1/releases/{bad['id']}", headers=headers)).json()
            assert listed[0]["retraction"] == one["retraction"] == retraction
            assert one["content_sha256"] == bad["content_sha256"]
        for state, ids in (("retracted", [bad["id"]]), ("published", [])):
            found = (await world.client.get("/v1/releases", params={"state": state})).json()
            assert [r["id"] for r in found["items"]] == ids

    async def test_shares_end_with_it(self, world: World) -> None:
        frozen = await world.release(to="frozen")
        url = f"/v1/releases/{frozen['id']}/shares"
        share = f"{url}/{PARTNER[6:9]}"
        assert (await world.client.put(share, headers=as_(COORDINATOR))).status_code == 200
        moved = await world.client.post(
            f"/v1/releases/{frozen['id']}/transitions",
            json={"to": "published"},
            headers=as_(COORDINATOR),
        )
        assert moved.status_code == 200
        await retract(world, frozen["id"])
        for method, path in (("GET", url), ("PUT", share), ("DELETE", share)):
            answer = await world.client.request(method, path, headers=as_(COORDINATOR))
            assert answer.status_code == 410, method
        answer = await world.client.get(reads(frozen["id"], "")[0], headers=as_(PARTNER))
        assert answer.status_code == 410

    async def test_reports_get_no_bundle_and_hear_what_to_use(self, world: World) -> None:
        good, bad = [await world.release(to="published") for _ in range(2)]
        await retract(world, bad["id"], instead=good["id"])
        base = f"/internal/v1/releases/{bad['id']}"
        service = {"X-USGA-Service": SERVICE_TOKEN}
        assert (await world.client.get(f"{base}/bundle", headers=service)).status_code == 410
        standing = (await world.client.get(base, headers=service)).json()
        assert (standing["state"], standing["use_instead"]) == ("retracted", good["id"])


class TestRetracting:
    async def test_who_does_not_publish_does_not_take_back(self, world: World) -> None:
        release = await world.release(to="published")
        for token in (SUPERVISOR, ANALYST, PARTNER, STRANGER, TABLET):
            assert (await retract(world, release["id"], token))[0] == 403
        answer = await world.client.post(f"/v1/releases/{release['id']}/retraction", json=WHY)
        assert answer.status_code == 401
        assert len(await world.cells(release["id"])) > 30

    async def test_only_what_is_published_is_taken_back(self, world: World) -> None:
        for state in ("draft", "frozen"):
            release = await world.release(to=state)
            status, problem = await retract(world, release["id"])
            assert (status, problem["state"]) == (409, state)
            assert (await retract(world, release["id"], STRANGER))[0] == 404
        assert (await retract(world, "nowhere"))[0] == 404

    async def test_it_is_irreversible_and_saying_it_again_changes_nothing(
        self, world: World
    ) -> None:
        release = await world.release(to="published")
        first = await retract(world, release["id"], STATISTICIAN)
        assert await retract(world, release["id"]) == first
        status, problem = await retract(world, release["id"], reason="other")
        assert (status, problem["state"]) == (409, "retracted")
        for state in ("draft", "frozen", "published"):
            url = f"/v1/releases/{release['id']}/transitions"
            answer = await world.client.post(url, json={"to": state}, headers=as_(COORDINATOR))
            assert (answer.status_code, answer.json()["state"]) == (409, "retracted")

    async def test_a_reason_is_stated_in_english_at_least(self, world: World) -> None:
        release = await world.release(to="published")
        url = f"/v1/releases/{release['id']}/retraction"
        for body in (
            {"reason": "because", "text": TEXT},
            {"reason": "other", "text": {"sw": TEXT["sw"]}},
            {"reason": "other", "text": {"en": ""}},
            {"reason": "other"},
        ):
            answer = await world.client.post(url, json=body, headers=as_(COORDINATOR))
            assert answer.status_code == 422
        assert len(await world.cells(release["id"])) > 30

    async def test_what_is_named_instead_is_another_published_one(self, world: World) -> None:
        release, frozen = await world.release(to="published"), await world.release(to="frozen")
        for named in (release["id"], frozen["id"], "nothing"):
            status, problem = await retract(world, release["id"], instead=named)
            assert (status, problem["release"]) == (409, named)
            assert problem["type"].endswith("/not-a-replacement")
        assert len(await world.cells(release["id"])) > 30

    async def test_who_took_it_back_is_kept_and_logged(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        release = await world.release(to="published")
        await retract(world, release["id"])
        await retract(world, release["id"])
        (line,) = [r for r in caplog.records if r.message == "release_retracted"]
        told = vars(line)
        assert (told["release"], told["reason"]) == (release["id"], "wrong_method")
        assert told["actor"] == f"person:{COORDINATOR[6:9]}"
        assert TEXT["en"] not in str(told)


class TestAfterwards:
    async def test_what_was_read_stays_known_D04(self, world: World) -> None:
        """Three people later anybody who kept the numbers could subtract."""
        first = await world.release(to="published")
        await retract(world, first["id"])
        world.assessment.push(extract_items(603)[600:])
        second = await world.release(to="frozen")
        url = f"/v1/releases/{second['id']}/transitions"
        answer = await world.client.post(url, json={"to": "published"}, headers=as_(COORDINATOR))
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/release-too-close")
        assert answer.json()["release"] == first["id"]

    async def test_a_new_one_of_the_same_data_is_attacked_beside_it_D03(
        self, world: World
    ) -> None:
        first = await world.release(to="published")
        await retract(world, first["id"])
        second = await world.release(to="published")
        async with world.app.state.database.read() as session:
            stored = await Releases(session).any(second["id"])
        assert stored is not None
        assert stored.audit is not None
        assert stored.audit["beside"]["releases"] == [first["id"]]
        assert stored.audit["at_publication"]["releases"] == [first["id"]]
        url = f"/v1/releases/{second['id']}/verification"
        again = (await world.client.get(url, headers=as_(STATISTICIAN))).json()
        assert again["reproducible"], again

    async def test_its_frozen_data_stay_and_it_recomputes_for_ever(self, world: World) -> None:
        release = await world.release(to="published")
        await retract(world, release["id"])
        world.assessment.push(extract_items(640)[600:])
        await world.release()
        url = f"/v1/releases/{release['id']}/verification"
        found = (await world.client.get(url, headers=as_(STATISTICIAN))).json()
        assert (found["basis"], found["reproducible"]) == ("microdata", True)
        assert not {"observations", "items"} & found.keys()

    async def test_a_correction_published_later_is_what_to_use(self, world: World) -> None:
        old, bad = [await world.release(to="published") for _ in range(2)]
        await retract(world, bad["id"], instead=old["id"])
        right = await correct(world, bad["id"])
        problem = (await world.client.get(reads(bad["id"], "")[0])).json()
        assert problem["use_instead"] == right["id"]
        one = (await world.client.get(f"/v1/releases/{bad['id']}")).json()
        assert (one["corrected_by"], one["retraction"]["instead"]) == ([right["id"]], old["id"])
        await retract(world, right["id"], reason="disclosure")
        problem = (await world.client.get(reads(bad["id"], "")[0])).json()
        assert problem["use_instead"] == old["id"]

    async def test_what_stood_for_it_is_followed_until_nothing_stands(self, world: World) -> None:
        first, second, third = [await world.release(to="published") for _ in range(3)]
        await retract(world, first["id"], instead=second["id"])
        await retract(world, second["id"], instead=third["id"])
        path = reads(first["id"], "")[0]
        assert (await world.client.get(path)).json()["use_instead"] == third["id"]
        await retract(world, third["id"])
        assert (await world.client.get(path)).json()["use_instead"] is None
