"""Nobody gets in, or sideways: operations x roles, bad tokens, foreign ids."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from usga_assessment.domain.access.policy import OPEN, load_policy
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.storage.credentials import Credentials
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import hash_token

from tests.service.assessment.field.conftest import ELSEWHERE, HERE, Field
from tests.service.assessment.field.test_states import hold

POLICY = load_policy()
CALLERS = [role for role in Role if role is not Role.PUBLIC]


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every operation that the gateway could forward: (method, route template)."""
    for path, item in app.openapi()["paths"].items():
        for method in item:
            yield method.upper(), path


def address(path: str, code: str = HERE) -> str:
    """The template with the assessment and ids that belong to nobody."""
    known = path.replace("{code}", code)
    return re.sub(
        r"\{(\w+)\}",
        lambda found: {"case": "nobody", "name": "nothing"}.get(found[1], str(uuid4())),
        known,
    )


class TestOperationsTimesRoles:
    async def test_the_policy_lists_exactly_the_operations_of_the_api(self, here: Field) -> None:
        known = {re.sub(r"\{\w+\}", "{}", f"{m} {p}") for m, p in operations(here.app)}
        assert known == set(POLICY.operations)

    async def test_every_caller_is_answered_as_the_policy_says_P12(self, here: Field) -> None:
        wrong = []
        for method, path in operations(here.app):
            action = POLICY.action_of(method, path)
            assert action is not None
            for role in CALLERS:
                answer = await here.call(method, address(path), by=role)
                # Who may not read assessments is not told whether one exists: hubs.
                blind = role not in POLICY.actions["assessment.read"]
                refused = answer.status_code in ((403, 404) if blind else (403,))
                allowed = action == OPEN or role in POLICY.actions[action]
                if refused is allowed or answer.status_code in (401, 500):
                    wrong.append((method, path, role.value, answer.status_code))
        assert wrong == []

    async def test_the_public_gets_only_what_is_open_P12(self, here: Field) -> None:
        for method, path in operations(here.app):
            answer = await here.call(method, address(path), by=None)
            if POLICY.action_of(method, path) != OPEN:
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_strangers_meet_an_assessment_as_if_it_were_absent(self, here: Field) -> None:
        await here.create(ELSEWHERE)
        for method, path in operations(here.app):
            if "{code}" not in path:
                continue
            for role in (Role.COORDINATOR, Role.STATISTICIAN, Role.PARTNER, Role.ENUMERATOR):
                there = address(path)
                foreign = await here.call(method, there, by=role, of=ELSEWHERE)
                absent = await here.call(
                    method, there.replace(HERE, "KE-NOWHERE-2026"), by=role, of=ELSEWHERE
                )
                assert same(foreign, absent), (method, path, role, foreign.text)
                assert foreign.status_code == 404

    async def test_foreign_devices_and_keys_answer_as_absent_ones(self, here: Field) -> None:
        await here.create(ELSEWHERE)
        device = (await here.enrol())["device"]
        key = await make_key(here)
        for path, body, foreign in (
            ("/v1/devices/{}/revocation", {}, device),
            ("/v1/auth/api-keys/{}", None, key["id"]),
        ):
            method = "POST" if body is not None else "DELETE"
            there = await here.call(method, path.format(foreign), body, of=ELSEWHERE)
            absent = await here.call(method, path.format(uuid4()), body, of=ELSEWHERE)
            assert there.status_code == 404
            assert same(there, absent)
        assert (await here.client.get("/v1/auth/me", headers=shown(key["key"]))).is_success

    async def test_foreign_instruments_and_interviews_answer_as_absent_ones_P12(
        self, here: Field
    ) -> None:
        await here.create(ELSEWHERE)
        await here.publish_form()
        forms = (await here.call("GET", "/v1/instruments")).json()["items"]
        held = await hold(here, given=1, missing=0)
        for method, path, foreign in (
            ("GET", "/v1/instruments/{}", forms[0]["id"]),
            ("GET", "/v1/instruments/{}/document", forms[0]["id"]),
            ("GET", "/v1/instruments/{}/codebook", forms[0]["id"]),
            ("POST", "/v1/instruments/{}/publication", forms[0]["id"]),
            ("POST", "/v1/instruments/{}/retirement", forms[0]["id"]),
            ("GET", "/v1/submissions/{}", held[0]),
            ("POST", "/v1/submissions/{}/reviews", held[0]),
        ):
            body = {"decision": "approve"} if path.endswith("/reviews") else None
            there = await here.call(method, path.format(foreign), body, of=ELSEWHERE)
            absent = await here.call(method, path.format(uuid4()), body, of=ELSEWHERE)
            assert there.status_code == 404, (path, there.text)
            assert same(there, absent), path
        for listing in ("/v1/instruments", "/v1/submissions", "/v1/devices"):
            seen = await here.call("GET", f"{listing}?assessment={HERE}", of=ELSEWHERE)
            absent = await here.call("GET", f"{listing}?assessment=KE-NONE-2026", of=ELSEWHERE)
            assert same(seen, absent), listing

    async def test_a_role_elsewhere_opens_nothing_here_P12(self, here: Field) -> None:
        """Partner here, coordinator elsewhere: the stronger role does not travel."""
        await here.create(ELSEWHERE)
        await here.publish_form()
        form = (await here.call("GET", "/v1/instruments")).json()["items"][0]["id"]
        (interview,) = await hold(here, given=1, missing=0)
        device = (await here.enrol())["device"]
        key = await make_key(here)
        grants = {HERE: frozenset({Role.PARTNER}), ELSEWHERE: frozenset({Role.COORDINATOR})}
        async with here.app.state.database.write() as session:
            token, _ = await issue_credential(
                Credentials(session), kind=ActorKind.PERSON, name="two", grants=grants,
                by="test", now=here.clock.now(), expires_at=None,
            )  # fmt: skip
        for method, path in (
            ("GET", f"/v1/instruments/{form}"),
            ("GET", f"/v1/instruments/{form}/document"),
            ("GET", f"/v1/submissions/{interview}"),
            ("POST", f"/v1/submissions/{interview}/reviews"),
            ("POST", f"/v1/devices/{device}/revocation"),
            ("PATCH", f"/v1/devices/{device}"),
            ("DELETE", f"/v1/auth/api-keys/{key['id']}"),
        ):
            body = {"decision": "approve"} if path.endswith("/reviews") else {}
            answer = await here.client.request(method, path, json=body, headers=shown(token))
            assert answer.status_code == 404, (path, answer.text)
        for listing in ("instruments", "submissions", "devices", "auth/api-keys"):
            seen = await here.client.get(f"/v1/{listing}", headers=shown(token))
            assert seen.json()["items"] == [], listing
        for method, path in operations(here.app):
            if (
                "{code}" in path
                and Role.PARTNER
                not in POLICY.actions[
                    POLICY.operations[re.sub(r"\{\w+\}", "{}", f"{method} {path}")]
                ]
            ):
                answer = await here.client.request(method, address(path), headers=shown(token))
                assert answer.status_code == 403, (method, path)

    async def test_an_assessment_named_in_a_body_is_guarded_too(self, here: Field) -> None:
        invite = {"assessment": HERE, "label": "x"}
        foreign = await here.call("POST", "/v1/devices/enrolments", invite, of=ELSEWHERE)
        assert foreign.status_code == 404
        key = {"name": "x", "assessments": [HERE], "expires_at": "2026-07-01T00:00:00Z"}
        foreign = await here.call("POST", "/v1/auth/api-keys", key, of=ELSEWHERE)
        assert foreign.status_code == 404
        statistician = await here.call(
            "POST", "/v1/devices/enrolments", invite, by=Role.STATISTICIAN
        )
        assert statistician.status_code == 403

    async def test_nobody_makes_a_key_for_people_or_tablets(self, here: Field) -> None:
        for role in (Role.ADMIN, Role.COORDINATOR, Role.SUPERVISOR, Role.ENUMERATOR):
            answer = await make_key(here, role=role.value, check=False)
            assert answer["status"] == 403


