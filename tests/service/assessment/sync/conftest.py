"""The application with an assessment that collects, on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.collecting import Collecting, collecting


@pytest.fixture
async def here(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[Collecting]:
    async with collecting(assessment_db_url, tmp_path) as opened:
        yield opened
