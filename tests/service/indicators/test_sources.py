"""A release of several sources: sample, records, scorecard, fieldwork; each shown as it may be."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from usga_assessment.domain.catalogue.instruments import form_bytes

from tests.service.indicators.conftest import (
    COORDINATOR,
    STATISTICIAN,
    Assessment,
    World,
    as_,
    running,
)
from tests.service.indicators.test_definitions import LOCAL
from tests.support.forms import compiled
from tests.support.indicators import ASSESSMENT, extract_items, outline

CODES = frozenset({"ADM-01", "ADM-02", "FLO-06", "GOV-06", "JUS-04", "PER-01", "QUA-04", "SVC-03"})


@cache
def document(name: str) -> dict[str, Any]:
    found = compiled(form_bytes(name)).document
    assert found is not None
    return found


def record(unit: str, instrument: str, answers: dict[str, Any]) -> dict[str, Any]:
    return {
        "unit": unit, "revision": "r1", "status": "included", "instrument": instrument,
        "version": str(document(instrument)["version"]), "disposition": "1.1", "answers": answers,
    }  # fmt: skip


def of_institutions() -> list[dict[str, Any]]:
    counts = {
        "ag_inst": "police",
        "pop": [
            {"po_area": "a", "po_year": 2025, "po_resident": 120_000},
            {"po_area": "b", "po_year": 2025, "po_resident": 80_000},
        ],
        "cell": [
            {"ag_area": area, "ag_month": f"2025-{month:02d}-01", "ag_iccs": iccs,
             "ag_unit": unit, "ag_n": n}
            for iccs, unit, by_area in (
                ("0101", "victim", {"a": 9, "b": 5}), ("0401", "offence", {"a": 60, "b": 4}),
            )
            for area, n in by_area.items()
            for month in (4,)
        ],
    }  # fmt: skip
    card = {"gs_stage": "consensus", "gs_score_c": "61.25", "gs_bare_c": "2"}
    return [record("z1", "adm_agg", counts), record("z2", "gsc", card)]


@pytest.fixture
def assessment() -> Assessment:
    return Assessment(
        feed=[*extract_items(600), *of_institutions()],
        documents=[outline(), document("adm_agg"), document("gsc")],
    )


async def define(world: World, definition: dict[str, Any]) -> None:
    body = {"assessment": ASSESSMENT, "definition": definition}
    drafted = await world.client.post(
        "/v1/indicators/versions", json=body, headers=as_(STATISTICIAN)
    )
    assert drafted.status_code == 201, drafted.text
    path = f"/v1/indicators/versions/{ASSESSMENT}/{definition['code']}/{definition['version']}"
    published = await world.client.post(f"{path}/publication", headers=as_(COORDINATOR))
    assert published.is_success, published.text


async def test_each_source_is_shown_as_it_may_be(
    indicators_db_url: str, tmp_path: Path, assessment: Assessment
) -> None:
    async with running(indicators_db_url, tmp_path, assessment, chosen=CODES) as world:
        view = await world.release()
        cells = {
            (c["indicator"], c["ref_area"]): c
            for c in await world.cells(view["id"], STATISTICIAN)
            if c["stratum"] == "_T" and c["sex"] == "_T" and c["age"] == "_T"
        }
        homicide, robbery = cells["ADM-01", "_T"], cells["ADM-02", "_T"]
        assert (homicide["obs_value"], homicide["time_period"]) == (7, "2025")
        assert homicide["lower_bound"] < 7 < homicide["upper_bound"]
        assert robbery["obs_value"] == 32
        assert cells["ADM-02", "b"]["obs_value"] is None  # four robberies
        assert cells["ADM-02", "a"]["obs_value"] is None  # or the four would be the difference
        assert cells["GOV-06", "_T"]["obs_value"] == 61.3
        for code in ("GOV-06", "QUA-04"):
            assert cells[code, "_T"]["lower_bound"] is None
        assert cells["JUS-04", "_T"]["obs_value"] > 1
        assert cells["JUS-04", "_T"]["lower_bound"] is not None
        checked = await world.client.get(
            f"/v1/releases/{view['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert checked.json()["reproducible"], checked.text


async def test_a_rapid_poll_is_no_sample_even_when_it_comes_first_Q03(
    indicators_db_url: str, tmp_path: Path
) -> None:
    poll = [
        record(f"p{n:03d}", "rap", {"safe_night": "safe" if n % 2 else "unsafe"})
        for n in range(120)
    ]
    rapid = Assessment(feed=[*poll, *extract_items(600)], documents=[document("rap"), outline()])
    codes = frozenset({"PER-01", "SVC-03"})
    async with running(indicators_db_url, tmp_path, rapid, chosen=codes) as world:
        await define(world, {**LOCAL, "numerator": "${safe_night} = 'safe'", "instrument": "rap"})
        view = await world.release()
        local = await world.cells(view["id"], STATISTICIAN, indicator="LOC-01")
        assert {(c["sample_size"], c["lower_bound"]) for c in local if c["sample_size"]} == {
            (120, None)  # an own definition is answered by the form that it was written for
        }
        (total,) = [
            c
            for c in await world.cells(view["id"], STATISTICIAN, indicator="PER-01")
            if c["stratum"] == c["sex"] == c["age"] == c["subgroup"] == "_T"
        ]
        assert total["sample_size"] == 600  # the survey's, with its error
        assert total["lower_bound"] is not None


async def test_a_rapid_poll_alone_is_labelled_and_has_no_interval_Q03(
    indicators_db_url: str, tmp_path: Path
) -> None:
    poll = [
        record(f"p{n:03d}", "rap", {"safe_night": "safe" if n % 2 else "unsafe"})
        for n in range(120)
    ]
    rapid = Assessment(feed=poll, documents=[document("rap")])
    async with running(indicators_db_url, tmp_path, rapid, chosen=frozenset({"PER-01"})) as world:
        view = await world.release()
        total = next(
            c
            for c in await world.cells(view["id"], STATISTICIAN)
            if {c[d] for d in ("stratum", "sex", "age", "subgroup")} == {"_T"}
        )
        assert (total["obs_value"], total["sample_size"]) == (50, 120)
        assert total["lower_bound"] is None
        indicators = await world.client.get(
            f"/v1/releases/{view['id']}/indicators", headers=as_(STATISTICIAN)
        )
        assert [i["source"] for i in indicators.json()] == ["non_probability"]


def of_victims_and_points() -> list[dict[str, Any]]:
    """Incidents of 2025 with their victims, residents by sex, and points of two areas."""
    living = [("", 200_000), ("female", 110_000), ("male", 90_000)]
    people = {
        "pop": [
            {"po_area": "a", "po_year": 2025, "po_resident": number}
            | ({"po_sex": sex} if sex else {})
            for sex, number in living
        ]
    }
    incidents = [
        record(f"v{at:03d}", "adm", {
            "iccs": iccs, "date_occ": "2025-06-01", "area_cell": "a", "n_victims": 1,
            "victim": [{"vi_sex": "male" if at % 4 == 0 else "female", "vi_age": "a25_34"}],
        })
        for at, iccs in enumerate(["0301"] * 60 + ["0401"] * 40)
    ]  # fmt: skip
    earlier = [
        record(f"y{at:03d}", "adm", {
            "iccs": "0401" if at % 2 else "0301", "date_occ": "2024-06-01", "n_victims": 0,
            "status": "charged" if at % 4 < 2 else "open",
        })
        for at in range(80)
    ]  # fmt: skip
    points = [
        record(f"w{at}", "saw", {
            "w_time": "dark", "w_light": str(at % 4), "w_score": str(10.0 * at), "w_area": area,
        })
        for at, area in enumerate(["area-s01", "area-s01", "area-s02", "nowhere"])
    ]  # fmt: skip
    return [record("z1", "adm_agg", people), *incidents, *earlier, *points]


async def test_victims_points_and_records_are_shown_by_their_parts(
    indicators_db_url: str, tmp_path: Path
) -> None:
    parts = Assessment(
        feed=[*extract_items(300), *of_victims_and_points()],
        documents=[outline(), document("adm_agg"), document("adm"), document("saw")],
    )
    codes = frozenset({"ADM-03", "ADM-04", "ENV-02", "ENV-03", "PER-04"})
    async with running(indicators_db_url, tmp_path, parts, chosen=codes) as world:
        view = await world.release()
        shown = {
            (c["indicator"], c["ref_area"], c["sex"], c["subgroup"]): c["obs_value"]
            for c in await world.cells(view["id"], STATISTICIAN)
            if c["indicator"] != "PER-04"
        }
    assert shown == {
        ("ADM-03", "_T", "_T", "_T"): 30,
        ("ADM-03", "_T", "F", "_T"): 41,  # 45 of 110,000
        ("ADM-03", "_T", "M", "_T"): 17,  # 15 of 90,000
        ("ADM-04", "_T", "_T", "_T"): 50,
        ("ADM-04", "_T", "_T", "iccs:03"): 50,
        ("ADM-04", "_T", "_T", "iccs:04"): 50,
        ("ENV-02", "_T", "_T", "_T"): 15,
        ("ENV-02", "area-s01", "_T", "_T"): 5,
        ("ENV-02", "area-s02", "_T", "_T"): 20,
        ("ENV-03", "_T", "_T", "_T"): 50,
        ("ENV-03", "area-s01", "_T", "_T"): 100,
        ("ENV-03", "area-s02", "_T", "_T"): 0,
    }
