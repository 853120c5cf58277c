"""Patterns in space of a release: from what it shows alone, the same for ever, to who may read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import text
from usga_indicators.domain.spatial import Weights, describe, permuted
from usga_shared.wire.extract import AssessmentContext

from tests.service.indicators.conftest import (
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    SUPERVISOR,
    Assessment,
    World,
    as_,
    running,
)
from tests.service.indicators.test_observations import interviews

#: What does not touch the database otherwise than its siblings.
on_one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SIDE = 3
SAFE = {1: 12, 2: 18, 3: 20, 4: 22, 5: 30, 6: 5, 7: 31, 8: 40, 9: 44}
"""Of 60 in each stratum who feel safe at home; the sixth is hidden, and another one beside it."""


def square(number: int) -> dict[str, Any]:
    y, x = divmod(number - 1, SIDE)
    west, south = 36.8 + x / 100, -1.3 + y / 100
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    ring = [[west + a / 100, south + b / 100] for a, b in corners]
    told = {"code": f"area-s{number:02d}", "kind": "village", "title": {"en": f"Area {number}"}}
    outline = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": told, "geometry": outline}


@dataclass
class Mapped(Assessment):
    """Nine villages in a square."""

    areas: int = SIDE * SIDE

    def context(self) -> AssessmentContext:
        plain = super().context()
        numbers = range(1, SIDE * SIDE + 1)
        strata = [
            plain.strata[0].model_copy(update={"stratum": f"s{n:02d}", "area": f"area-s{n:02d}"})
            for n in numbers
        ]
        features = [square(n) for n in numbers if n <= self.areas]
        places = {"type": "FeatureCollection", "features": features}
        return plain.model_copy(update={"strata": strata, "areas": places})


@pytest.fixture
async def mapped(indicators_db_url: str, tmp_path: Path) -> AsyncIterator[World]:
    assessment = Mapped()
    for number, yes in SAFE.items():
        assessment.push(interviews(60, yes, stratum=f"s{number:02d}"))
    chosen = frozenset({"PER-04"})
    async with running(indicators_db_url, tmp_path, assessment, chosen=chosen) as world:
        yield world


def path(release: str, code: str = "PER-04") -> str:
    return f"/v1/releases/{release}/indicators/{code}/spatial"


async def ask(
    world: World, release: str, token: str = "", code: str = "PER-04", **params: Any
) -> httpx.Response:
    headers = as_(token) if token else {}
    return await world.client.get(path(release, code), params=params, headers=headers)


async def pattern(world: World, release: str, **params: Any) -> dict[str, Any]:
    answer = await ask(world, release, **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestNumbers:
    async def test_they_are_the_statistics_of_the_published_values(self, mapped: World) -> None:
        """Queen's neighbours by hand; hidden villages are left out, of neighbours too."""
        view = await mapped.release(to="published")
        found = await pattern(mapped, view["id"])
        cells = {
            c["ref_area"]: c
            for c in await mapped.cells(view["id"], indicator="PER-04", sex="_T", age="_T")
            if c["ref_area"] != "_T" and c["subgroup"] == "_T"
        }
        hidden = sorted(a for a, c in cells.items() if c["obs_status"] == "Q")
        shown = sorted(set(cells) - set(hidden))
        assert found["hidden"] == hidden
        assert "area-s06" in hidden
        assert (found["n"], [a["area"] for a in found["areas"]]) == (len(shown), shown)
        place = {a: divmod(int(a[-2:]) - 1, SIDE) for a in shown}
        near = {
            i: [
                j for j, b in enumerate(shown)
                if a != b and max(abs(p - q) for p, q in zip(place[a], place[b], strict=True)) < 2
            ]
            for i, a in enumerate(shown)
        }  # fmt: skip
        weights = Weights.of(near, len(shown))
        y = np.array([cells[a]["obs_value"] for a in shown])
        expected = describe(y, weights)
        chance = permuted(y, weights, permutations=999, seed=view["seed"])
        assert found["moran"]["statistic"] == pytest.approx(expected.moran.I, rel=1e-9)
        assert found["moran"]["p_randomisation"] == pytest.approx(expected.moran.p_rand_two)
        assert found["moran"]["p_permutation"] == chance.overall
        assert found["geary"]["statistic"] == pytest.approx(expected.geary.C)
        assert expected.general_g
        assert found["general_g"]["statistic"] == pytest.approx(expected.general_g.G)
        for at, row in enumerate(found["areas"]):
            assert row["neighbours"] == [shown[j] for j in near[at]]
            assert row["value"] == cells[shown[at]]["obs_value"]
            assert row["local_moran"] == pytest.approx(expected.local.values[at])
            if np.isnan(expected.gi_star[at]):  # all others are its neighbours
                assert (row["gi_star_z"], row["p_permutation"]) == (None, 1.0)
            else:
                assert row["gi_star_z"] == pytest.approx(expected.gi_star[at])
            assert row["p_permutation"] == chance.local[at]
        assert (found["permutations"], found["seed"]) == (999, view["seed"])
        error = found["sampling_error"]
        assert 0 < error["noise_share"] < 1
        assert error["lower"] < error["upper"]
        told = {c["code"] for c in found["caveats"]}
        assert told == {"sampling-error", "few-areas", "left-out", "many-tests"}
        assert all(set(c["text"]) == {"en", "es", "ru", "sw"} for c in found["caveats"])

    @on_one_database
    async def test_the_nearest_and_a_band_are_other_neighbours(self, mapped: World) -> None:
        view = await mapped.release(to="published")
        nearest = await pattern(mapped, view["id"], neighbours="knn", k=2)
        assert {len(a["neighbours"]) for a in nearest["areas"]} == {2}
        band = await pattern(mapped, view["id"], neighbours="band", distance=1200)
        assert band["neighbours"]["distance_m"] == 1200
        assert 0 < band["neighbours"]["links"] < (await pattern(mapped, view["id"]))["n"] * 8


