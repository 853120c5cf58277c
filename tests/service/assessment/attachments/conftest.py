"""The application with a form that asks for files, on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.attaching import FILES_FORM, Tus
from tests.support.collecting import Collecting, add_form, collecting


@pytest.fixture
async def here(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[Collecting]:
    async with collecting(assessment_db_url, tmp_path) as opened:
        async with opened.database.write() as session:
            await add_form(session, FILES_FORM.encode())
        yield opened


@pytest.fixture
def tus(here: Collecting) -> Tus:
    return Tus(here)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the bytes of files stand."""
    return tmp_path / "data" / "attachments"
