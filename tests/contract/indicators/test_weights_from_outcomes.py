"""What the real assessment service says of its cases weighs the interviews of the real release."""

import csv
import io
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col
from usga_assessment.storage.tables.field import CaseRow
from usga_indicators.app import create_app
from usga_indicators.settings import Settings

from tests.conftest import DatabaseMaker
from tests.support.apps import asgi_client
from tests.support.collecting import (
    HERE,
    SERVICE_TOKEN,
    add_cases,
    bearer,
    collecting,
    interview,
)

CASES, PEOPLE = 48, 36


async def test_refusals_are_stood_for_by_respondents_of_their_stratum(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    """24 cases in each stratum, w = 1/(0.5 x 0.1) = 20; 18 answered: f = 24/18."""
    async with collecting(make_database("assessment"), tmp_path / "a") as here:
        await add_cases(here.database, CASES)
        await here.push(*(interview(n + 1, case=f"k-{n}", answers={}) for n in range(PEOPLE)))
        refused = [f"k-{n}" for n in range(PEOPLE, CASES)]
        async with here.database.write() as session:
            await session.exec(
                update(CaseRow)
                .where(col(CaseRow.case_id).in_(refused))
                .values(disposition="2.112")
            )
            first = update(CaseRow).where(col(CaseRow.case_id) == "c-001")
            await session.exec(first.values(disposition="4.60"))  # vacant
        app = create_app(
            Settings(
                database_url=make_database("indicators"),
                service_token=SERVICE_TOKEN,
                data_dir=tmp_path / "i",
                key_dir=tmp_path / "k",
                feed_seconds=0,
            ),
            upstream=httpx.ASGITransport(app=here.app),
        )
        async with asgi_client(app) as client:
            made = await client.post(
                "/v1/weights",
                json={
                    "assessment": HERE,
                    "instrument": "skeleton",
                    "recipe": {"steps": [{"kind": "nonresponse", "by": ["stratum"]}]},
                },
                headers=bearer("statistician"),
            )
            assert made.status_code == 201, made.text
            classes = made.json()["diagnostics"]["steps"][0]["person"]["classes"]
            assert [(c["cases"], c["respondents"]) for c in classes] == [(25, 18), (24, 18)]
            file = await client.get(
                f"/v1/weights/{made.json()['id']}/units", headers=bearer("statistician")
            )
            rows = list(csv.DictReader(io.StringIO(file.text)))
            assert len(rows) == PEOPLE
            for row in rows:
                assert float(row["w_household"]) == pytest.approx(20 * 24 / 18)
                assert float(row["w_person"]) == pytest.approx(2 * 20 * 24 / 18)
            release = await client.post(
                "/v1/releases",
                json={"assessment": HERE, "weight_set": made.json()["id"]},
                headers=bearer("statistician"),
            )
            assert release.status_code == 201, release.text
            assert release.json()["analysis"]["weight_set"] == made.json()["id"]
