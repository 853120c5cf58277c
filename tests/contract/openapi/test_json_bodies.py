"""No operation takes JSON that two programs could read differently, nor reads it of strangers."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from usga_shared.auth.actors import PLATFORM, Actor, ActorKind, Role

from tools.openapi.merge import SERVICES, application

TWICE = b'{"assessment": "KE-MATHARE-2026", "assessment": "KE-OTHER-2026"}'
BROKEN = b'{"assessment": '
JSON = {"Content-Type": "application/json"}
KNOWN = {"Authorization": "Bearer somebody"}
TUS = {"Tus-Resumable": "1.0.0"}
AFTER_THE_CREDENTIAL = {"/v1/submissions"}
"""Reads an envelope itself, by the strict reading of the sync protocol."""
OPEN = {"/v1/devices", "/v1/hubs"}
"""Enrolment: whoever has no credential yet."""


class Admin:
    """Knows everybody as an administrator."""

    async def authenticate(self, _token: str) -> Actor:
        return Actor(ActorKind.PERSON, "x", {PLATFORM: frozenset({Role.ADMIN})})


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def taking_json(app: FastAPI) -> Iterator[tuple[str, str]]:
    for method, path, operation in operations(app):
        if [*operation.get("requestBody", {}).get("content", {})] == ["application/json"]:
            yield method, path


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "x", path)


@asynccontextmanager
async def asking(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    app.state.authenticator = Admin()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_name_given_twice_is_refused(service: str, tmp_path: Path) -> None:
    app = application(service, tmp_path)
    taking = [one for one in taking_json(app) if one[1] not in AFTER_THE_CREDENTIAL]
    assert taking
    async with asking(app) as client:
        for method, path in taking:
            answer = await client.request(
                method, filled(path), content=TWICE, headers={**JSON, **KNOWN}
            )
            assert refusal(answer) == (400, "malformed-body"), (method, path)


@pytest.mark.parametrize(
    ("language", "number"),
    [("en", "a number beyond"), ("es", "un número"), ("ru", "число"), ("sw", "namba")],
)
async def test_the_words_name_what_is_valid_json_and_refused(
    language: str, number: str, tmp_path: Path
) -> None:
    headers = {**JSON, **KNOWN, "Accept-Language": language}
    async with asking(application("assessment", tmp_path)) as client:
        for content in (b"1e308", b'{"code": 1e300}', b'"\\u0000"'):
            answer = await client.post("/v1/assessments", content=content, headers=headers)
            assert refusal(answer) == (400, "malformed-body"), content
            assert f"{number} " in answer.json()["detail"]
            assert "NUL" in answer.json()["detail"]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_stranger_is_asked_for_a_credential_whatever_the_body(
    service: str, tmp_path: Path
) -> None:
    app = application(service, tmp_path)
    async with asking(app) as client:
        for method, path in taking_json(app):
            answer = await client.request(method, filled(path), content=BROKEN, headers=JSON)
            expected = (400, "malformed-body") if path in OPEN else (401, "missing-credential")
            assert refusal(answer) == expected, (method, path)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_operation_ignores_a_parameter_that_it_does_not_have(
    service: str, tmp_path: Path
) -> None:
    app = application(service, tmp_path)
    async with asking(app) as client:
        for method, path, operation in operations(app):
            content = b"{}" if "requestBody" in operation else None
            answer = await client.request(
                method,
                filled(path),
                params={"a/b": "1"},
                headers={**JSON, **KNOWN, **TUS},
                content=content,
            )
            assert refusal(answer) == (422, "invalid-request"), (method, path)
            (error,) = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/a~1b", "extra_forbidden")
        health = await client.get("/health/live?x=1")
        assert health.status_code == 200
