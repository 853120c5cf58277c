"""All processes behind the gateway, on each database; slow to start, so one stack a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import SERVICES
from tests.support.postgres import PostgresDatabases
from tools.launcher.stack import Stack


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one stack together: a random order would start each stack many times."""
    here = Path(__file__).parent
    places = [at for at, item in enumerate(items) if here in item.path.parents]
    mine = sorted((items[at] for at in places), key=lambda item: (str(item.path), _engine(item)))
    for at, item in zip(places, mine, strict=True):
        items[at] = item


def _engine(item: pytest.Item) -> str:
    found = getattr(item, "callspec", None)
    return str(found.params.get("stack", "")) if found else ""


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A running platform with empty databases of its own."""
    home = tmp_path_factory.mktemp(f"stack-{request.param}")
    databases: dict[str, str] | None = None
    made: list[str] = []
    server: PostgresDatabases | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("_postgres")
        made = [server.create(None) for _ in SERVICES]
        databases = {s: server.url(name) for s, name in zip(SERVICES, made, strict=True)}
    with Stack(home, databases=databases) as running:
        yield running
    for name in made:
        assert server is not None
        server.drop(name)
