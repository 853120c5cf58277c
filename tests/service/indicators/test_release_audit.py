"""The attack on a release's hidden cells is stored with it, and stays inside."""

import json
from pathlib import Path

import pytest
from sqlmodel import col, select
from usga_indicators.storage.tables.release import ObservationRow, ReleaseRow

from tests.service.indicators.conftest import (
    SERVICE_TOKEN,
    STATISTICIAN,
    Assessment,
    World,
    as_,
    running,
)
from tests.support.indicators import extract_items
from tests.support.stored import StoredCell, told_of


async def test_the_audit_is_stored_and_no_hidden_cell_is_open_D03(world: World) -> None:
    release = await world.release()
    async with world.app.state.database.read() as session:
        row = (await session.exec(select(ReleaseRow))).one()
        stored = (
            await session.exec(select(ObservationRow).order_by(col(ObservationRow.position)))
        ).all()
    hidden = {o.position for o in stored if json.loads(o.published)["obs_status"] == "Q"}
    attacked = {place for place, *_ in row.audit["intervals"]}
    assert release["suppressed"] == len(hidden) > 0
    assert attacked
    assert attacked <= hidden
    assert (row.audit["cells"], row.audit["open"]) == (len(attacked), 0)
    for place, layer, least, most in row.audit["intervals"]:
        inside = stored[place].internal
        value = {
            "base": inside["n"],
            "numerator": inside["n_numerator"],
            "complement": inside["n"] - inside["n_numerator"],
        }[layer]
        assert least <= value
        assert most is None or value <= most
        assert (least, most) != (value, value)


@pytest.mark.parametrize(
    "database_kind",
    ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])],
)
async def test_no_hidden_cell_of_any_indicator_can_be_worked_out_D03_D04(
    indicators_db_url: str, tmp_path: Path
) -> None:
    """Of two published releases, alone and together; the second has interviews of one stratum more."""
    feed = Assessment(feed=extract_items(600))
    async with running(indicators_db_url, tmp_path, feed, chosen=None) as world:
        first = await world.release(to="published")
        later = [i for i in extract_items(760)[600:] if i["stratum"] == "s02"]
        assert len(later) >= 10
        feed.push(later)
        second = await world.release(to="published")
        assert second["interviews"] == first["interviews"] + len(later)
        async with world.app.state.database.read() as session:
            rows = {row.id: row for row in (await session.exec(select(ReleaseRow))).all()}
            query = select(ObservationRow).order_by(col(ObservationRow.position))
            stored = (await session.exec(query)).all()
        definitions = {d.code: d for d in world.app.state.catalogue}
    areas = {s["stratum"]: s["area"] for s in rows[first["id"]].context["strata"] if s["area"]}
    cells = [StoredCell(r.release_id, r.indicator, r.published, r.internal) for r in stored]
    assert told_of(cells, [first["id"], second["id"]], definitions, areas) == []
    for row in rows.values():
        assert row.audit is not None
        assert row.audit["open"] == row.audit["beside"]["open"] == 0
        assert row.audit["at_publication"]["open"] == 0
        assert row.audit["cells"] > 100


async def test_the_audit_is_in_no_answer(world: World) -> None:
    release = await world.release()
    for path, headers in (
        (f"/v1/releases/{release['id']}", as_(STATISTICIAN)),
        (f"/internal/v1/releases/{release['id']}/bundle", {"X-USGA-Service": SERVICE_TOKEN}),
    ):
        answer = await world.client.get(path, headers=headers)
        assert answer.status_code == 200
        assert "intervals" not in answer.text


async def test_a_release_that_completes_a_published_one_is_refused_D04(world: World) -> None:
    """Planted: the draft shows what the published release hides of the same interviews."""
    first = await world.release(to="published")
    second = await world.release(to="frozen")
    database = world.app.state.database
    async with database.read() as session:
        rows = (await session.exec(select(ReleaseRow))).all()
    audits = {row.id: row.audit for row in rows}
    assert audits[second["id"]]["beside"]["releases"] == [first["id"]]
    assert audits[first["id"]]["at_publication"]["open"] == 0
    async with database.write() as session:
        query = select(ObservationRow).where(col(ObservationRow.release_id) == second["id"])
        cells = [json.loads(row.published) for row in (await session.exec(query)).all()]
        for place, cell in enumerate(cells):
            if cell["reason"] == "D-03":
                cell["obs_status"] = "A"
                row = await session.get(ObservationRow, (second["id"], place))
                row.published = json.dumps(cell)
        assert any(cell["obs_status"] == "Q" for cell in cells)
    answer = await world.client.post(
        f"/v1/releases/{second['id']}/transitions",
        json={"to": "published"},
        headers=as_(STATISTICIAN),
    )
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("hidden-cells-open")
    assert problem["cells"] > 0
    assert problem["releases"] == [first["id"]]
    for language in ("es", "ru", "sw"):
        told = await world.client.post(
            f"/v1/releases/{second['id']}/transitions",
            json={"to": "published"},
            headers={**as_(STATISTICIAN), "Accept-Language": language},
        )
        assert told.json()["title"] != problem["title"]


async def test_the_same_interviews_are_published_again_and_verify_beside_the_first(
    world: World,
) -> None:
    first = await world.release(to="published")
    second = await world.release(to="published")
    for release in (first, second):
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["reproducible"], answer.text
    hidden = [
        {
            tuple(
                cell[k]
                for k in ("indicator", "ref_area", "stratum", "sex", "age", "item", "subgroup")
            )
            for cell in await world.cells(release["id"], limit="1000")
            if cell["obs_status"] == "Q"
        }
        for release in (first, second)
    ]
    assert hidden[0]
    assert hidden[0] == hidden[1]