class TestHidden:
    async def test_the_answer_is_the_same_whatever_the_hidden_numbers_are(
        self, mapped: World, tmp_path: Path
    ) -> None:
        """The release keeps them; the answer is made without a look at them."""
        view = await mapped.release(to="published")
        before = (await ask(mapped, view["id"])).content
        async with mapped.app.state.database.write() as session:
            connection = await session.connection()
            changed = await connection.execute(
                text("UPDATE observation SET internal = :none"), {"none": '{"value": 99.9}'}
            )
            assert changed.rowcount
        mapped.app.state.spatial._kept.clear()
        assert (await ask(mapped, view["id"])).content == before

    @on_one_database
    async def test_fewer_than_four_areas_are_a_refusal_that_names_them(
        self, mapped: World
    ) -> None:
        mapped.assessment.areas = 3  # type: ignore[attr-defined]
        view = await mapped.release(to="published")
        refused = await ask(mapped, view["id"])
        problem = refused.json()
        assert (refused.status_code, problem["because"]) == (409, "too-few-areas")
        assert (problem["n"] + len(problem["hidden"]), problem["least"]) == (3, 4)
        assert "area-s09" in problem["off_map"]
        spoken = await mapped.client.get(path(view["id"]), headers={"Accept-Language": "sw"})
        assert spoken.json()["detail"].startswith(f"Ni maeneo {problem['n']} tu")

    @on_one_database
    @pytest.mark.parametrize(
        ("params", "because"),
        [
            ({"item": "nothing"}, "no-cells"),
            ({"kind": "ward"}, "no-cells"),
            ({"neighbours": "band", "distance": 5}, "no-neighbours"),
        ],
    )
    async def test_what_has_no_pattern_says_why(
        self, mapped: World, params: dict[str, Any], because: str
    ) -> None:
        view = await mapped.release(to="published")
        refused = await ask(mapped, view["id"], **params)
        assert (refused.status_code, refused.json()["because"]) == (409, because)


