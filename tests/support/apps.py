"""Call an application in this process, its lifespan included, and hold it to its description."""

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator

_UNDESCRIBED = ("/health/", "/metrics", "/openapi.json")


@contextlib.asynccontextmanager
async def asgi_client(
    app: FastAPI,
    *,
    headers: Mapping[str, str] | None = None,
    base_url: str = "http://testserver",
    raise_app_exceptions: bool = False,
    described: bool = False,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client over ASGITransport; the application starts before and stops after.

    With `raise_app_exceptions=False` an unexpected error is the 500 that a caller would see.
    With `described`, each answer must be one that the application's OpenAPI description
    declares, in its shape.
    """
    share_routes(app)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=raise_app_exceptions)
    hooks = {"response": [Description(app).check]} if described else {}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url=base_url,
            headers=dict(headers or {}),
            event_hooks=hooks,
        ) as client,
    ):
        yield client


#: What FastAPI made of an included router when the first application of a service was called.
_prepared: dict[tuple[str, int], Any] = {}


def share_routes(app: FastAPI) -> None:
    """Let all applications of this process use what the first prepared for each router.

    FastAPI needs 70 ms to find the dependencies of the routes that a service includes, for every
    application anew. What it finds holds nothing of an application: a request names its own.
    """
    for place, route in enumerate(app.router.routes):
        router = getattr(route, "original_router", None)
        if router is not None:  # the kept route holds its router, so that no other has this id
            key = app.title, id(router)
            app.router.routes[place] = _prepared.setdefault(key, route)


class Description:
    """What an application's OpenAPI document says of its answers."""

    def __init__(self, app: FastAPI) -> None:
        self._document = app.openapi()
        self._paths = [
            (re.compile("^" + re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)) + "$"), item)
            for path, item in sorted(
                self._document["paths"].items(), key=lambda pair: pair[0].count("{")
            )
        ]
        self._validators: dict[int, Draft202012Validator] = {}

    async def check(self, response: httpx.Response) -> None:
        """Fail for a status, media type or body that is not declared."""
        request = response.request
        path = request.url.path
        if path.startswith(_UNDESCRIBED) or response.status_code >= 500:
            return
        operation = self._operation(request.method.lower(), path)
        if operation is None:
            assert response.status_code in (404, 405), f"{request.method} {path} is not described"
            return
        status = str(response.status_code)
        declared = operation["responses"].get(status)
        if declared is None and response.status_code >= 400:
            declared = operation["responses"].get("default")
        assert declared is not None, f"{request.method} {path} answered {status}: undeclared"
        await self._check_content(response, declared.get("content", {}))

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, item in self._paths:
            if method in item and pattern.match(path):
                operation: dict[str, Any] = item[method]
                return operation
        return None

    async def _check_content(self, response: httpx.Response, content: dict[str, Any]) -> None:
        media = response.headers.get("content-type", "").partition(";")[0]
        if not content or not media:
            return
        assert media in content, f"{response.request.url.path}: {media} is undeclared"
        schema = content[media].get("schema")
        if schema is None or "json" not in media:
            return
        await response.aread()
        errors = self._validator(schema).iter_errors(response.json())
        found = [f"{error.json_path}: {error.validator}" for error in errors]
        assert not found, f"{response.request.url.path} is not as described: {found[:5]}"

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        key = id(schema)  # schemas live as long as the document
        if key not in self._validators:
            components = self._document.get("components", {})
            self._validators[key] = Draft202012Validator(
                {"allOf": [schema], "components": components}
            )
        return self._validators[key]
