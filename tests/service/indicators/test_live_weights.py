"""The live view under a weight set: its factors hold for whoever comes later, and say so."""

from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.domain.incremental import estimates_from
from usga_indicators.domain.tabulation import Cell

from tests.service.indicators.conftest import (
    STATISTICIAN,
    SUPERVISOR,
    Assessment,
    World,
    as_,
    running,
)
from tests.service.indicators.test_live import checks, look
from tests.support.indicators import ASSESSMENT, extract_items

ALL = extract_items(600)


@pytest.fixture
async def fieldwork(indicators_db_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """400 interviews are in; 200 are still to come."""
    async with running(indicators_db_url, tmp_path, Assessment(feed=ALL[:400])) as made:
        yield made


async def post(world: World, path: str, **body: Any) -> dict[str, Any]:
    answer = await world.client.post(
        path, json={"assessment": ASSESSMENT, **body}, headers=as_(STATISTICIAN)
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def raked(world: World) -> str:
    """A weight set by sex, to invented numbers."""
    await post(
        world,
        "/v1/weights/margins",
        name="sex",
        variables=["sex"],
        cells=[
            {"categories": ["female"], "population": 9000},
            {"categories": ["male"], "population": 3000},
        ],
        source="Invented",
        as_of="2026-01-01",
    )
    steps = [{"kind": "rake", "margins": ["sex"]}]
    weight_set: str = (await post(world, "/v1/weights", recipe={"steps": steps}))["id"]
    return weight_set


def values(cells: list[dict[str, Any]], of: str = "obs_value") -> dict[tuple[str, ...], Any]:
    names = ("indicator", *(each.name for each in fields(Cell)))
    return {tuple(cell[name] for name in names): cell[of] for cell in cells}


async def test_estimates_are_those_of_a_release_under_the_same_weights(fieldwork: World) -> None:
    """Interviews that came after the weight set was made have its factors, too."""
    weight_set = await raked(fieldwork)
    base, weighed = await look(fieldwork), await look(fieldwork, weight_set=weight_set)
    assert base["analysis"]["weight_set"] is None
    assert weighed["analysis"]["weight_set"] == weight_set
    assert len(weighed["analysis"]["weight_set_sha256"]) == 64
    assert values(weighed["observations"]) != values(base["observations"])
    fieldwork.assessment.push(ALL[400:430])
    weighed = await look(fieldwork, weight_set=weight_set)
    assert weighed["pictured_interviews"] == 430
    made = await post(fieldwork, "/v1/releases", weight_set=weight_set)
    cells = await fieldwork.cells(made["id"], STATISTICIAN)
    for name in ("obs_value", "standard_error", "lower_bound", "upper_bound", "design_effect"):
        released = values(cells, name)
        compared = [
            (value, released[where])
            for where, value in values(weighed["observations"], name).items()
            if value is not None and released[where] is not None
        ]
        assert len(compared) > 50
        assert [each for each in compared if each[0] != each[1]] == [], name
    assert (base["errors_count_margins"], weighed["errors_count_margins"]) == (None, True)


async def test_errors_that_take_weights_as_given_say_so(fieldwork: World) -> None:
    await raked(fieldwork)
    steps = [{"kind": "calibrate", "margins": ["sex"], "distance": "linear"}]
    made = await post(fieldwork, "/v1/weights", recipe={"steps": steps})
    view = await look(fieldwork, weight_set=made["id"])
    assert view["errors_count_margins"] is False


async def test_another_weight_set_shows_no_moment_between_two_pictures(fieldwork: World) -> None:
    """Ten people later it waits, as base weights do: else both would show who came."""
    weight_set = await raked(fieldwork)
    await look(fieldwork)
    fieldwork.assessment.push(ALL[400:410])
    early = await look(fieldwork, weight_set=weight_set)
    assert (early["pictured_at"], early["observations"]) == (None, [])
    assert early["analysis"]["weight_set"] == weight_set
    fieldwork.assessment.push(ALL[410:425])
    for each in (weight_set, None, weight_set):  # the same interviews, whoever asks first
        view = await look(fieldwork, weight_set=each)
        assert (view["pictured_interviews"], view["analysis"]["weight_set"]) == (425, each)


async def test_the_rules_of_the_design_hold(fieldwork: World) -> None:
    before = await look(fieldwork)
    made = await fieldwork.client.put(
        "/v1/weights/design",
        params={"assessment": ASSESSMENT},
        json={"lonely_psu": "certainty"},
        headers=as_(STATISTICIAN),
    )
    assert made.status_code in {200, 201}, made.text
    fieldwork.assessment.push(ALL[400:430])
    after = await look(fieldwork)
    told = [view["analysis"]["design"]["lonely_psu"] for view in (before, after)]
    assert told == ["adjust", "certainty"]


@pytest.mark.slow
async def test_two_stages_count_as_drawn_with_replacement(fieldwork: World) -> None:
    """Sums by PSU do not tell what varies within: the errors are never those of whole PSUs."""
    fieldwork.assessment.psus_population = 12
    made = await fieldwork.client.put(
        "/v1/weights/design",
        params={"assessment": ASSESSMENT},
        json={"fpc": "two_stage"},
        headers=as_(STATISTICIAN),
    )
    assert made.status_code in {200, 201}, made.text
    view = await look(fieldwork)
    assert view["analysis"]["design"]["fpc"] == "two_stage"
    (form,) = fieldwork.app.state.live._statistics._of[ASSESSMENT, ""].values()
    wanted = {
        (each.definition.code, each.cell): each.estimate.se
        for each in estimates_from(form.statistics, form.drawn)
    }["PER-01", Cell()]
    found = values(view["observations"], "standard_error")[("PER-01", *["_T"] * len(fields(Cell)))]
    assert found == pytest.approx(100 * wanted, abs=0.06)


async def test_who_weighs_nothing_is_told(fieldwork: World) -> None:
    weight_set = await raked(fieldwork)
    other = ALL[401] | {"answers": ALL[401]["answers"] | {"sex": "other"}}
    fieldwork.assessment.push([other])
    for asked, slug in ((weight_set, "weights-refused"), ("none", "unknown-weight-set")):
        answer = await fieldwork.client.get(
            "/v1/observations/live",
            params={"assessment": ASSESSMENT, "weight_set": asked},
            headers=as_(SUPERVISOR),
        )
        assert answer.status_code == 409
        assert answer.json()["type"].endswith(slug)


@pytest.mark.slow
async def test_sums_of_margins_are_checked_too(fieldwork: World) -> None:
    statistics = fieldwork.app.state.live._statistics
    statistics._check_every = 1
    weight_set = await raked(fieldwork)
    await look(fieldwork, weight_set=weight_set)
    fieldwork.assessment.push(ALL[400:401])
    await look(fieldwork, weight_set=weight_set)
    assert await checks(fieldwork) == {"equal": 1.0, "different": 0.0}
    form = statistics._of[ASSESSMENT, weight_set]["hvs"]
    form.margins._weights.high[0, 0] *= 2.0
    fieldwork.assessment.push(ALL[401:402])
    await look(fieldwork, weight_set=weight_set)
    assert await checks(fieldwork) == {"equal": 1.0, "different": 1.0}
