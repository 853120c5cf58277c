"""What every application of the platform does, on a small one of its own."""

import errno
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, SecretStr
from sqlalchemy import text
from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.auth.credentials import TokenKind, make_token
from usga_shared.auth.dependencies import KnownActor, ServiceOnly
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database
from usga_shared.database.session import SessionDep
from usga_shared.http.app import build_app
from usga_shared.settings import ServiceSettings

from tests.support.apps import asgi_client

GOOD = make_token(TokenKind.PERSONAL)
SECRET = "s" * 32
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
CANARY = "canary-93127"


class Thing(BaseModel):
    name: str
    size: int


class Box(BaseModel):
    body: dict[str, Thing]


class OneToken:
    async def authenticate(self, token: str) -> Actor | None:
        if token != GOOD:
            return None
        return Actor(ActorKind.PERSON, "p1", {"KE-X1-2026": frozenset({Role.ANALYST})})


def make_app(url: str) -> FastAPI:
    settings = ServiceSettings(
        _env_file=None, database_url=url, service_token=SecretStr(SECRET), max_body_bytes=2048
    )
    database = Database(url, pool=2)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with database.write() as session:
            await (await session.connection()).execute(
                text("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            )
            await (await session.connection()).execute(
                text(
                    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL"
                    " REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
                )
            )
        yield
        await database.close()

    app = build_app(
        service="toy",
        title="Toy",
        version="1",
        settings=settings,
        lifespan=lifespan,
        database=database,
        clock=SystemClock(),
        authenticator=OneToken(),
        larger_bodies=[("/v1/big", 10_000)],
    )

    @app.post("/v1/things", status_code=201)
    async def things(body: Thing) -> Thing:
        return body

    @app.post("/v1/boxes")
    async def boxes(body: Box) -> int:
        return len(body.body)

    @app.get("/v1/things")
    async def all_things(
        kind: str = "", size: Annotated[list[int] | None, Query()] = None
    ) -> list[str]:
        return ["thing"] * 100

    @app.post("/v1/big")
    async def big(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/orphans", status_code=201)
    async def orphans(session: SessionDep) -> str:
        # The constraint is deferred: nothing fails before the commit itself.
        await (await session.connection()).execute(text("INSERT INTO child VALUES (1, 99)"))
        return "stored"

    @app.get("/v1/boxes/{number}")
    async def box(number: int, _: KnownActor) -> int:
        return number

    @app.post("/v1/boxes/all")
    async def all_boxes() -> str:
        return "all"

    @app.get("/v1/me")
    async def me(actor: KnownActor) -> str:
        return actor.id

    @app.get("/v1/defect")
    async def defect() -> None:
        raise RuntimeError(CANARY)

    @app.get("/v1/disk")
    async def disk() -> None:
        raise OSError(errno.EROFS, "Read-only file system", f"/data/{CANARY}")

    @app.get("/internal/v1/secret", dependencies=[ServiceOnly])
    async def secret() -> str:
        return "yes"

    return app


@pytest.fixture
async def client(empty_db_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with asgi_client(make_app(empty_db_url)) as client:
        yield client


@pytest.fixture
async def sqlite_client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with asgi_client(make_app(f"sqlite+aiosqlite:///{tmp_path}/toy.db")) as client:
        yield client


async def test_a_failed_commit_is_never_answered_2xx(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/orphans")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"].endswith("/unexpected-error")


async def test_every_refusal_is_a_problem_document(sqlite_client: httpx.AsyncClient) -> None:
    client = sqlite_client
    cases = [
        (await client.get("/nowhere"), 404, "not-found"),
        (await client.put("/v1/things"), 405, "method-not-allowed"),
        (await client.post("/v1/things", json={"name": 1}), 422, "invalid-request"),
        (await client.post("/v1/things", content=b"{", headers=JSON), 400, "malformed-body"),
        (await client.post("/v1/things", content=b"{}", headers=TEXT), 415, "unsupported-media"),
        (await client.post("/v1/things", content=b"{}"), 415, "unsupported-media"),
        (await client.post("/v1/things"), 422, "invalid-request"),
        (await client.post("/v1/things", content=b"x" * 2049), 413, "content-too-large"),
        (await client.get("/v1/me"), 401, "missing-credential"),
        (await client.get("/v1/defect"), 500, "unexpected-error"),
        (await client.get("/v1/disk"), 503, "unavailable"),
        (await client.get("/internal/v1/secret"), 404, "not-found"),
    ]
    for response, status, slug in cases:
        assert response.status_code == status, slug
        assert response.headers["content-type"] == "application/problem+json"
        document = response.json()
        assert document["type"].endswith(f"/{slug}")
        assert document["instance"] == f"urn:usga:request:{response.headers['x-request-id']}"


async def test_what_is_asked_once_may_not_be_given_twice(sqlite_client: httpx.AsyncClient) -> None:
    twice = await sqlite_client.get("/v1/things?kind=a&kind=b&size=1&size=2")
    assert twice.status_code == 422
    assert [(e["pointer"], e["code"]) for e in twice.json()["errors"]] == [
        ("/kind", "given_twice")
    ]
    assert (await sqlite_client.get("/v1/things?kind=a&size=1&size=2")).status_code == 200


async def test_head_is_get_without_the_body(sqlite_client: httpx.AsyncClient) -> None:
    whole = await sqlite_client.get("/v1/things")
    head = await sqlite_client.head("/v1/things")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert (await sqlite_client.head("/v1/me")).status_code == 401
    assert (await sqlite_client.head("/nowhere")).status_code == 404
    metrics = (await sqlite_client.get("/metrics")).text
    assert 'method="HEAD",route="/v1/things",status="200"' in metrics


async def test_allow_lists_every_method_of_the_address(sqlite_client: httpx.AsyncClient) -> None:
    both = "GET, HEAD, POST, OPTIONS"
    for method, path, status, allow in [
        ("PUT", "/v1/things", 405, both),
        ("OPTIONS", "/v1/things", 204, both),
        ("HEAD", "/v1/big", 405, "POST, OPTIONS"),
        ("GET", "/v1/big", 405, "POST, OPTIONS"),
        ("OPTIONS", "/v1/me", 204, "GET, HEAD, OPTIONS"),
        ("GET", "/v1/boxes/all", 405, "POST, OPTIONS"),  # not the box with the number "all"
        ("HEAD", "/v1/boxes/all", 405, "POST, OPTIONS"),
        ("OPTIONS", "/v1/boxes/all", 204, "POST, OPTIONS"),
        ("DELETE", "/v1/boxes/1", 405, "GET, HEAD, OPTIONS"),
    ]:
        response = await sqlite_client.request(method, path)
        assert (response.status_code, response.headers["allow"]) == (status, allow), method
    assert (await sqlite_client.options("/nowhere")).status_code == 404


async def test_errors_point_at_fields_and_never_repeat_values(
    sqlite_client: httpx.AsyncClient,
) -> None:
    response = await sqlite_client.post("/v1/things", json={"name": "a", "size": CANARY})
    assert CANARY not in response.text
    assert response.json()["errors"][0]["pointer"] == "/size"
    strange = await sqlite_client.post(
        "/v1/boxes", json={"body": {"query": {"name": "a", "size": "x"}, "a/b~c": {}}}
    )
    assert [error["pointer"] for error in strange.json()["errors"]] == [
        "/body/query/size", "/body/a~1b~0c/name", "/body/a~1b~0c/size",
    ]  # fmt: skip


async def test_a_chunked_body_is_cut_off_at_the_limit(sqlite_client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    response = await sqlite_client.post("/v1/things", content=chunks())
    assert response.status_code == 413
    assert (await sqlite_client.post("/v1/big", content=b"x" * 9000)).json() == 9000
    assert (await sqlite_client.post("/v1/big", content=b"x" * 10_001)).status_code == 413


async def test_a_problem_speaks_the_callers_language(sqlite_client: httpx.AsyncClient) -> None:
    response = await sqlite_client.get("/nowhere", headers={"Accept-Language": "ru"})
    assert response.headers["content-language"] == "ru"
    assert response.json()["title"] == "Здесь ничего нет"


async def test_credentials(sqlite_client: httpx.AsyncClient) -> None:
    client = sqlite_client
    assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {GOOD}"})).json() == "p1"
    assert (await client.get("/v1/me", headers={"X-API-Key": GOOD})).json() == "p1"
    assert (await client.get("/v1/me", auth=("any", GOOD))).json() == "p1"
    for headers in (
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Token {GOOD}"},
        {"Authorization": "Basic %%%"},
        {"Authorization": f"Bearer {GOOD}", "X-API-Key": make_token(TokenKind.API_KEY)},
        {"Authorization": "Bearer"},
    ):
        response = await client.get("/v1/me", headers=headers)
        assert response.status_code == 401, headers
        assert "www-authenticate" in response.headers


async def test_internal_routes_exist_for_services_only(sqlite_client: httpx.AsyncClient) -> None:
    path = "/internal/v1/secret"
    good = await sqlite_client.get(path, headers={"X-USGA-Service": SECRET})
    assert good.json() == "yes"
    assert (await sqlite_client.get(path, headers={"X-USGA-Service": "x"})).status_code == 404


async def test_one_canonical_line_a_request_and_no_answers_in_it(
    sqlite_client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="usga.request"):
        await sqlite_client.get("/v1/defect", headers={"X-Request-ID": "abcdefgh1"})
        await sqlite_client.get("/v1/disk")
    lines = [r for r in caplog.records if r.name == "usga.request"]
    assert len(lines) == 2
    assert lines[1].__dict__["error"] == "builtins.OSError[EROFS]"
    assert CANARY not in json.dumps({k: str(v) for k, v in lines[1].__dict__.items()})
    fields = lines[0].__dict__
    assert fields["request_id"] == "abcdefgh1"
    assert fields["route"] == "/v1/defect"
    assert fields["status"] == 500
    assert fields["error"] == "builtins.RuntimeError"
    assert CANARY not in json.dumps({k: str(v) for k, v in fields.items()})


async def test_health_and_metrics(sqlite_client: httpx.AsyncClient) -> None:
    assert (await sqlite_client.get("/health/live")).status_code == 200
    assert (await sqlite_client.get("/health/ready")).status_code == 200
    await sqlite_client.get("/v1/me")
    metrics = (await sqlite_client.get("/metrics")).text
    assert 'route="/v1/me",status="401"' in metrics


async def test_openapi_declares_problems(sqlite_client: httpx.AsyncClient) -> None:
    document = (await sqlite_client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operation = document["paths"]["/v1/things"]["post"]
    assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
