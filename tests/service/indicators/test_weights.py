"""Weights as data through HTTP: margins, recipes, weight sets, logs, files."""

import csv
import io
from collections import defaultdict
from typing import Any

import httpx
import numpy as np
import pytest

from tests.service.indicators.conftest import (
    ANALYST,
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    World,
    as_,
)
from tests.support.indicators import ASSESSMENT

BANDS = (("Y18T24", 18, 25), ("Y25T34", 25, 35), ("Y35T44", 35, 45), ("Y45T54", 45, 55),
         ("Y55T64", 55, 65), ("Y_GE65", 65, 200))  # fmt: skip
SEX = {"female": 40_000.0, "male": 36_000.0}
FULL = [
    {"kind": "nonresponse", "by": ["stratum"]},
    {"kind": "trim", "by": ["stratum"], "upper_median": 1.6, "sets": ["person"]},
    {"kind": "rake", "margins": ["sex"]},
]


def band(age: int) -> str:
    return next((code for code, low, high in BANDS if low <= age < high), "")


def outcomes(world: World, share: float = 0.8) -> list[dict[str, Any]]:
    """Cases behind the interviews: of each PSU one more case that refused, one that is no home."""
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for item in world.assessment.feed:
        groups[item["stratum"], item["psu"], item["area"]].append(item["w_household"])
    return [
        {
            "stratum": s, "psu": p, "area": a, "cases": len(w) + 2,
            "eligible": sum(w) / share, "unknown": 30.0, "not_eligible": 25.0,
        }
        for (s, p, a), w in groups.items()
    ]  # fmt: skip


async def upload(world: World, **changes: Any) -> httpx.Response:
    body = {
        "assessment": ASSESSMENT,
        "name": "sex",
        "variables": ["sex"],
        "cells": [{"categories": [k], "population": v} for k, v in SEX.items()],
        "source": "Synthetic census 2024",
        "as_of": "2024-08-24",
        **changes,
    }
    return await world.client.post("/v1/weights/margins", json=body, headers=as_(STATISTICIAN))


async def make(world: World, steps: list[Any], path: str = "", title: str = "") -> httpx.Response:
    return await world.client.post(
        f"/v1/weights{path}",
        json={"assessment": ASSESSMENT, "title": title, "recipe": {"steps": steps}},
        headers=as_(STATISTICIAN),
    )


async def made(world: World, steps: list[Any]) -> dict[str, Any]:
    answer = await make(world, steps)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def rows(world: World, weight_set: str) -> dict[str, tuple[float, float]]:
    answer = await world.client.get(f"/v1/weights/{weight_set}/units", headers=as_(ANALYST))
    assert answer.status_code == 200, answer.text
    table = csv.DictReader(io.StringIO(answer.text))
    return {r["unit"]: (float(r["w_person"]), float(r["w_household"])) for r in table}


async def test_nothing_is_kept_for_an_assessment_that_is_not_there(world: World) -> None:
    nowhere = "UZ-ELSEWHERE-2026"  # a role there says nothing about it
    margin = {
        "assessment": nowhere, "name": "sex", "variables": ["sex"], "source": "x",
        "cells": [{"categories": ["F"], "population": 1}], "as_of": "2024-08-24",
    }  # fmt: skip
    for method, address, body in (
        ("POST", "/v1/weights/margins", margin),
        ("PUT", f"/v1/weights/design?assessment={nowhere}", {"lonely_psu": "certainty"}),
    ):
        answer = await world.client.request(method, address, json=body, headers=as_(STRANGER))
        assert answer.status_code == 404, answer.text
    kept = await world.client.get(
        f"/v1/weights/margins?assessment={nowhere}", headers=as_(STRANGER)
    )
    assert kept.json() == []


