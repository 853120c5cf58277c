"""Hubs at the centre: who they are, what they may, and that they may nothing else."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from usga_assessment.domain.hub.words import public_jwk
from usga_assessment.domain.sync.receipt import ReceiptKey, new_key_pem

from tests.support.collecting import DEVICE, ELSEWHERE, HERE, bearer
from tests.support.hubs import District, FieldTablet, RunningHub

KEY = public_jwk(ReceiptKey.from_pem(new_key_pem()))


async def enrol(field: District, code: str, **changes: Any) -> httpx.Response:
    asked = {"code": code, "name": "laptop", "key": KEY, **changes}
    return await field.here.client.post("/v1/hubs", json=asked)


class TestEnrolment:
    async def test_a_code_enrols_one_hub_once_H1(self, field: District) -> None:
        code = await field.code()
        answer = await enrol(field, code.lower())
        assert answer.status_code == 201
        assert answer.json()["token"].startswith("usgah_")
        assert answer.json()["assessments"] == [HERE]
        assert (await enrol(field, code)).status_code == 403
        assert (await enrol(field, "7K3M-Q9TX-2HVN")).status_code == 403
        kept = await field.here.rows("SELECT token_hash FROM credential WHERE kind = 'hub'")
        assert answer.json()["token"].encode() not in bytes(kept[0]["token_hash"])

    @pytest.mark.parametrize(
        "key", [{}, {"kty": "EC"}, {**KEY, "x": KEY["y"]}, {**KEY, "x": "é"}, {**KEY, "y": "AA"}]
    )
    async def test_a_key_that_is_none_uses_no_code_up_H1(
        self, field: District, key: dict[str, str]
    ) -> None:
        code = await field.code()
        assert (await enrol(field, code, key=key)).status_code == 422
        assert (await enrol(field, code)).status_code == 201

    async def test_who_does_not_lead_an_assessment_invites_no_hub_for_it_H1(
        self, field: District
    ) -> None:
        asked = {"assessments": [HERE, ELSEWHERE], "label": "hub"}
        there = await field.here.post("/v1/hubs/enrolments", asked, by="supervisor")
        assert there.status_code == 404
        refused = await field.here.post(
            "/v1/hubs/enrolments", {**asked, "assessments": [HERE]}, by="analyst"
        )
        assert refused.status_code == 403


class TestScope:
    async def test_a_hubs_token_opens_three_routes_and_nothing_else_H2(
        self, field: District
    ) -> None:
        token = (await enrol(field, await field.code())).json()["token"]
        client, shown = field.here.client, bearer(token)
        assert (await client.post("/v1/hubs/relay", json={}, headers=shown)).status_code == 200
        for method, path in (
            ("GET", "/v1/submissions"), ("GET", "/v1/devices"), ("GET", "/v1/hubs"),
            ("GET", "/v1/auth/me"), ("GET", "/v1/assessments"),
            ("POST", "/v1/sync/submissions"), ("POST", "/v1/sync/check"),
            ("POST", "/v1/sync/attachments"), ("POST", "/v1/sync/attachments/check"),
            ("GET", "/v1/sync/changes"), ("GET", "/v1/hubs/courier-key"),
            ("GET", f"/v1/submissions/{uuid4()}"), ("POST", "/v1/hubs/enrolments"),
        ):  # fmt: skip
            answer = await client.request(method, path, headers=shown)
            assert answer.status_code == 403, (method, path, answer.text)
        seen = await client.get("/v1/assessments/KE-TEST-2026", headers=shown)
        assert seen.status_code == 404, "what it may not see reads as absent"

    async def test_only_hubs_use_the_routes_of_hubs_H2(self, field: District) -> None:
        for by in ("device", "supervisor", "admin"):
            answer = await field.here.post("/v1/hubs/relay", {}, by=by)
            assert answer.status_code == 403

    async def test_a_hub_may_be_for_some_tablets_alone_H2_H33(self, field: District) -> None:
        code = await field.code(devices=[DEVICE])
        token = (await enrol(field, code)).json()["token"]
        told = await field.here.client.post("/v1/hubs/relay", json={}, headers=bearer(token))
        assert [each["id"] for each in told.json()["devices"]] == [DEVICE]
        assert [each["device"] for each in told.json()["mail"]] == [DEVICE]

    async def test_tablets_that_are_not_there_are_told_by_their_place_H2(
        self, field: District
    ) -> None:
        asked = {"assessments": [HERE], "label": "hub", "devices": [DEVICE, str(uuid4())]}
        answer = await field.here.post("/v1/hubs/enrolments", asked, by="supervisor")
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/devices/1"]

    async def test_a_revoked_hub_is_401_at_once_H3(self, field: District) -> None:
        made = (await enrol(field, await field.code())).json()
        path = f"/v1/hubs/{made['hub']}/revocation"
        assert (await field.here.post(path, {}, by="supervisor-elsewhere")).status_code == 404
        assert (await field.here.post(path, {}, by="supervisor")).json()["revoked_at"]
        shown = bearer(made["token"])
        answer = await field.here.client.post("/v1/hubs/relay", json={}, headers=shown)
        assert answer.status_code == 401

    async def test_hubs_are_seen_by_who_leads_all_that_they_carry_for_H2(
        self, field: District
    ) -> None:
        await enrol(field, await field.code())
        seen = await field.here.get("/v1/hubs", by="supervisor")
        assert [each["name"] for each in seen.json()["items"]] == ["laptop"]
        assert (await field.here.get("/v1/hubs", by="supervisor-elsewhere")).json()["items"] == []


class TestCredentialsOfTablets:
    async def test_a_tablet_asks_for_its_key_and_gets_the_one_of_its_enrolment_H4(
        self, field: District, tablet: FieldTablet
    ) -> None:
        given = tablet.outbox.setting("courier_key")
        tablet.outbox._db.execute("DELETE FROM setting WHERE name = 'courier_key'")
        async with tablet.online() as online:
            await online.learn_courier_key()
        assert tablet.outbox.setting("courier_key") == given
        kept = await field.here.rows("SELECT * FROM device")
        assert str(given) not in str(kept)

    async def test_a_credential_is_worth_nothing_elsewhere_H5(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        other = await field.hub("other")
        shown = field.here.app.state.hubs.courier(UUID(tablet.outbox.setting("device")))
        here = shown.credential(hub.app.state.hub.told.hub)
        async with hub.client() as at_hub, other.client() as at_other:
            assert (await at_hub.get("/v1/hub/mail", headers=bearer(here))).status_code == 200
            assert (await at_other.get("/v1/hub/mail", headers=bearer(here))).status_code == 401
            own = bearer(str(tablet.outbox.setting("token")))
            assert (await at_hub.get("/v1/hub/mail", headers=own)).status_code == 401
            assert (await at_hub.get("/v1/hub/mail")).status_code == 401
        assert (
            await field.here.client.get("/v1/auth/me", headers=bearer(here))
        ).status_code == 401

    async def test_a_hub_that_never_met_the_centre_says_so_H6(self, field: District) -> None:
        fresh = await field.start("fresh")
        async with fresh.client() as http:
            assert (await http.get("/v1/hub")).status_code == 503
            known = bearer("usgac_" + "A" * 43)
            assert (await http.get("/v1/hub/mail", headers=known)).status_code == 503
        assert not (await fresh.round()).reached
