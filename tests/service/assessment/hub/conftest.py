"""A centre with a hub and a tablet in its district."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import DatabaseKind, DatabaseMaker
from tests.support.attaching import FILES_FORM
from tests.support.collecting import add_form
from tests.support.hubs import District, FieldTablet, RunningHub, district


@pytest.fixture
def database_kind() -> DatabaseKind:
    """A laptop has SQLite; modules that prove both databases say so."""
    return "sqlite"


@pytest.fixture
async def field(
    make_database: DatabaseMaker, assessment_db_url: str, tmp_path: Path
) -> AsyncIterator[District]:
    def make(name: str) -> str:
        return make_database("assessment", name=name)

    async with district(assessment_db_url, tmp_path, make) as opened:
        yield opened


@pytest.fixture
async def tablet(field: District) -> FieldTablet:
    return await field.tablet()


@pytest.fixture
async def files(field: District) -> None:
    """The centre has a form that asks for files."""
    async with field.here.database.write() as session:
        await add_form(session, FILES_FORM.encode())


@pytest.fixture
async def hub(field: District, tablet: FieldTablet) -> RunningHub:
    """It met the centre after the tablet was enrolled."""
    return await field.hub()
