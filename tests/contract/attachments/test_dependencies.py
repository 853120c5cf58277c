"""No request of a tablet goes through the pool of threads on its way to a route."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from usga_assessment.app import create_app
from usga_assessment.settings import Settings


def dependencies(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from dependencies(each)


def in_threads(app: FastAPI) -> set[str]:
    """Functions that FastAPI would call in a thread, at every request."""
    return {
        f"{getattr(call, '__module__', '')}.{getattr(call, '__qualname__', call)}"
        for route in app.routes
        if isinstance(route, APIRoute)
        for call in dependencies(route.dependant)
        if not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call))
    }


def test_every_dependency_is_a_coroutine(tmp_path: Path) -> None:
    for upstream in ("", "https://centre.example"):
        settings = Settings(
            _env_file=None, database_url=f"sqlite+aiosqlite:///{tmp_path}/a.db",
            service_token="x" * 40, upstream=upstream, data_dir=tmp_path, key_dir=tmp_path,
        )  # fmt: skip
        assert in_threads(create_app(settings)) == set()
