"""Fixtures of every test: databases on SQLite and on PostgreSQL."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.support.databases import Service, SqliteDatabases
from tests.support.postgres import PostgresDatabases, postgres_databases

DatabaseKind = Literal["sqlite", "postgres"]

#: Files that take long come first, so that workers end together.
LONG_FIRST = ("e2e", "contract", "simulation", "property", "service", "migrations", "golden")


def pytest_configure(config: pytest.Config) -> None:
    """Let workers take files in our order, not those with most tests first."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order folders, and leave the order inside each as it is: random."""
    places = {name: place for place, name in enumerate(LONG_FIRST)}
    depth = len(Path(__file__).parent.parts)
    items.sort(key=lambda item: places.get(item.path.parts[depth], len(places)))


def pytest_collection_finish() -> None:
    """Keep 9,000 tests out of the garbage collector's sight: it took a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Runs the test once on each database; `-m "not postgres"` keeps to SQLite."""
    kind: DatabaseKind = request.param
    return kind


@pytest.fixture(scope="session")
def _postgres() -> Iterator[PostgresDatabases]:
    with postgres_databases() as databases:
        yield databases


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite-templates"))


class DatabaseMaker:
    """Makes databases for one test and removes them after it."""

    def __init__(self, kind: DatabaseKind, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        self.kind = kind
        self._request = request
        self._folder = tmp_path
        self._made: list[str] = []

    def __call__(self, service: Service | None = None, *, name: str = "") -> str:
        """A database URL: empty without `service`, else with that service's tables."""
        if self.kind == "sqlite":
            sqlite: SqliteDatabases = self._request.getfixturevalue("_sqlite")
            return sqlite.create(service, self._folder / f"{name or service or 'empty'}.db")
        postgres: PostgresDatabases = self._request.getfixturevalue("_postgres")
        database = postgres.create(service)
        self._made.append(database)
        return postgres.url(database)

    def close(self) -> None:
        """Drop what was made on a server; files go with the test's folder."""
        for database in self._made:
            self._request.getfixturevalue("_postgres").drop(database)


@pytest.fixture
def make_database(
    database_kind: DatabaseKind, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[DatabaseMaker]:
    """Call it with a service's name for a database with its tables, without for an empty one."""
    if database_kind == "postgres":
        request.getfixturevalue("_postgres")  # the server must outlive this fixture
    maker = DatabaseMaker(database_kind, request, tmp_path)
    yield maker
    maker.close()


@pytest.fixture
def empty_db_url(make_database: DatabaseMaker) -> str:
    """An empty database, for tests of migrations."""
    return make_database()


@pytest.fixture
def assessment_db_url(make_database: DatabaseMaker) -> str:
    """A database with the assessment service's tables."""
    return make_database("assessment")


@pytest.fixture
def indicators_db_url(make_database: DatabaseMaker) -> str:
    """A database with the indicators service's tables."""
    return make_database("indicators")


@pytest.fixture
def reports_db_url(make_database: DatabaseMaker) -> str:
    """A database with the reports service's tables."""
    return make_database("reports")
