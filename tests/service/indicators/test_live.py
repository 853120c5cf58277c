"""The live view: coverage as it is, estimates picture by picture, protected like a release."""

import re
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.domain.tabulation import Cell
from usga_indicators.operations.read_live import LiveDesk

from tests.service.indicators.conftest import (
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    SUPERVISOR,
    Assessment,
    World,
    as_,
    running,
)
from tests.service.indicators.test_definitions import LOCAL, act
from tests.support.indicators import ASSESSMENT, extract_items, outline

ALL = extract_items(600)


@pytest.fixture
async def fieldwork(indicators_db_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """400 interviews are in; 200 are still to come."""
    async with running(indicators_db_url, tmp_path, Assessment(feed=ALL[:400])) as made:
        yield made


async def look(
    world: World, token: str = SUPERVISOR, weight_set: str | None = None
) -> dict[str, Any]:
    answer = await world.client.get(
        "/v1/observations/live",
        params={"assessment": ASSESSMENT, **({"weight_set": weight_set} if weight_set else {})},
        headers=as_(token),
    )
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def unnamed(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**cell, "release": ""} for cell in cells]


async def test_shows_what_a_release_of_the_same_interviews_would(fieldwork: World) -> None:
    view = await look(fieldwork)
    assert (view["interviews"], view["pictured_interviews"], view["waiting"]) == (400, 400, None)
    assert view["coverage"][0] == {
        "stratum": "s01", "interviews": 100, "psus": 6, "psus_drawn": 6,
    }  # fmt: skip
    made = await fieldwork.release()
    released = await fieldwork.cells(made["id"], STATISTICIAN)
    shown = {cell["indicator"] for cell in view["observations"]}
    assert shown >= {"PER-02", "PER-03", "VIC-09", "SVC-01"}
    assert shown.isdisjoint({"VIO-01", "VIO-06", "VIC-12"})  # S3, and a quantile
    wanted = [cell for cell in released if cell["indicator"] in shown]
    assert unnamed(view["observations"]) == unnamed(wanted)
    assert any(cell["obs_status"] == "Q" for cell in wanted)


async def test_kinds_of_settlement_are_shown_as_in_a_release(
    indicators_db_url: str, tmp_path: Path
) -> None:
    """Strata make them up; a kind that no cluster is of is no cell."""
    kinds = {"s01": "informal", "s02": "informal", "s03": "mixed", "s04": "mixed"}
    settled = [
        item | {"answers": item["answers"] | {"settlement": kinds[item["stratum"]]}}
        for item in ALL[:400]
    ]
    async with running(indicators_db_url, tmp_path, Assessment(feed=settled[:350])) as world:
        await look(world)
        world.assessment.push(settled[350:])
        view = await look(world)
        made = await world.release()
        released = await world.cells(made["id"], STATISTICIAN)
    shown = {cell["indicator"] for cell in view["observations"]}
    wanted = [cell for cell in released if cell["indicator"] in shown]
    groups = {cell["subgroup"] for cell in wanted}
    assert {g for g in groups if "settlement" in g} == {
        "settlement:informal",
        "settlement:mixed",
    }
    assert {_where(cell) for cell in view["observations"]} == {_where(cell) for cell in wanted}