class TestMaking:
    async def test_no_steps_are_base_weights(self, world: World) -> None:
        view = await made(world, [])
        base = {i["unit"]: (i["w_person"], i["w_household"]) for i in world.assessment.feed}
        assert await rows(world, view["id"]) == base
        w = np.array([p for p, _ in base.values()])
        facts = view["diagnostics"]["person"]
        assert facts["n"] == 600
        assert facts["deff_kish"] == pytest.approx(600 * (w @ w) / w.sum() ** 2, rel=1e-12)
        assert facts["cv"] == pytest.approx(w.std() / w.mean(), rel=1e-9)

    async def test_each_step_by_the_formula(self, world: World) -> None:
        world.assessment.outcomes = outcomes(world)
        assert (await upload(world)).status_code == 201
        view = await made(world, FULL)
        person, household, cut = _by_hand(world)
        got = await rows(world, view["id"])
        for item in world.assessment.feed:
            wanted = (person[item["unit"]], household[item["unit"]])
            assert got[item["unit"]] == pytest.approx(wanted, rel=1e-9)
        steps = view["diagnostics"]["steps"]
        assert [s["kind"] for s in steps] == ["nonresponse", "trim", "rake"]
        assert steps[2]["person"]["converged"] is True
        assert view["margins"][0]["source"] == "Synthetic census 2024"
        log = await world.client.get(
            f"/v1/weights/{view['id']}/trimmed?limit=1000", headers=as_(COORDINATOR)
        )
        lines = log.json()["items"]
        assert len(lines) == view["diagnostics"]["trimmed"] > 0
        assert {line["unit"] for line in lines} == cut
        assert {(line["step"], line["set"]) for line in lines} == {(1, "person")}
        assert all(line["after"] > 0 and line["before"] != line["after"] for line in lines)

    async def test_the_same_recipe_on_the_same_interviews_is_the_same_set(
        self, world: World
    ) -> None:
        world.assessment.outcomes = outcomes(world)
        await upload(world)
        first, again = await made(world, FULL), await made(world, FULL)
        assert first == again
        second = (await make(world, FULL, title="Once more")).json()
        assert (first["number"], second["number"]) == (1, 2)
        for name in ("sha256", "weights_sha256", "snapshot_sha256", "diagnostics"):
            assert first[name] == second[name]
        preview = await make(world, FULL, "/previews")
        assert preview.json()["weights_sha256"] == first["weights_sha256"]
        listed = await world.client.get(
            "/v1/weights", params={"assessment": ASSESSMENT, "limit": 1}, headers=as_(COORDINATOR)
        )
        assert [w["id"] for w in listed.json()["items"]] == [second["id"]]
        more = await world.client.get(listed.links["next"]["url"], headers=as_(COORDINATOR))
        assert [w["id"] for w in more.json()["items"]] == [first["id"]]

    async def test_a_recipe_can_be_sent_again_as_it_is_read(self, world: World) -> None:
        world.assessment.outcomes = outcomes(world)
        await upload(world)
        first = await made(world, FULL)
        read = await world.client.get(f"/v1/weights/{first['id']}", headers=as_(COORDINATOR))
        recipe = read.json()["recipe"]
        assert [step["of"] for step in recipe] == [["person", "household"], ["person"], ["person"]]
        again = (await make(world, recipe, title="Sent again")).json()
        assert (again["recipe"], again["sha256"]) == (recipe, first["sha256"])
        twice = await make(world, [{**recipe[2], "sets": ["household"]}])
        assert twice.status_code == 422

    async def test_a_withdrawn_interview_leaves_the_log_C02(self, world: World) -> None:
        view = await made(world, [{"kind": "trim", "upper_median": 1.5, "sets": ["person"]}])
        path = f"/v1/weights/{view['id']}/trimmed?limit=1000"
        lines = (await world.client.get(path, headers=as_(STATISTICIAN))).json()["items"]
        gone = lines[3]["unit"]
        world.assessment.withdraw(gone)
        await make(world, [], "/previews")  # whoever reads the feed next takes it in
        after = (await world.client.get(path, headers=as_(STATISTICIAN))).json()["items"]
        assert after[3] == {**lines[3], "unit": None}
        assert [line for line in after if line["unit"]] == [
            line for line in lines if line["unit"] != gone
        ]


