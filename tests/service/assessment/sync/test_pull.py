"""What a tablet asks before it deletes, and what it pulls."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from usga_assessment.domain.sync.digests import range_digest
from usga_assessment.storage.authenticator import LocalAuthenticator
from usga_shared.auth.actors import Actor

from tests.support.collecting import (
    HERE,
    INSTALL,
    NOW,
    SERVICE_TOKEN,
    Collecting,
    KnownActors,
    TickingClock,
    bearer,
    interview,
)


async def pulled(
    here: Collecting, cursor: str | None = None, by: str = "device"
) -> dict[str, Any]:
    params = {"cursor": cursor} if cursor else {}
    response = await here.client.get("/v1/sync/changes", params=params, headers=bearer(by))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def checked(here: Collecting, body: dict[str, Any]) -> dict[str, Any]:
    response = await here.post("/v1/sync/check", body, by="device")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


class TestCheck:
    async def test_states_are_told_by_id_and_digest_P50(self, here: Collecting) -> None:
        held, bad, unknown = interview(1), interview(2, answers={"sex": "x"}), interview(3)
        await here.push(held, bad)
        answer = await checked(
            here,
            {
                "items": [
                    {"id": str(i.id), "digest": i.digest}
                    for i in (held, bad, unknown, held.with_other_content())
                ]
            },
        )
        assert [i["state"] for i in answer["items"]] == [
            "stored", "quarantined", "absent", "absent",
        ]  # fmt: skip

    async def test_a_range_digest_proves_what_is_held_P51_I9(self, here: Collecting) -> None:
        batch = [interview(seq) for seq in (1, 2, 4)]
        await here.push(*batch)
        query = {"install": str(INSTALL), "first": 1, "last": 9}
        answer = await checked(here, {"ranges": [query]})
        (found,) = answer["ranges"]
        assert found["count"] == 3
        assert found["digest"] == range_digest(
            (i.document["seq"], i.id, bytes.fromhex(i.digest)) for i in batch
        )
        assert answer["sequence"][0]["gaps"] == [[3, 3]]

    async def test_a_range_too_large_is_refused_P52_I14(self, here: Collecting) -> None:
        query = {"install": str(INSTALL), "first": 1, "last": 2**31 - 1}
        response = await here.post("/v1/sync/check", {"ranges": [query]}, by="device")
        assert response.status_code == 422

    @pytest.mark.parametrize(
        ("media", "body", "status", "slug"),
        [
            ("application/json", b'{"items": [], "items": []}', 400, "malformed-body"),
            ("application/json", b'{"items": [}', 400, "malformed-body"),
            ("text/plain", b'{"items": []}', 415, "unsupported-media"),
        ],
    )
    async def test_a_question_that_can_be_read_two_ways_is_refused(
        self, here: Collecting, media: str, body: bytes, status: int, slug: str
    ) -> None:
        response = await here.client.post(
            "/v1/sync/check", content=body, headers={"Content-Type": media, **bearer("device")}
        )
        assert (response.status_code, response.json()["type"].rsplit("/")[-1]) == (status, slug)


class TestChanges:
    async def test_the_first_pull_brings_form_and_cases_then_nothing_P60(
        self, here: Collecting
    ) -> None:
        page = await pulled(here)
        kinds = {item["kind"] for item in page["items"]}
        assert kinds == {"settings", "instrument", "case"}
        form = next(i for i in page["items"] if i["kind"] == "instrument")
        assert form["value"]["document"]["name"] == "skeleton"
        again = await pulled(here, page["next"])
        assert again["items"] == []
        assert not again["more"]

    async def test_only_this_tablets_cases_come_P61(self, here: Collecting) -> None:
        page = await pulled(here, by="device-b")
        assert "case" not in {item["kind"] for item in page["items"]}

    async def test_a_returned_interview_comes_with_its_comment_P62(self, here: Collecting) -> None:
        cursor = (await pulled(here))["next"]
        one = interview(install=UUID(int=77))  # not what the other tablet enrolled with
        await here.push(one)
        comment = "The stratum does not fit the cluster."
        response = await here.post(
            f"/v1/submissions/{one.id}/reviews", {"decision": "return", "comment": comment}
        )
        assert response.status_code == 200, response.text
        page = await pulled(here, cursor)
        (item,) = page["items"]
        assert (item["kind"], item["id"]) == ("returned", str(one.id))
        assert item["value"]["comment"] == comment
        assert (await pulled(here, page["next"]))["items"] == []
        assert (await pulled(here, by="device-b"))["items"][-1]["kind"] != "returned"

    async def test_small_pages_skip_nothing_P63(self, here: Collecting) -> None:
        here.app.state.settings = here.app.state.settings.model_copy(update={"sync_page_size": 1})
        batch = [interview(seq) for seq in range(1, 4)]
        await here.push(*batch)
        for one in batch:
            body = {"decision": "return", "comment": "again"}
            await here.post(f"/v1/submissions/{one.id}/reviews", body)
        cursor, seen = None, []
        for _ in range(20):
            page = await pulled(here, cursor)
            seen += [(i["kind"], i["id"]) for i in page["items"]]
            cursor = page["next"]
            if not page["more"]:
                break
        assert [i for k, i in seen if k == "returned"] == [str(i.id) for i in batch]
        assert len(seen) == len(set(seen)) == 6

    async def test_a_foreign_cursor_is_refused_P64(self, here: Collecting) -> None:
        cursor = (await pulled(here))["next"]
        response = await here.client.get(
            "/v1/sync/changes", params={"cursor": cursor}, headers=bearer("device-b")
        )
        assert response.status_code == 400


class TestOneRoundTrip:
    async def push(self, here: Collecting, seq: int, cursor: str) -> Any:
        return await here.client.post(
            "/v1/sync/submissions",
            params={"changes_since": cursor},
            content=interview(seq).line + b"\n",
            headers={"Content-Type": "application/x-ndjson", **bearer("device")},
        )

    async def test_a_push_carries_the_pull_P65(self, here: Collecting) -> None:
        first = (await self.push(here, 1, "")).json()
        assert {i["kind"] for i in first["changes"]["items"]} == {"settings", "instrument", "case"}
        second = (await self.push(here, 2, first["changes"]["next"])).json()
        # The first interview closed no case, so nothing is new.
        assert second["changes"]["items"] == []
        assert "receipt" in second

    async def test_a_foreign_cursor_stores_nothing_P64_P65(self, here: Collecting) -> None:
        response = await self.push(here, 1, "forged")
        assert response.status_code == 400
        assert not await here.rows("SELECT 1 FROM submission_revision")


class TestReceipts:
    async def test_the_picture_of_an_install_is_signed_P44(self, here: Collecting) -> None:
        await here.push(interview(1), interview(3))
        for by in ("device", "supervisor"):
            response = await here.get("/v1/receipts", by=by, install=str(INSTALL))
            assert response.status_code == 200, response.text
            (item,) = response.json()["items"]
            assert item["sequence"]["gaps"] == [[2, 2]]
        absent = await here.get("/v1/receipts", by="supervisor-elsewhere", install=str(INSTALL))
        assert absent.status_code == 404


class _AlsoTheirOwn(LocalAuthenticator):
    """Knows the actors of these tests and every token that was really handed out."""

    async def authenticate(self, token: str) -> Actor | None:
        return KnownActors.actors.get(token) or await super().authenticate(token)


class TestRevoked:
    @pytest.mark.parametrize("wipe", [True, False])
    async def test_only_a_tablet_to_be_wiped_hears_it_in_the_401_P66(
        self, here: Collecting, wipe: bool
    ) -> None:
        here.app.state.authenticator = _AlsoTheirOwn(here.database, TickingClock(NOW))
        invited = await here.post("/v1/devices/enrolments", {"assessment": HERE, "label": "x"})
        code = {"code": invited.json()["code"], "install": str(uuid4()), "name": "x"}
        tablet = (await here.client.post("/v1/devices", json=code)).json()
        await pulled(here, by=tablet["token"])
        revocation = f"/v1/devices/{tablet['device']}/revocation"
        assert (await here.post(revocation, {"wipe": wipe})).status_code == 200

        for path in ("/v1/sync/changes", "/v1/auth/me"):
            refused = await here.get(path, by=tablet["token"])
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert refused.json()["type"].endswith("/invalid-credential")
            assert refused.json().get("wipe", False) is wipe
        stranger = await here.get("/v1/sync/changes", by=f"usgad_{'x' * 43}")
        assert "wipe" not in stranger.json()
        asked = await here.client.post(
            "/internal/v1/credentials/introspection",
            json={"token": tablet["token"]},
            headers={"X-USGA-Service": SERVICE_TOKEN},
        )
        assert asked.json()["active"] is False
        await here.app.state.authenticator.aclose()

    async def test_a_wipe_that_is_asked_for_later_is_told_too_P66(self, here: Collecting) -> None:
        here.app.state.authenticator = _AlsoTheirOwn(here.database, TickingClock(NOW))
        invited = await here.post("/v1/devices/enrolments", {"assessment": HERE, "label": "x"})
        code = {"code": invited.json()["code"], "install": str(uuid4()), "name": "x"}
        tablet = (await here.client.post("/v1/devices", json=code)).json()
        revocation = f"/v1/devices/{tablet['device']}/revocation"
        for wipe in (False, True):
            await here.post(revocation, {"wipe": wipe})
            refused = await here.get("/v1/sync/changes", by=tablet["token"])
            assert refused.json().get("wipe", False) is wipe
        await here.app.state.authenticator.aclose()