class TestReaders:
    async def test_a_draft_is_there_for_those_who_read_drafts(self, mapped: World) -> None:
        view = await mapped.release(to="frozen")
        told = {
            token: (await ask(mapped, view["id"], token)).status_code
            for token in ("", STATISTICIAN, COORDINATOR, SUPERVISOR, PARTNER)
        }
        assert told == {
            "": 404,
            STATISTICIAN: 200,
            COORDINATOR: 200,
            SUPERVISOR: 404,
            PARTNER: 404,
        }
        private = await ask(mapped, view["id"], STATISTICIAN)
        assert private.headers["Cache-Control"] == "private, no-cache"

    async def test_what_is_shared_with_a_partner_is_answered_to_it(self, mapped: World) -> None:
        view = await mapped.release(to="frozen")
        share = f"/v1/releases/{view['id']}/shares/{PARTNER[6:9]}"
        assert (await mapped.client.put(share, headers=as_(COORDINATOR))).is_success
        assert (await ask(mapped, view["id"], PARTNER)).status_code == 200
        assert (await ask(mapped, view["id"])).status_code == 404
        assert (await mapped.client.delete(share, headers=as_(COORDINATOR))).is_success
        assert (await ask(mapped, view["id"], PARTNER)).status_code == 404

    async def test_a_release_that_was_taken_back_answers_no_more(self, mapped: World) -> None:
        """Not from memory either."""
        view = await mapped.release(to="published")
        whole = await ask(mapped, view["id"])
        body = {"reason": "wrong_method", "text": {"en": "Two strata were exchanged."}}
        gone = await mapped.client.post(
            f"/v1/releases/{view['id']}/retraction", json=body, headers=as_(COORDINATOR)
        )
        assert gone.status_code == 200, gone.text
        again = await mapped.client.get(
            path(view["id"]), headers={"If-None-Match": whole.headers["ETag"]}
        )
        assert (whole.status_code, again.status_code) == (200, 410)

    async def test_a_copy_is_asked_about_and_not_sent_again(self, mapped: World) -> None:
        view = await mapped.release(to="published")
        whole = await ask(mapped, view["id"])
        assert whole.headers["Cache-Control"] == "public, no-cache"
        again = await mapped.client.get(
            path(view["id"]), headers={"If-None-Match": whole.headers["ETag"]}
        )
        assert (again.status_code, again.content) == (304, b"")

    @on_one_database
    async def test_what_is_not_there_is_absent(self, mapped: World) -> None:
        view = await mapped.release(to="published")
        unknown = await ask(mapped, view["id"], code="NOPE-01")
        assert (unknown.status_code, (await ask(mapped, "no-such")).status_code) == (404, 404)
        assert unknown.json()["detail"] != (await ask(mapped, "no-such")).json()["detail"]

    @on_one_database
    @pytest.mark.parametrize(
        ("params", "pointer"),
        [
            ({"k": 3}, "/k"),
            ({"distance": 100}, "/distance"),
            ({"neighbours": "band"}, "/distance"),
            ({"neighbours": "knn", "k": 21}, "/k"),
            ({"neighbours": "rook"}, "/neighbours"),
        ],
    )
    async def test_a_number_without_its_rule_is_refused(
        self, mapped: World, params: dict[str, Any], pointer: str
    ) -> None:
        refused = await ask(mapped, "any", **params)
        assert (refused.status_code, [e["pointer"] for e in refused.json()["errors"]]) == (
            422,
            [pointer],
        )


@on_one_database
async def test_many_who_ask_at_once_cost_one(mapped: World) -> None:
    """Same questions share an answer; of others only so many wait."""
    view = await mapped.release(to="published")
    same = await asyncio.gather(*(ask(mapped, view["id"]) for _ in range(6)))
    assert len({a.content for a in same}) == 1
    await mapped.app.state.spatial._turn.acquire()
    waiting = [asyncio.create_task(ask(mapped, view["id"], neighbours="knn", k=k + 1))
               for k in range(10)]  # fmt: skip
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert {task.result().status_code for task in done} == {503}
    mapped.app.state.spatial._turn.release()
    found = [a.status_code for a in await asyncio.gather(*waiting)]
    assert sorted(found) == [200] * 8 + [503] * 2


@on_one_database
async def test_what_is_kept_stays_within_its_memory(mapped: World) -> None:
    """Old answers make room, and are the same when they are asked for again."""
    desk = mapped.app.state.spatial
    desk._memory = 30_000
    view = await mapped.release(to="published")
    first = [(await ask(mapped, view["id"], neighbours="knn", k=k)).content for k in range(1, 6)]
    assert 0 < len(desk._kept) < 5
    assert desk._size == sum(len(c) + 2048 for c in desk._kept.values()) <= 30_000
    again = [(await ask(mapped, view["id"], neighbours="knn", k=k)).content for k in range(1, 6)]
    assert again == first