class TestCredentials:
    async def test_bad_tokens_are_refused_everywhere_P12(self, here: Field) -> None:
        good = await here.token(Role.COORDINATOR)
        revoked = (await here.enrol())["token"]
        device = (await here.call("GET", "/v1/auth/me", headers=shown(revoked))).json()["id"]
        await here.call("POST", f"/v1/devices/{device}/revocation", {})
        prefix, _, secret = good.partition("_")
        basic = base64.b64encode(f"user:{good[:-1]}".encode()).decode()
        unsigned = "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ."
        forms: list[dict[str, str]] = [
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer null"},
            shown(good[:-1]),
            shown(good + "A"),
            shown(good.upper()),
            shown(f"usgak_{secret}"),
            shown(f"{prefix}-{secret}"),
            shown(secret),
            shown(hash_token(good).hex()),
            shown("usgap_" + "A" * 43),
            shown("A" * 5000),
            shown(unsigned),
            shown(revoked),
            {"Authorization": good},
            {"Authorization": f"Token {good}"},
            {"Authorization": f"Basic {basic}"},
            {"Authorization": "Basic ???"},
            {"X-API-Key": good[:-1]},
            {"X-API-Key": ""},
            {"Authorization": f"Bearer {good}", "X-API-Key": "usgak_" + "A" * 43},
        ]
        for headers in forms:
            for path in ("/v1/auth/me", f"/v1/assessments/{HERE}", "/v1/devices"):
                answer = await here.client.get(path, headers=headers)
                assert answer.status_code == 401, headers
                assert secret not in answer.text

    async def test_an_expired_token_is_refused(self, here: Field) -> None:
        token = await here.token(Role.COORDINATOR)
        assert (await here.client.get("/v1/auth/me", headers=shown(token))).is_success
        here.clock.advance(timedelta(days=90))
        assert (await here.client.get("/v1/auth/me", headers=shown(token))).status_code == 401

    async def test_a_token_in_an_address_is_none_P12(self, here: Field) -> None:
        token = await here.token(Role.COORDINATOR)
        for place in (
            f"/v1/auth/me?token={token}",
            f"/v1/auth/me?access_token={token}",
            f"/v1/auth/me?api_key={token}",
            f"/v1/auth/me?authorization=Bearer%20{token}",
            f"/v1/auth/me;token={token}",
            f"/v1/auth/me/{token}",
            f"/key/{token}/v1/auth/me",
        ):
            assert (await here.client.get(place)).status_code in (401, 404)
        cookie = {"Cookie": f"token={token}"}
        assert (await here.client.get("/v1/auth/me", headers=cookie)).status_code == 401

    async def test_identity_headers_are_nobody_P12(self, here: Field) -> None:
        for headers in (
            {"X-User": "admin"},
            {"X-Forwarded-User": "admin"},
            {"X-Remote-User": "admin"},
            {"X-USGA-Actor": "person:admin", "X-USGA-Roles": "admin"},
            {"X-USGA-Service": "service-token-of-the-tests-0123456789"},
        ):
            assert (await here.client.get("/v1/devices", headers=headers)).status_code == 401
        wrong = {"X-USGA-Service": "x" * 40}
        assert (
            await here.client.get(f"/internal/v1/assessments/{HERE}", headers=wrong)
        ).status_code == 404

    async def test_the_three_ways_to_show_a_key(self, here: Field) -> None:
        key = (await make_key(here))["key"]
        basic = base64.b64encode(f"any:{key}".encode()).decode()
        for headers in (shown(key), {"X-API-Key": key}, {"Authorization": f"Basic {basic}"}):
            answer = await here.client.get("/v1/auth/me", headers=headers)
            assert answer.json()["kind"] == "api_key"
            assert answer.json()["roles"] == {HERE: ["partner"]}


