"""Call an application in this process, its lifespan included."""

import contextlib
from collections.abc import AsyncIterator, Mapping

import httpx
from fastapi import FastAPI


@contextlib.asynccontextmanager
async def asgi_client(
    app: FastAPI,
    *,
    headers: Mapping[str, str] | None = None,
    base_url: str = "http://testserver",
    raise_app_exceptions: bool = False,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client over ASGITransport; the application starts before and stops after.

    With `raise_app_exceptions=False` an unexpected error is the 500 that a caller would see.
    """
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=raise_app_exceptions)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url=base_url, headers=dict(headers or {})
        ) as client,
    ):
        yield client
