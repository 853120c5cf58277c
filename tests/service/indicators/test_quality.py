"""Fieldwork in numbers, served to those who supervise it."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.service.indicators.conftest import (
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    SUPERVISOR,
    World,
    as_,
)
from tests.support.indicators import ASSESSMENT

GRID = (
    "hs_access", "hs_afford", "hs_facil", "hs_equal", "hs_court",
    "gs_access", "gs_afford", "gs_simple", "gs_equal", "gs_time",
)  # fmt: skip
FAKER, NEWCOMER = "faker", "newcomer"
START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


def fieldwork() -> list[dict[str, Any]]:
    """Six interviewers; one invents: short interviews, one step for all, outside the area."""
    rng = random.Random(11)
    workloads = [*((f"i{n}", 40) for n in range(5)), (FAKER, 40), (NEWCOMER, 4)]
    found = []
    for name, size in workloads:
        for n in range(size):
            start = START + timedelta(days=n, minutes=rng.randint(0, 240))
            invents = name == FAKER
            minutes = rng.gauss(8, 1) if invents else rng.gauss(45, 5)
            step = rng.choice(["sa", "a", "d", "sd"])
            found.append(
                {
                    "unit": f"{name}-{n}",
                    "status": "included",
                    "interviewer": name,
                    "psu": "p1",
                    "started_at": start.isoformat(),
                    "ended_at": (start + timedelta(minutes=minutes)).isoformat(),
                    "outside": invents,
                    "distance_m": 5000.0 if invents else 200.0,
                    "hour": 23 if invents else 9,
                    "spots": ["bar"] if invents else [f"{name} {n}"],
                    "answers": {
                        "age": 40 if invents else rng.randint(18, 80),
                        **{
                            g: step if invents else rng.choice(["sa", "a", "d", "sd"])
                            for g in GRID
                        },
                    },
                }
            )
    return found


async def read(world: World, token: str = SUPERVISOR, **headers: str) -> Any:
    return await world.client.get(
        "/v1/quality", params={"assessment": ASSESSMENT}, headers={**as_(token), **headers}
    )


async def test_a_supervisor_sees_who_stands_out_and_for_what(world: World) -> None:
    world.assessment.paradata = fieldwork()
    answer = await read(world)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["interviews"], found["interviewers"]) == (244, 7)
    assert set(found["rating_items"]) == set(GRID)
    assert found["flagged"] == [FAKER]
    by_name = {row["interviewer"]: row for row in found["by_interviewer"]}
    flags = {flag["measure"] for flag in by_name[FAKER]["flags"]}
    assert {"gps_out", "heaping", "gps_same", "night"} <= flags
    words = {each["measure"]: each for each in found["measures"]}
    assert flags <= set(words)
    for measure in words.values():
        assert set(measure["title"]) == set(measure["check"]) == {"en", "es", "ru", "sw", "uz"}
    assert (by_name[FAKER]["share_same_spot"], by_name[FAKER]["share_night"]) == (1.0, 1.0)
    assert (by_name["i0"]["share_same_spot"], by_name["i0"]["share_night"]) == (0.0, 0.0)
    assert any("straight" in flag for flag in flags)
    assert by_name[FAKER]["share_outside"] == 1.0
    assert by_name[FAKER]["median_distance_m"] == 5000.0
    assert by_name["i0"]["share_outside"] == 0.0
    assert 40 < by_name["i0"]["median_minutes"] < 50


async def test_a_form_of_the_citys_own_does_not_take_the_surveys_place(world: World) -> None:
    own = {**GSC, "name": "stage"}
    world.assessment.documents = [own, *world.assessment.documents]
    told = {}
    for form in (None, "stage", "gsc"):
        params = {"assessment": ASSESSMENT, **({"instrument": form} if form else {})}
        answer = await world.client.get("/v1/quality", params=params, headers=as_(SUPERVISOR))
        told[form] = (answer.status_code, answer.json().get("instrument"))
    assert told == {None: (200, "hvs"), "stage": (200, "stage"), "gsc": (404, None)}


async def test_of_a_small_workload_nothing_is_told(world: World) -> None:
    world.assessment.paradata = fieldwork()
    rows = {r["interviewer"]: r for r in (await read(world)).json()["by_interviewer"]}
    told = {k: v for k, v in rows[NEWCOMER].items() if v not in (None, [])}
    assert told == {"interviewer": NEWCOMER, "few": True}


async def test_until_the_feed_moves_on_nothing_is_sent_again(world: World) -> None:
    world.assessment.paradata = fieldwork()
    first = await read(world)
    tag = first.headers["etag"]
    assert (await read(world, **{"If-None-Match": tag})).status_code == 304
    world.assessment.paradata.append({"unit": "i0-0", "status": "removed"})
    moved = await read(world, **{"If-None-Match": tag})
    assert moved.status_code == 200
    assert moved.json()["interviews"] == 243
    assert moved.headers["etag"] != tag


@pytest.mark.parametrize(
    ("token", "status"),
    [(COORDINATOR, 200), (STATISTICIAN, 200), (SUPERVISOR, 200), (PARTNER, 403), (STRANGER, 404)],
)
async def test_only_who_supervises_may_look(world: World, token: str, status: int) -> None:
    assert (await read(world, token)).status_code == status


async def test_without_interviews_there_is_nothing_to_flag(world: World) -> None:
    found = (await read(world)).json()
    assert (found["interviews"], found["by_interviewer"], found["flagged"]) == (0, [], [])


async def test_without_a_login_nothing_is_told(world: World) -> None:
    answer = await world.client.get("/v1/quality", params={"assessment": ASSESSMENT})
    assert answer.status_code == 401


def scorecards(*scores: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Records of rater, institution and one score for both items that the form has."""
    return [
        {
            "unit": f"{rater}-{institution}",
            "revision": str(at),
            "status": "included",
            "instrument": "gsc",
            "version": "1",
            "answers": {
                "gs_inst": institution,
                "gs_stage": f"rater_{rater}",
                f"g1a_{rater}": score,
                f"g2a_{rater}": score,
            },
        }
        for at, (rater, institution, score) in enumerate(scores)
    ]


