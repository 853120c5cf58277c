"""Observations as JSON and CSV: the same cells, cached, paged, hidden where they must be."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.operations.read_observations import csv_of
from usga_shared.wire.release import MissingCounts, Observation

from tests.service.indicators.conftest import STATISTICIAN, Assessment, World, as_, running
from tests.support.indicators import ASSESSMENT

NUMBERS = (
    "obs_value", "bound", "standard_error", "lower_bound", "upper_bound", "design_effect", "df",
    "sample_size", "numerator_size", "psus",
)  # fmt: skip


def interviews(
    count: int, yes: int, *, stratum: str = "s01", psus: int = 7, **answers: Any
) -> list[dict[str, Any]]:
    """`count` people of whom `yes` feel safe at home, spread evenly over clusters."""
    items = []
    for number in range(count):
        safe = "safe" if (number * yes) // count < ((number + 1) * yes) // count else "unsafe"
        items.append(
            {
                "unit": f"{stratum}-{number:05d}",
                "revision": "r",
                "status": "included",
                "instrument": "hvs",
                "version": "2026.1.0",
                "disposition": "1.1",
                "stratum": stratum,
                "psu": f"{stratum}-{number * psus // count}",
                "w_household": 1.0,
                "w_person": 1.0,
                "answers": {
                    "safe_home": safe,
                    "consent_sens": "yes",
                    "priv_ok": "yes",
                    "sex": ("female", "male")[number // 2 % 2],
                    "age": 30,
                    **answers,
                },
                "s3": {
                    "pv_phys_5y": "yes" if safe == "safe" else "no",
                    **({"pv_phys_12m": "slap_push"} if safe == "safe" else {}),
                },
            }
        )
    return items


@pytest.fixture
async def small(indicators_db_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A service whose feed is still empty."""
    async with running(indicators_db_url, tmp_path, Assessment()) as world:
        yield world


async def total(world: World, code: str) -> dict[str, Any]:
    release = await world.release()
    (cell,) = await world.cells(
        release["id"],
        STATISTICIAN,
        indicator=code,
        stratum="_T",
        sex="_T",
        age="_T",
        subgroup="_T",
    )
    return cell