async def test_follows_batches_and_counts_nothing_anew(
    fieldwork: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(fieldwork)
    statistics = fieldwork.app.state.live._statistics
    monkeypatch.setattr(statistics, "count", None)  # would be called to count anew
    fieldwork.assessment.push(ALL[400:425])
    edited = ALL[5]["answers"] | {"safe_night": "never", "inc": []}
    fieldwork.assessment.push([ALL[5] | {"revision": "later", "answers": edited}])
    fieldwork.assessment.withdraw(ALL[7]["unit"])
    view = await look(fieldwork)
    assert (view["interviews"], view["pictured_interviews"]) == (424, 424)
    made = await fieldwork.release()
    shown = {cell["indicator"] for cell in view["observations"]}
    released = await fieldwork.cells(made["id"], STATISTICIAN)
    values = {_where(cell): cell for cell in released if cell["indicator"] in shown}
    for cell in view["observations"]:
        released_cell = values[_where(cell)]
        if "Q" not in {cell["obs_status"], released_cell["obs_status"]}:  # company may differ
            assert unnamed([cell]) == unnamed([released_cell])


async def test_a_household_that_answers_two_forms_is_counted_once(fieldwork: World) -> None:
    own = {**outline(), "name": "stage", "version": "1"}
    fieldwork.assessment.documents.append(own)
    fieldwork.assessment.push(
        [{**item, "unit": f"s-{item['unit']}", "instrument": "stage"} for item in ALL[:200]]
    )
    body = {"assessment": ASSESSMENT, "definition": {**LOCAL, "instrument": "stage"}}
    made = await fieldwork.client.post(
        "/v1/indicators/versions", json=body, headers=as_(STATISTICIAN)
    )
    assert made.status_code == 201, made.text
    assert (await act(fieldwork, "publication", COORDINATOR)).status_code == 200
    view = await look(fieldwork)
    assert "LOC-01" in {cell["indicator"] for cell in view["observations"]}
    assert view["interviews"] == sum(each["interviews"] for each in view["coverage"])
    assert {each["psus"] for each in view["coverage"]} == {6}


def _where(cell: dict[str, Any]) -> tuple[str, ...]:
    return tuple(cell[name] for name in ("indicator", *(each.name for each in fields(Cell))))


async def test_a_few_interviews_wait_for_more(fieldwork: World) -> None:
    first = await look(fieldwork)
    fieldwork.assessment.push(ALL[400:424])
    second = await look(fieldwork)
    assert (second["interviews"], second["waiting"]) == (424, 24)
    assert second["coverage"] != first["coverage"]
    assert second["observations"] == first["observations"]
    fieldwork.assessment.push(ALL[424:425])
    third = await look(fieldwork)
    assert (third["pictured_interviews"], third["waiting"]) == (425, 25)
    assert third["observations"] != first["observations"]
    assert (await look(fieldwork))["waiting"] == 0


async def test_edits_alone_draw_no_picture(fieldwork: World) -> None:
    """Who edits thirty interviews, or waits for them, sees no single answer in a difference."""
    first = await look(fieldwork)
    for item in ALL[:30]:
        answers = item["answers"] | {"safe_night": "never"}
        fieldwork.assessment.push([item | {"revision": "later", "answers": answers}])
    second = await look(fieldwork)
    assert second["waiting"] == 30
    assert second["observations"] == first["observations"]


async def test_the_picture_outlives_a_restart(indicators_db_url: str, tmp_path: Path) -> None:
    assessment = Assessment(feed=ALL[:400])
    async with running(indicators_db_url, tmp_path, assessment) as world:
        first = await look(world)
    assessment.push(ALL[400:405])
    async with running(indicators_db_url, tmp_path, assessment) as world:
        second = await look(world)
        kept = (tmp_path / "data" / ASSESSMENT / "live.sealed").read_bytes()
    assert second["observations"] == first["observations"]  # not five people later
    assert (second["interviews"], second["pictured_interviews"]) == (405, 400)
    assert second["waiting"] is None
    assert b"PER-02" not in kept


async def test_is_held_back_beside_a_release_of_nearly_the_same(fieldwork: World) -> None:
    made = await fieldwork.release(to="published", token=STATISTICIAN)
    fieldwork.assessment.push(ALL[400:405])
    view = await look(fieldwork)
    assert (view["held_back_by"], view["observations"]) == (made["id"], [])
    fieldwork.assessment.push(ALL[405:430])
    view = await look(fieldwork)
    assert view["held_back_by"] is None
    assert view["observations"]


async def test_is_for_those_in_charge(fieldwork: World) -> None:
    for token, status in ((PARTNER, 403), (STRANGER, 404), (None, 401)):
        answer = await fieldwork.client.get(
            "/v1/observations/live",
            params={"assessment": ASSESSMENT},
            headers=as_(token) if token else {},
        )
        assert answer.status_code == status


async def test_before_the_first_interview_there_is_coverage(
    indicators_db_url: str, tmp_path: Path
) -> None:
    async with running(indicators_db_url, tmp_path, Assessment()) as world:
        view = await look(world)
    assert (view["interviews"], view["pictured_at"], view["observations"]) == (0, None, [])
    assert [each["psus"] for each in view["coverage"]] == [0, 0, 0, 0]


async def test_sums_are_checked_and_those_that_drift_are_counted_anew(fieldwork: World) -> None:
    desk: LiveDesk = fieldwork.app.state.live
    statistics = desk._statistics
    statistics._check_every = 2
    await look(fieldwork)
    for at in (400, 401):
        fieldwork.assessment.push(ALL[at : at + 1])
        await look(fieldwork)
    assert await checks(fieldwork) == {"equal": 1.0, "different": 0.0}
    form = statistics._of[ASSESSMENT, ""]["hvs"]
    form.statistics.by_psu.high[0, 0] += 1.0
    for at in (402, 403):
        fieldwork.assessment.push(ALL[at : at + 1])
        await look(fieldwork)
    assert await checks(fieldwork) == {"equal": 1.0, "different": 1.0}
    assert statistics._of[ASSESSMENT, ""]["hvs"] is not form


async def checks(world: World) -> dict[str, float]:
    text = (await world.client.get("/metrics")).text
    found = re.findall(r'usga_live_statistics_checks_total\{outcome="(\w+)"\} (\S+)', text)
    return {outcome: float(count) for outcome, count in found}