GSC = {
    "name": "gsc",
    "version": "1",
    "choice_lists": {},
    "nodes": [
        {"kind": "question", "name": name, "type": "select_one" if "_" in name else "text"}
        for name in ("gs_inst", "gs_stage", "g1a_a", "g1a_b", "g2a_a", "g2a_b", "g1a_c")
    ],
}


async def raters(world: World, token: str = SUPERVISOR) -> Any:
    return await world.client.get(
        "/v1/quality/raters", params={"assessment": ASSESSMENT}, headers=as_(token)
    )


async def test_supervisors_see_how_far_two_raters_agree(world: World) -> None:
    world.assessment.documents = [GSC]
    world.assessment.feed = scorecards(
        ("a", "x", "0"), ("b", "x", "0"), ("a", "y", "2"), ("b", "y", "3"),
        ("a", "z", "4"), ("b", "z", "4"), ("a", "u", "na"), ("b", "u", "1"), ("a", "v", "1"),
    )  # fmt: skip
    answer = await raters(world)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["institutions"], found["alone"]) == (4, 1)
    assert (found["overall"]["pairs"], found["overall"]["left_out"]) == (6, 2)
    first, second = [0, 2, 4], [0, 3, 4]
    means = sum(first) / 3, sum(second) / 3
    covariance = sum((a - means[0]) * (b - means[1]) for a, b in zip(first, second, strict=True))
    spread = sum((a - means[0]) ** 2 for a in first) + sum((b - means[1]) ** 2 for b in second)
    kappa = 2 * covariance / (spread + 3 * (means[0] - means[1]) ** 2)
    assert found["overall"]["kappa"] == pytest.approx(kappa, abs=1e-4)
    assert found["overall"]["reached"] is True
    assert set(found["domains"]) == {"g1", "g2"}
    assert found["domains"]["g1"]["exact"] == pytest.approx(2 / 3, abs=1e-4)


async def test_a_corrected_record_takes_the_place_of_the_first(world: World) -> None:
    world.assessment.documents = [GSC]
    world.assessment.feed = [
        *scorecards(("a", "x", "0"), ("b", "x", "4")),
        *scorecards(("b", "x", "0")),
        {"unit": "a-gone", "revision": "w", "status": "removed"},
    ]
    found = (await raters(world)).json()
    assert (found["overall"]["exact"], found["overall"]["kappa"]) == (1.0, None)


@pytest.mark.parametrize(("token", "status"), [(PARTNER, 403), (STRANGER, 404)])
async def test_only_who_supervises_sees_the_raters(world: World, token: str, status: int) -> None:
    world.assessment.documents = [GSC]
    assert (await raters(world, token)).status_code == status


async def test_without_a_scorecard_there_are_no_raters(world: World) -> None:
    assert (await raters(world)).status_code == 404