class TestSuppression:
    @pytest.mark.parametrize(
        ("count", "yes", "status", "reason"),
        [
            (24, 12, "Q", "D-01"),  # a base below 25 is hidden
            (25, 12, "U", "D-01"),  # from 25 to 49 it is flagged
            (49, 24, "U", "D-01"),
            (50, 25, "A", None),
            (500, 9, "Q", "D-01"),  # a numerator of 1 to 9 is hidden
            (500, 491, "Q", "D-01"),  # and so is its complement
        ],
    )
    async def test_small_bases_and_counts_are_hidden_D01(
        self, small: World, count: int, yes: int, status: str, reason: str | None
    ) -> None:
        small.assessment.push(interviews(count, yes))
        cell = await total(small, "PER-04")
        assert (cell["obs_status"], cell["reason"]) == (status, reason)
        assert (cell["conf_status"] == "C") == (status == "Q")

    @pytest.mark.parametrize(("yes", "hidden"), [(9, True), (10, False)])
    async def test_the_boundary_of_counts_is_ten_D01(
        self, small: World, yes: int, hidden: bool
    ) -> None:
        small.assessment.push(interviews(100, yes))
        cell = await total(small, "PER-04")
        assert (cell["obs_value"] is None) == hidden

    @pytest.mark.parametrize(("count", "status"), [(49, "Q"), (50, "A")])
    async def test_violence_needs_a_base_of_fifty_D01(
        self, small: World, count: int, status: str
    ) -> None:
        small.assessment.push(interviews(count, count // 2))
        assert (await total(small, "VIO-01"))["obs_status"] == status

    async def test_hidden_zero_and_missing_stay_three_things_D11(self, small: World) -> None:
        small.assessment.push(interviews(200, 5))  # 5 safe: hidden
        for item in small.assessment.feed:
            item["answers"]["safe_day"] = "unsafe"  # nobody safe by day: zero
        hidden = await total(small, "PER-04")
        zero = await total(small, "PER-02")
        missing = await total(small, "POL-01")  # nobody was asked
        assert (hidden["obs_status"], hidden["conf_status"]) == ("Q", "C")
        assert (missing["obs_status"], missing["conf_status"]) == ("M", "F")
        assert (zero["obs_status"], zero["conf_status"], zero["bound"]) == ("A", "F", "<")
        assert zero["obs_value"] > 0
        assert zero["sample_size"] == 200
        for cell in (hidden, missing):
            assert all(cell[name] is None for name in NUMBERS)
            assert cell["missing"] is None

    async def test_a_hidden_cell_shows_none_of_its_numbers_in_any_format_D11(
        self, small: World
    ) -> None:
        small.assessment.push(interviews(300, 150, stratum="s01"))
        small.assessment.push(interviews(300, 150, stratum="s02"))
        small.assessment.push(interviews(24, 11, stratum="s03"))
        release = await small.release(to="published")
        for strange, status in (({"indicator": "PER-99"}, 404), ({"ref_area": "nowhere"}, 200)):
            asked = {"release": release["id"], "indicator": "PER-04"} | strange
            assert (await small.client.get("/v1/observations", params=asked)).status_code == status
        cells = await small.cells(release["id"], indicator="PER-04")
        (hidden,) = [c for c in cells if c["stratum"] == "s03"]
        assert hidden["obs_status"] == "Q"
        assert all(hidden[name] is None for name in NUMBERS)
        # alone in its breakdown it would be the total minus the others (D-03)
        also = [c for c in cells if c["conf_status"] == "D"]
        assert [c["stratum"] for c in also] in (["s01"], ["s02"])
        assert all(also[0][name] is None for name in NUMBERS)
        answer = await small.client.get(
            "/v1/observations",
            params={"release": release["id"], "indicator": "PER-04", "format": "csv"},
        )
        rows = [r for r in csv.DictReader(io.StringIO(answer.text)) if r["stratum"] == "s03"]
        assert {rows[0][name] for name in NUMBERS} == {""}
        assert rows[0]["missing_dk"] == ""

    async def test_a_difference_never_gives_a_hidden_share_away_D03(self, small: World) -> None:
        small.assessment.push(interviews(400, 200))
        for number, item in enumerate(small.assessment.feed):  # whole clusters agree
            day = "safe" if int(item["psu"][-1]) % 2 else "unsafe"
            night = "never" if number % 10 == 0 else day
            item["answers"] |= {"safe_day": day, "safe_night": night}
        release = await small.release()
        cells = {
            c["indicator"]: c
            for c in await small.cells(release["id"], STATISTICIAN)
            if c["stratum"] == c["sex"] == c["age"] == "_T"
        }
        for code in ("PER-01", "PER-02"):
            assert (cells[code]["conf_status"], cells[code]["reason"]) == ("C", "D-02")
        gap = cells["PER-03"]  # precise enough alone, because both shares move together
        assert (gap["conf_status"], gap["reason"], gap["obs_value"]) == ("D", "D-03", None)

    async def test_published_counts_are_rounded_to_five_D05(self, small: World) -> None:
        small.assessment.push(interviews(203, 101))
        cell = await total(small, "PER-04")
        assert (cell["sample_size"], cell["numerator_size"]) == (205, 100)
        assert cell["obs_value"] == round(cell["obs_value"], 1)

    async def test_violence_is_never_below_the_stratum_D07(self, world: World) -> None:
        release = await world.release()
        s3 = [
            c
            for c in await world.cells(release["id"], STATISTICIAN)
            if c["indicator"].startswith("VIO-0")
        ]
        assert s3
        for cell in s3:
            assert cell["ref_area"] == "_T" or cell["stratum"] != "_T"
            assert sum(cell[name] != "_T" for name in ("stratum", "sex", "age")) <= 1


class TestReading:
    async def test_pages_and_csv_tell_the_same_cells(self, world: World) -> None:
        release = await world.release(to="published")
        cells: list[dict[str, Any]] = []
        params: dict[str, Any] = {"release": release["id"], "limit": 40}
        while True:
            answer = await world.client.get("/v1/observations", params=params)
            cells += answer.json()["items"]
            if answer.json()["next"] is None:
                assert "Link" not in answer.headers
                break
            assert answer.headers["Link"].endswith('; rel="next"')
            params["cursor"] = answer.json()["next"]
        assert len(cells) == release["observations"]
        sheet = await world.client.get(
            "/v1/observations", params={"release": release["id"], "format": "csv"}
        )
        rows = list(csv.DictReader(io.StringIO(sheet.text)))
        assert [_as_csv(c) for c in cells] == rows

    async def test_filters_choose_cells(self, world: World) -> None:
        release = await world.release(to="published")
        women = await world.cells(release["id"], sex="F", indicator="POL-01")
        assert [(c["sex"], c["indicator"]) for c in women] == [("F", "POL-01")]
        area = await world.cells(release["id"], ref_area="area-s02", indicator="POL-01")
        assert [c["stratum"] for c in area] == ["s02"]

    async def test_categories_of_an_answer_are_items(self, world: World) -> None:
        release = await world.release(to="published")
        cells = await world.cells(release["id"], indicator="PER-11", stratum="_T")
        assert {"theft", "drugs", "corruption"} <= {c["item"] for c in cells}
        assert all(c["item"] != "_T" for c in cells)
        hidden = [c for c in cells if c["obs_value"] is None]
        assert len(hidden) != 1  # everybody minus the others would be the one
        (theft,) = await world.cells(
            release["id"], indicator="PER-11", item="theft", stratum="s02"
        )
        assert (theft["item"], theft["ref_area"]) == ("theft", "area-s02")

    async def test_a_reader_who_has_it_gets_304(self, world: World) -> None:
        release = await world.release(to="published")
        for choice in ({"format": "json"}, {"format": "csv"}, {"indicator": "PER-01"}):
            params = {"release": release["id"], **choice}
            first = await world.client.get("/v1/observations", params=params)
            assert first.headers["ETag"].startswith('"')
            assert first.headers["Cache-Control"] == "public, no-cache"
            assert first.headers["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in first.headers
            again = await world.client.get(
                "/v1/observations", params=params, headers={"If-None-Match": first.headers["ETag"]}
            )
            assert (again.status_code, again.content) == (304, b"")
            other = await world.client.get(
                "/v1/observations", params=params, headers={"If-None-Match": '"other"'}
            )
            assert other.content == first.content

    async def test_the_newest_release_is_read_when_none_is_named(self, world: World) -> None:
        await world.release(to="published")
        first = await world.client.get("/v1/observations", params={"limit": 1})
        assert first.headers["Cache-Control"] == "public, no-cache"
        world.app.state.clock.advance(timedelta(minutes=1))
        second = await world.release(to="published")
        newest = await world.client.get("/v1/observations", params={"limit": 1})
        assert newest.json()["items"][0]["release"] == second["id"]
        assert newest.headers["ETag"] != first.headers["ETag"]

    async def test_drafts_are_private_and_not_remembered_for_others(self, world: World) -> None:
        release = await world.release()
        url = f"/v1/observations?release={release['id']}"
        mine = await world.client.get(url, headers=as_(STATISTICIAN))
        assert mine.headers["Cache-Control"] == "private, no-cache"
        assert "Access-Control-Allow-Origin" not in mine.headers
        assert (await world.client.get(url)).status_code == 404

    async def test_a_cursor_of_another_release_is_refused(self, world: World) -> None:
        first = await world.release(to="published")
        second = await world.release(to="published")
        page = await world.client.get(
            "/v1/observations", params={"release": first["id"], "limit": 1}
        )
        answer = await world.client.get(
            "/v1/observations",
            params={"release": second["id"], "cursor": page.json()["next"]},
        )
        assert answer.status_code == 400
        assert answer.json()["type"].endswith("/invalid-cursor")

    async def test_an_unknown_assessment_has_none(self, world: World) -> None:
        release = await world.release(to="published")
        for params in (
            {"assessment": "UZ-ELSEWHERE-2026"},
            {"assessment": "UZ-ELSEWHERE-2026", "release": release["id"]},
        ):
            answer = await world.client.get("/v1/observations", params=params)
            assert answer.status_code == 404
        right = await world.client.get("/v1/observations", params={"assessment": ASSESSMENT})
        assert right.status_code == 200

    async def test_every_cell_is_an_observation(self, world: World) -> None:
        release = await world.release(to="published")
        cells = await world.cells(release["id"])
        assert [
            Observation.model_validate(cell).model_dump(mode="json") for cell in cells
        ] == cells
        assert len(cells) == release["observations"]


class TestIndicators:
    async def test_definitions_are_public_and_cached(self, world: World) -> None:
        listed = await world.client.get("/v1/indicators", params={"theme": "PER", "limit": 3})
        assert [i["code"] for i in listed.json()["items"]] == ["PER-01", "PER-02", "PER-03"]
        rest = await world.client.get(
            "/v1/indicators", params={"theme": "PER", "cursor": listed.json()["next"]}
        )
        assert [i["code"] for i in rest.json()["items"]] == ["PER-04", "PER-11"]
        followed = await world.client.get(listed.links["next"]["url"])
        assert followed.json()["items"] == rest.json()["items"]
        assert not rest.links
        one = await world.client.get("/v1/indicators/PER-01")
        assert one.json()["numerator"] == "selected('vsafe safe', ${safe_night})"
        assert set(one.json()["title"]) == {"en", "es", "ru", "sw", "uz"}
        again = await world.client.get(
            "/v1/indicators/PER-01", headers={"If-None-Match": one.headers["ETag"]}
        )
        assert again.status_code == 304
        assert (await world.client.get("/v1/indicators/NOT-99")).status_code == 404

    async def test_a_wrong_credential_is_not_taken_for_none_P04(self, world: World) -> None:
        wrong = {"Authorization": f"Bearer usgap_{'x' * 43}"}
        for path in ("/v1/indicators", "/v1/indicators/PER-01"):
            answer = await world.client.get(path, headers=wrong)
            assert answer.status_code == 401
            assert answer.json()["type"].endswith("/invalid-credential")


def test_few_missing_people_are_an_empty_field_and_nobody_is_zero() -> None:
    text = (
        '{"indicator":"PER-01","obs_value":25.0,'
        '"missing":{"dk":null,"ref":0,"na":10,"gate_failed":0,"not_asked":0,"implied":0}}'
    )
    (row,) = csv.DictReader(io.StringIO(csv_of([text]).decode()))
    assert (row["missing_dk"], row["missing_ref"], row["missing_na"]) == ("", "0", "10")


def _as_csv(cell: dict[str, Any]) -> dict[str, str]:
    missing = cell.pop("missing") or dict.fromkeys(MissingCounts.model_fields)
    flat = cell | {f"missing_{name}": count for name, count in missing.items()}
    return {name: "" if value is None else str(value) for name, value in flat.items()}