class TestKeys:
    async def test_a_key_is_shown_once_and_only_its_hash_is_kept_T5(self, here: Field) -> None:
        key = (await make_key(here))["key"]
        await here.client.get("/v1/auth/me", headers=shown(key))
        listed = await here.call("GET", "/v1/auth/api-keys")
        assert key not in listed.text
        assert [item["name"] for item in listed.json()["items"]] == ["county-gis"]
        stored = await dump(here, "SELECT * FROM credential")
        assert key.encode() not in stored
        assert key.partition("_")[2].encode() not in stored

    @pytest.mark.parametrize("role", Role)
    async def test_a_key_opens_nothing_that_its_maker_may_not_P02(
        self, here: Field, role: Role
    ) -> None:
        granted = role in {Role.PARTNER, Role.ANALYST}
        for by in (Role.COORDINATOR, Role.ADMIN):
            answer = await here.call(
                "POST",
                "/v1/auth/api-keys",
                {
                    "name": "x",
                    "assessments": [HERE],
                    "role": role.value,
                    "expires_at": (here.clock.now() + timedelta(days=1)).isoformat(),
                },
                by=by,
            )
            assert answer.status_code == (201 if granted else 403), (by, answer.text)

    async def test_times_are_answered_in_utc(self, here: Field) -> None:
        made = await make_key(here, expires_at="2026-07-01T03:00:00+03:00")
        assert made["expires_at"] == "2026-07-01T00:00:00Z"

    async def test_a_key_lives_at_most_90_days_T5(self, here: Field) -> None:
        limit = here.clock.now() + timedelta(days=90)
        await make_key(here, expires_at=limit.isoformat())
        longer = limit + timedelta(seconds=1)
        answer = await make_key(here, expires_at=longer.isoformat(), check=False)
        assert answer["type"].endswith("/key-life-too-long")

    async def test_a_key_that_has_ended_is_not_made(self, here: Field) -> None:
        ended = here.clock.now().isoformat()
        answer = await make_key(here, expires_at=ended, check=False)
        assert answer["status"] == 422
        (error,) = answer["errors"]
        assert (error["pointer"], error["code"]) == ("/expires_at", "in-the-past")

    async def test_revocation_takes_effect_at_once_P04(self, here: Field) -> None:
        made = await make_key(here)
        headers = shown(made["key"])
        assert (await here.client.get("/v1/auth/me", headers=headers)).is_success
        for _ in range(2):
            answer = await here.call("DELETE", f"/v1/auth/api-keys/{made['id']}")
            assert answer.status_code == 204
            assert (await here.client.get("/v1/auth/me", headers=headers)).status_code == 401

    async def test_the_day_of_last_use_is_noted(self, here: Field) -> None:
        made = await make_key(here)
        await here.client.get("/v1/auth/me", headers=shown(made["key"]))
        await here.app.state.authenticator.aclose()
        listed = (await here.call("GET", "/v1/auth/api-keys")).json()["items"]
        assert listed[0]["last_used_on"] == "2026-06-01"

    async def test_pages_follow_each_other(self, here: Field) -> None:
        names = [f"key {n}" for n in range(5)]
        for name in names:
            await make_key(here, name=name)
        seen, cursor = [], None
        while True:
            params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await here.call("GET", "/v1/auth/api-keys", params=params)).json()
            seen += [item["name"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(seen) == names
        forged = await here.call("GET", "/v1/auth/api-keys", params={"cursor": "AAAA"})
        assert forged.status_code == 400


def shown(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def same(one: httpx.Response, other: httpx.Response) -> bool:
    def told(answer: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.json()
        return body | {"instance": ""}

    return one.status_code == other.status_code and told(one) == told(other)


async def make_key(field: Field, *, check: bool = True, **changes: Any) -> dict[str, Any]:
    body = {
        "name": "county-gis",
        "assessments": [HERE],
        "role": "partner",
        "expires_at": (field.clock.now() + timedelta(days=30)).isoformat(),
    } | changes
    answer = await field.call("POST", "/v1/auth/api-keys", body)
    assert not check or answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def dump(field: Field, statement: str) -> bytes:
    async with field.app.state.database.engine.connect() as connection:
        rows = (await connection.exec_driver_sql(statement)).all()
    return b"\n".join(
        cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row
    )
