"""The application with an assessment that collects, on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.collecting import CODED, Collecting, add_form, collecting


@pytest.fixture
async def here(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[Collecting]:
    async with collecting(assessment_db_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def coded(here: Collecting) -> Collecting:
    async with here.database.write() as session:
        await add_form(session, CODED.encode())
    return here