def _by_hand(world: World) -> tuple[dict[str, float], dict[str, float], set[str]]:
    """The recipe `FULL` in plain Python."""
    feed = world.assessment.feed
    eligible: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for group in world.assessment.outcomes:
        for at, name in enumerate(("eligible", "unknown", "not_eligible")):
            eligible[group["stratum"]][at] += group[name]
    given: dict[str, float] = defaultdict(float)
    for item in feed:
        given[item["stratum"]] += item["w_household"]
    factor = {}
    for stratum, (d, unknown, ne) in eligible.items():
        factor[stratum] = (d + d / (d + ne) * unknown) / given[stratum]
    household = {i["unit"]: i["w_household"] * factor[i["stratum"]] for i in feed}
    person = {i["unit"]: i["w_person"] * factor[i["stratum"]] for i in feed}
    trimmed: set[str] = set()
    for stratum in sorted(factor):
        own = [i["unit"] for i in feed if i["stratum"] == stratum]
        limit = 1.6 * float(np.median([person[u] for u in own]))
        cut: set[str] = set()
        while any(person[u] > limit for u in own if u not in cut):
            over = {u for u in own if person[u] > limit}
            excess = sum(person[u] - limit for u in over)
            cut |= over
            for u in over:
                person[u] = limit
            free = [u for u in own if u not in cut]
            for u in free:
                person[u] += excess / len(free)
        trimmed |= cut
    for sex, population in SEX.items():
        own = [i["unit"] for i in feed if i["answers"]["sex"] == sex]
        total = sum(person[u] for u in own)
        for u in own:
            person[u] *= population / total
    return person, household, trimmed


WRONG: tuple[tuple[dict[str, Any], str, str, str], ...] = (
    ({"kind": "rake", "margins": ["nowhere"]}, "/margins/0", "unknown-margin", "nowhere"),
    ({"kind": "trim", "by": ["sexx"], "upper_median": 3}, "/by/0", "unknown-variable", "sexx"),
    ({"kind": "nonresponse", "by": ["sex"]}, "/by/0", "not-known-of-non-respondents", "sex"),
    ({"kind": "nonresponse", "by": ["stratum"]}, "/by", "class-without-respondents",
     "stratum = s09"),
    ({"kind": "trim", "by": ["stratum"]}, "", "trim-without-bound", "no bound"),
    ({"kind": "trim", "upper": 20, "lower": 30}, "", "bounds-crossed", "lower"),
    ({"kind": "trim", "upper": 0.001}, "", "bounds-too-narrow", "everybody"),
    ({"kind": "rake", "margins": ["third"]}, "/margins/0",
     "margin-category-without-interviews", "psu = nowhere"),
    ({"kind": "rake", "margins": ["sex", "half"]}, "/margins/1", "margins-disagree", "half"),
    ({"kind": "rake", "margins": ["age"]}, "/margins/0", "interviews-outside-margin", "age"),
    ({"kind": "calibrate", "margins": ["far"], "bounds": [0.9, 1.1]}, "",
     "calibration-failed", "calibration"),
)  # fmt: skip


