"""Tablets: invited by a one-time code, enrolled, listed, revoked."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from usga_assessment.domain.access.enrolment import hash_caller
from usga_assessment.storage.attempts import Attempts
from usga_shared.auth.actors import Role

from tests.service.assessment.field.conftest import HERE, Field
from tests.service.assessment.field.test_access import dump, shown


async def invite(field: Field, **changes: Any) -> str:
    body = {"assessment": HERE, "label": "tablet 07"} | changes
    answer = await field.call("POST", "/v1/devices/enrolments", body, by=Role.SUPERVISOR)
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


async def enrol(field: Field, code: str) -> httpx.Response:
    return await field.client.post("/v1/devices", json={"code": code, "install": str(uuid4())})


class TestEnrolment:
    async def test_a_code_becomes_a_device_of_the_assessment(self, here: Field) -> None:
        answer = await enrol(here, await invite(here))
        assert answer.status_code == 201, answer.text
        assert answer.json()["assessment"] == HERE
        assert answer.json()["receipt_keys"]["keys"]
        me = await here.client.get("/v1/auth/me", headers=shown(answer.json()["token"]))
        assert me.json() == {
            "kind": "device",
            "id": answer.json()["device"],
            "roles": {HERE: ["enumerator"]},
        }

    async def test_the_label_stands_in_for_a_name(self, here: Field) -> None:
        await enrol(here, await invite(here))
        listed = (await here.call("GET", "/v1/devices")).json()["items"]
        assert [device["name"] for device in listed] == ["tablet 07"]

    async def test_a_code_may_be_typed_loosely(self, here: Field) -> None:
        lower, blanks = await invite(here), await invite(here)
        assert (await enrol(here, lower.lower())).status_code == 201
        assert (await enrol(here, blanks.replace("-", " "))).status_code == 201

    async def test_a_code_works_once(self, here: Field) -> None:
        code = await invite(here)
        answers = await asyncio.gather(*(enrol(here, code) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]

    async def test_a_code_expires(self, here: Field) -> None:
        code = await invite(here, valid_hours=1)
        here.clock.advance(timedelta(hours=1))
        answer = await enrol(here, code)
        assert answer.json()["type"].endswith("/enrolment-code-refused")

    async def test_used_unknown_and_expired_codes_answer_alike(self, here: Field) -> None:
        used, old = await invite(here), await invite(here, valid_hours=1)
        await enrol(here, used)
        here.clock.advance(timedelta(hours=2))
        told = [(await enrol(here, code)).json() for code in (used, old, "AAAA-BBBB-CCCC")]
        assert all(answer | {"instance": ""} == told[0] | {"instance": ""} for answer in told)

    async def test_who_tries_many_wrong_codes_is_told_to_wait(self, here: Field) -> None:
        for _ in range(10):
            assert (await enrol(here, "AAAA-BBBB-CCCC")).status_code == 403
        waiting = await enrol(here, "AAAA-BBBB-CCCC")
        assert waiting.status_code == 429
        assert waiting.headers["retry-after"] == "60"
        here.clock.advance(timedelta(minutes=1))
        assert (await enrol(here, "AAAA-BBBB-CCCC")).status_code == 403

    async def test_wrong_codes_are_counted_for_all_instances_together(self, here: Field) -> None:
        other = Attempts(here.app.state.database)  # as another instance counts
        caller = hash_caller("127.0.0.1")
        for _ in range(10):
            assert not await other.failed(caller, here.clock.now())
        assert (await enrol(here, "AAAA-BBBB-CCCC")).status_code == 429
        assert not await other.failed(hash_caller("10.0.0.1"), here.clock.now())
        here.clock.advance(timedelta(minutes=1))
        assert (await enrol(here, "AAAA-BBBB-CCCC")).status_code == 403
        kept = await dump(here, "SELECT count(*) AS n FROM enrolment_attempt")
        assert b"1" in kept, "what is older than a minute went"

    async def test_wrong_codes_of_a_neighbour_never_keep_a_tablet_out(self, here: Field) -> None:
        code = await invite(here)
        refused = [(await enrol(here, "AAAA-BBBB-CCCC")).status_code for _ in range(60)]
        assert set(refused) == {403, 429}
        assert (await enrol(here, code)).status_code == 201
        again = await enrol(here, code)  # used up: as wrong as any other
        assert again.status_code == 429

    async def test_neither_code_nor_token_is_kept(self, here: Field) -> None:
        code = await invite(here)
        token = (await enrol(here, code)).json()["token"]
        kept = await dump(here, "SELECT * FROM enrolment_code")
        kept += await dump(here, "SELECT * FROM credential")
        for secret in (code, code.replace("-", ""), token, token.partition("_")[2]):
            assert secret.encode() not in kept

    async def test_neither_code_nor_token_is_logged_P05(
        self, here: Field, caplog: pytest.LogCaptureFixture
    ) -> None:
        code = await invite(here)
        token = (await enrol(here, code)).json()["token"]
        await here.client.get(f"/v1/auth/me?token={token}", headers=shown(token + "x"))
        told = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        assert code not in told
        assert token not in told


class TestRevocation:
    async def test_takes_effect_at_once_T1(self, here: Field) -> None:
        tablet = await here.enrol()
        headers = shown(tablet["token"])
        path = f"/v1/assessments/{HERE}"
        assert (await here.client.get(path, headers=headers)).status_code == 200
        answer = await here.call(
            "POST", f"/v1/devices/{tablet['device']}/revocation", {"wipe": True}
        )
        assert (answer.status_code, answer.json()["wipe"]) == (200, True)
        assert (await here.client.get(path, headers=headers)).status_code == 401

    async def test_again_changes_nothing(self, here: Field) -> None:
        tablet = await here.enrol()
        path = f"/v1/devices/{tablet['device']}/revocation"
        first = (await here.call("POST", path, {})).json()
        here.clock.advance(timedelta(hours=1))
        assert (await here.call("POST", path, {})).json() == first

    async def test_of_one_leaves_the_others(self, here: Field) -> None:
        lost, kept = await here.enrol(), await here.enrol()
        await here.call("POST", f"/v1/devices/{lost['device']}/revocation", {})
        me = await here.client.get("/v1/auth/me", headers=shown(kept["token"]))
        assert me.status_code == 200


class TestEdit:
    async def test_changes_what_is_given_and_keeps_the_rest(self, here: Field) -> None:
        path = f"/v1/devices/{(await here.enrol(home_psu='p-1'))['device']}"
        named = (await here.call("PATCH", path, {"name": "tablet 70"})).json()
        assert (named["name"], named["home_psu"], named["certified"]) == ("tablet 70", "p-1", True)
        moved = (await here.call("PATCH", path, {"home_psu": None, "wipe": True})).json()
        assert (moved["home_psu"], moved["wipe"]) == (None, True)

    async def test_empties_nothing_else(self, here: Field) -> None:
        path = f"/v1/devices/{(await here.enrol())['device']}"
        for body in ({"name": None}, {"certified": None}, {"wipe": None}, {"token": "x"}):
            assert (await here.call("PATCH", path, body)).status_code == 422, body
