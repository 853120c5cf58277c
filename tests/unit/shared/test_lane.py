"""Operations that leave the common way early are still operations like any other."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from usga_shared.http.lane import Lane, Lanes
from usga_shared.http.limits import BodyLimit
from usga_shared.http.render import install_handlers
from usga_shared.problems import Forbidden


def app_of(answer: Callable[[Request], Any]) -> FastAPI:
    app = FastAPI(redirect_slashes=False)

    @app.post("/lane")
    async def routed() -> Response:
        return Response("routed")

    app.state.lanes = {("POST", "/lane"): Lane(app.router.routes[-1], answer)}
    install_handlers(app)
    app.add_middleware(Lanes)
    app.add_middleware(BodyLimit, limit=100)
    return app


async def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, **options)


async def echo(request: Request) -> bytes:
    return await request.body()


async def forbid(_request: Request) -> bytes:
    raise Forbidden


class TestLane:
    async def test_it_answers_without_the_router(self) -> None:
        answer = await ask(app_of(echo), "POST", "/lane", content=b"{}")
        assert (answer.status_code, answer.content) == (200, b"{}")
        assert answer.headers["content-type"] == "application/json"

    @pytest.mark.parametrize(("method", "path"), [("GET", "/lane"), ("POST", "/lane/"),
                                                  ("POST", "/lane%2F"), ("POST", "/LANE")])  # fmt: skip
    async def test_what_is_not_exactly_it_goes_the_common_way(
        self, method: str, path: str
    ) -> None:
        answer = await ask(app_of(echo), method, path, content=b"{}")
        assert answer.status_code in {404, 405}
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_its_refusals_are_problem_documents(self) -> None:
        answer = await ask(app_of(forbid), "POST", "/lane")
        assert (answer.status_code, answer.json()["status"]) == (403, 403)
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_its_bodies_are_limited(self) -> None:
        async def parts() -> Any:
            for _ in range(30):
                yield b"0123456789"

        answer = await ask(app_of(echo), "POST", "/lane", content=parts())
        assert answer.status_code == 413