class TestRefusals:
    async def test_each_finding_names_its_place(self, world: World) -> None:
        world.assessment.outcomes = [
            *outcomes(world),
            {"stratum": "s09", "psu": "x", "area": "", "cases": 3, "eligible": 9.0,
             "unknown": 0.0, "not_eligible": 0.0},
        ]  # fmt: skip
        await upload(world)
        half = [{"categories": [s], "population": p / 2} for s, p in SEX.items()]
        psus = [*{item["psu"]: 0 for item in world.assessment.feed}, "nowhere"]
        third = [{"categories": [psu], "population": 5} for psu in psus]
        ages = [{"categories": [code], "population": 100} for code, *_ in BANDS]
        far = [{"categories": [s], "population": 10.0} for s in SEX]
        for name, cells, variables in (
            ("half", half, ["sex"]), ("third", third, ["psu"]), ("age", ages, ["age"]),
            ("far", far, ["sex"]),
        ):  # fmt: skip
            assert (await upload(world, name=name, cells=cells, variables=variables)).is_success
        for step, pointer, code, words in WRONG:
            answer = await make(world, [step], "/previews")
            assert answer.status_code == 409
            assert answer.json()["type"].endswith("/weights-refused")
            (error, *_) = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == (f"/recipe/steps/0{pointer}", code)
            assert words in error["message"]
        assert (await make(world, [WRONG[0][0]])).status_code == 409
        listed = await world.client.get(
            "/v1/weights", params={"assessment": ASSESSMENT}, headers=as_(STATISTICIAN)
        )
        assert listed.json()["items"] == []

    async def test_a_negative_base_weight_is_found(self, world: World) -> None:
        world.assessment.feed[7]["w_person"] = -1.0
        answer = await make(world, [])
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/base/person"
        assert world.assessment.feed[7]["unit"] in error["message"]

    async def test_margins_never_change(self, world: World) -> None:
        first = await upload(world)
        assert (await upload(world)).json() == first.json()
        other = await upload(world, source="Another census")
        assert other.status_code == 409
        assert other.json()["type"].endswith("/margin-exists")

    async def test_a_margin_that_cannot_be(self, world: World) -> None:
        changes: tuple[tuple[dict[str, Any], int], ...] = (
            ({"cells": [{"categories": ["female"], "population": -1}]}, 422),
            ({"cells": [{"categories": ["female"], "population": 1e13}]}, 422),
            ({"cells": [{"categories": ["female", "Y18T24"], "population": 1}]}, 409),
            ({"cells": [{"categories": ["female"], "population": 1}] * 2}, 409),
            ({"cells": [{"categories": ["female"], "population": 0}]}, 409),
            ({"variables": ["sex", "sex"]}, 409),
            ({"as_of": "yesterday"}, 422),
            ({"source": ""}, 422),
        )
        for change, status in changes:
            answer = await upload(world, **change)
            assert answer.status_code == status
            assert answer.json()["errors"]

    async def test_a_margin_is_held_against_the_form_when_it_is_uploaded(
        self, world: World
    ) -> None:
        one = {"population": 5}
        for change, pointer, code, words in (
            ({"variables": ["sexx"]}, "/variables/0", "unknown-variable", "sexx"),
            ({"variables": ["crime_any"]}, "/variables/0", "unknown-variable", "crime_any"),
            ({"cells": [{"categories": ["female"], **one}, {"categories": ["third"], **one}]},
             "/cells/1/categories/0", "unknown-category", "third"),
            ({"cells": [{"categories": ["ref"], **one}]}, "/cells/0/categories/0",
             "unknown-category", "ref"),
            ({"variables": ["age"], "cells": [{"categories": ["18-24"], **one}]},
             "/cells/0/categories/0", "unknown-category", "18-24"),
            ({"variables": ["stratum"], "cells": [{"categories": ["s09"], **one}]},
             "/cells/0/categories/0", "unknown-category", "s09"),
        ):  # fmt: skip
            answer = await upload(world, **change)
            assert answer.status_code == 409, change
            found = {e["pointer"]: e for e in answer.json()["errors"]}[pointer]
            assert (found["code"], words in found["message"]) == (code, True)
        another = {**world.assessment.documents[0], "name": "another", "nodes": []}
        world.assessment.documents.append(another)  # a survey that asks none of it
        strange = {"cells": [{"categories": ["third"], **one}]}
        (error,) = (await upload(world, **strange)).json()["errors"]
        assert error["pointer"] == "/cells/0/categories/0"
        assert (await upload(world)).json()["findings"] == []
        body = {"name": "women", "cells": [{"categories": ["female"], **one}]}
        lacking = await upload(world, **body, assessment=ASSESSMENT)
        assert lacking.status_code == 201
        (finding,) = lacking.json()["findings"]
        assert (finding["pointer"], finding["code"]) == ("/variables/0", "margin-lacks-category")
        assert finding["message"] == "the margin does not count male of sex"

    async def test_before_the_form_is_published_a_margin_waits_to_be_looked_at(
        self, world: World
    ) -> None:
        world.assessment.documents = []
        answer = await upload(world, variables=["sexx"])
        assert answer.status_code == 201
        assert [f["code"] for f in answer.json()["findings"]] == ["no-form-yet"]

    async def test_roles(self, world: World) -> None:
        view = await made(world, [])
        body: dict[str, Any] = {"assessment": ASSESSMENT, "recipe": {"steps": []}}
        for token, status in ((COORDINATOR, 403), (PARTNER, 403), (STRANGER, 404)):
            made_ = await world.client.post("/v1/weights", json=body, headers=as_(token))
            assert made_.status_code == status
        path = f"/v1/weights/{view['id']}"
        for token, read, load in (
            (COORDINATOR, 200, 403), (ANALYST, 403, 200), (PARTNER, 403, 403), (STRANGER, 404, 404)
        ):  # fmt: skip
            assert (await world.client.get(path, headers=as_(token))).status_code == read
            file = await world.client.get(f"{path}/units", headers=as_(token))
            assert file.status_code == load
        assert (await world.client.get(path)).status_code == 401
