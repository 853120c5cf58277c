"""The real assessment service feeds the real indicators service, over its internal routes."""

from functools import cache
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from usga_assessment.storage.tables.field import AssessmentRow
from usga_indicators.app import create_app
from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.definition import Definition, catalogue, lint
from usga_indicators.settings import Settings

from tests.conftest import DatabaseMaker
from tests.support.apps import asgi_client
from tests.support.collecting import (
    FORMS,
    HERE,
    SERVICE_TOKEN,
    Collecting,
    add_cases,
    bearer,
    collecting,
    interview,
)
from tests.support.forms import compiled

PEOPLE = 60


@cache
def codebook(instrument: str) -> Codebook:
    document = compiled((FORMS / instrument / f"{instrument}.csv").read_bytes()).document
    assert document is not None
    return codebook_of([document])


@pytest.mark.parametrize("definition", catalogue(), ids=lambda d: d.code)
def test_definitions_fit_the_instrument_that_answers_them(definition: Definition) -> None:
    assert lint(definition, codebook(definition.instrument)) == []


async def _collect(here: Collecting) -> None:
    await add_cases(here.database, PEOPLE)
    pushed = [
        interview(
            number + 1,
            case=f"k-{number}",
            answers={
                "safe_night": "safe" if (number + number // 12) % 3 else "vunsafe",
                "pv_phys_5y": "yes" if number % 4 == 0 else "no",
            },
        )
        for number in range(PEOPLE)
    ]
    await here.push(*pushed)


async def test_interviews_become_a_published_observation(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with collecting(make_database("assessment"), tmp_path / "a") as here:
        await _collect(here)
        app = create_app(
            Settings(
                database_url=make_database("indicators"),
                service_token=SERVICE_TOKEN,
                data_dir=tmp_path / "i",
                key_dir=tmp_path / "k",
                feed_page_size=25,
            ),
            upstream=httpx.ASGITransport(app=here.app),
        )
        async with asgi_client(app) as client:
            made = await client.post(
                "/v1/releases", json={"assessment": HERE}, headers=bearer("statistician")
            )
            assert made.status_code == 201, made.text
            release = made.json()
            assert release["interviews"] == PEOPLE
            assert release["synthetic"] is True
            async with here.database.write() as session:
                await session.exec(update(AssessmentRow).values(state="published"))
            for state in ("frozen", "published"):
                moved = await client.post(
                    f"/v1/releases/{release['id']}/transitions",
                    json={"to": state},
                    headers=bearer("coordinator"),
                )
                assert moved.status_code == 200, moved.text
            answer = await client.get(
                "/v1/observations", params={"indicator": "PER-01", "stratum": "_T", "sex": "_T"}
            )
            (total,) = answer.json()["items"]
    assert total["obs_value"] == pytest.approx(100 * 2 / 3, abs=0.05)
    assert (total["sample_size"], total["psus"], total["df"]) == (PEOPLE, 12, 10)
    assert total["standard_error"] > 0
