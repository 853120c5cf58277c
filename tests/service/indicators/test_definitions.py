"""Definitions of an assessment's own: checked, drafted, previewed, published, never changed."""

from typing import Any

import httpx
import pytest
from usga_indicators.operations import check_definition
from usga_indicators.operations.authorise import policy
from usga_shared.auth.actors import Role

from tests.service.indicators.conftest import (
    COORDINATOR,
    PARTNER,
    STATISTICIAN,
    STRANGER,
    World,
    as_,
)
from tests.support.indicators import ASSESSMENT

LOCAL: dict[str, Any] = {
    "code": "LOC-01",
    "version": "1.0.0",
    "title": {"en": "Trust the courts a lot", "sw": "Wanaoamini sana mahakama"},
    "theme": "LOC",
    "statistic": "proportion",
    "unit": "person",
    "unit_measure": "percent",
    "weight": "person",
    "missing_policy": "exclude",
    "reference_period": "now",
    "direction": "+",
    "sensitivity": 1,
    "numerator": "${tr_court} = 'lot'",
    "disaggregations": ["stratum", "sex"],
}
ONE = f"/v1/indicators/versions/{ASSESSMENT}/LOC-01/1.0.0"

RAKED = {"kind": "rake", "margins": ["sex"]}


async def post(
    world: World, path: str, token: str = STATISTICIAN, **changes: Any
) -> httpx.Response:
    body = {"assessment": ASSESSMENT, "definition": {**LOCAL, **changes}}
    return await world.client.post(f"/v1/indicators/{path}", json=body, headers=as_(token))


async def act(world: World, path: str, token: str) -> httpx.Response:
    return await world.client.post(f"{ONE}/{path}", headers=as_(token))


class TestChecking:
    async def test_findings_name_the_field_and_a_way_out(self, world: World) -> None:
        answer = await post(world, "checks", numerator="${tr_cuort} = 'lot'")
        (finding,) = answer.json()["findings"]
        assert answer.json()["valid"] is False
        assert (finding["field"], finding["code"]) == ("numerator", "unknown-variable")
        assert finding["hint"] == "did you mean tr_court?"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"code": "PER-01"}, "code-taken"),
            ({"instrument": "market"}, "unknown-instrument"),
            ({"numerator": "${pv_phys_12m} = 'knife'"}, "sensitivity"),
            ({"disaggregations": ["ethnicity"]}, "disaggregations"),
            ({"weight": "household"}, "weight"),
            ({"beside": "LOC-99"}, "beside"),
            ({"numerator": "(${safe_day} = 'safe') + (${safe_night} = 'safe')"}, "unbounded"),
            ({"statistic": "quantile", "denominator": "${age}"}, "denominator"),
            ({"filter": "${stratum} = 's01'"}, "places-people"),
            ({"items": ["stratum"], "numerator": "${{item}} = 's01'"}, "places-people"),
            ({"sensitivity": 2, "filter": "${age} >= 25"}, "breakdown-only"),
            ({"numerator": "${safe_day} = 'safe' and ${age} != 70"}, "breakdown-only"),
            ({"filter": "${age} != 70 and ${tr_court} != 'none'"}, "breakdown-only"),
            (
                {"sensitivity": 3, "numerator": "${sh_12m} = 'yes' and ${years_area} != 0"},
                "sensitive-alone",
            ),
            ({"sensitivity": 3, "filter": "${tr_court} != 'lot'"}, "sensitive-alone"),
            (
                {"statistic": "mean", "numerator": "(${safe_day} = 'safe') * 100 + ${years_area}"},
                "one-question",
            ),
            (
                {"sensitivity": 2, "statistic": "mean", "numerator": "${years_area}"},
                "sensitive-share",
            ),
            ({"filter": "false()"}, "constant"),
            ({"numerator": "1 div 0"}, "constant"),
            ({"numerator": "${safe_day} = 'safe' and ${psu_code} != 'a'"}, "places-people"),
        ],
    )
    async def test_what_cannot_be_computed_is_said(
        self, world: World, changes: dict[str, Any], code: str
    ) -> None:
        answer = await post(world, "checks", **changes)
        assert code in {f["code"] for f in answer.json()["findings"]}
        assert not answer.json()["valid"]

    async def test_what_would_fail_every_release_is_told_by_a_trial(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(check_definition, "tabulate", fails)
        answer = await post(world, "checks")
        (finding,) = answer.json()["findings"]
        assert (finding["code"], answer.json()["valid"]) == ("not-computable", False)
        assert "ZeroDivisionError" in finding["message"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"statistic": "quantile", "numerator": "${age}"},
            {"statistic": "mean", "numerator": "${age} * 1000000000000000000000000000000"},
        ],
    )
    async def test_ages_in_order_and_astronomic_numbers_are_computed(
        self, world: World, changes: dict[str, Any]
    ) -> None:
        drafted = await post(world, "versions", unit_measure="number", **changes)
        assert drafted.status_code == 201, drafted.text
        assert (await act(world, "publication", COORDINATOR)).is_success
        release = await world.release()
        (cell,) = await world.cells(
            release["id"], STATISTICIAN, indicator="LOC-01", stratum="_T", sex="_T", age="_T"
        )
        assert cell["obs_value"] >= 18
        assert cell["standard_error"] > 0

    async def test_a_good_one_is_valid_and_nothing_is_stored(self, world: World) -> None:
        assert (await post(world, "checks")).json() == {"valid": True, "findings": []}
        listed = await world.client.get(
            "/v1/indicators/versions", params={"assessment": ASSESSMENT}, headers=as_(STATISTICIAN)
        )
        assert listed.json()["items"] == []


class TestDrafting:
    async def test_the_list_goes_on_where_it_stopped(self, world: World) -> None:
        for version in ("1.0.0", "1.1.0", "1.2.0"):
            assert (await post(world, "versions", version=version)).status_code == 201
        listed: list[str] = []
        cursor: str | None = None
        while cursor is not None or not listed:
            params: dict[str, str | int] = {
                "assessment": ASSESSMENT,
                "limit": 2,
                **({"cursor": cursor} if cursor else {}),
            }
            answer = await world.client.get(
                "/v1/indicators/versions", params=params, headers=as_(STATISTICIAN)
            )
            listed += [each["version"] for each in answer.json()["items"]]
            cursor = answer.json()["next"]
            assert ("next" in answer.links) is (cursor is not None)
        assert listed == ["1.0.0", "1.1.0", "1.2.0"]

    async def test_a_draft_is_stored_once_and_its_content_never_changes(
        self, world: World
    ) -> None:
        first, again = await post(world, "versions"), await post(world, "versions")
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert first.json()["state"] == "draft"
        other = await post(world, "versions", numerator="${tr_court} = 'some'")
        assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (
            409,
            "definition-exists",
        )
        kept = await world.client.get(ONE, headers=as_(STATISTICIAN))
        assert kept.json()["indicator"]["numerator"] == LOCAL["numerator"]

    async def test_what_is_wrong_is_not_stored(self, world: World) -> None:
        answer = await post(world, "versions", numerator="${nothing} = 'a'")
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["pointer"] == "/definition/numerator"
        assert (await world.client.get(ONE, headers=as_(STATISTICIAN))).status_code == 404

    async def test_a_draft_is_in_no_release(self, world: World) -> None:
        await post(world, "versions")
        view = await world.release()
        answer = await world.client.get(
            "/v1/observations",
            params={"release": view["id"], "indicator": "LOC-01"},
            headers=as_(STATISTICIAN),
        )
        assert answer.status_code == 404


class TestPreview:
    async def test_a_preview_shows_what_a_release_would_and_keeps_nothing(
        self, world: World
    ) -> None:
        await post(world, "versions")
        seen = await act(world, "preview", STATISTICIAN)
        assert seen.status_code == 200, seen.text
        total = next(c for c in seen.json()["items"] if c["stratum"] == c["sex"] == "_T")
        assert total["indicator"] == "LOC-01"
        assert total["lower_bound"] < total["obs_value"] < total["upper_bound"]
        listed = await world.client.get(
            "/v1/releases", params={"assessment": ASSESSMENT}, headers=as_(STATISTICIAN)
        )
        assert listed.json()["items"] == []
        assert (await act(world, "publication", COORDINATOR)).status_code == 200
        view = await world.release()
        cells = await world.cells(view["id"], STATISTICIAN, indicator="LOC-01")
        assert (
            next(c for c in cells if c["stratum"] == c["sex"] == "_T")["obs_value"]
            == (total["obs_value"])
        )

    async def test_it_says_its_weights_and_takes_those_of_a_set(self, world: World) -> None:
        """Women count three times as much: a release by that set, and its preview, say the same."""
        await post(world, "versions", disaggregations=["sex"])
        margin = {
            "assessment": ASSESSMENT, "name": "sex", "variables": ["sex"], "as_of": "2024-08-24",
            "source": "synthetic", "cells": [
                {"categories": ["female"], "population": 90_000},
                {"categories": ["male"], "population": 30_000},
            ],
        }  # fmt: skip
        recipe = {"assessment": ASSESSMENT, "recipe": {"steps": [RAKED]}}
        staff = as_(STATISTICIAN)
        stored = await world.client.post("/v1/weights/margins", json=margin, headers=staff)
        assert stored.status_code == 201
        raked = (await world.client.post("/v1/weights", json=recipe, headers=staff)).json()["id"]
        plain = (await act(world, "preview", STATISTICIAN)).json()
        seen = (await act(world, f"preview?weight_set={raked}", STATISTICIAN)).json()
        assert (plain["weight_set"], seen["weight_set"]) == (None, raked)
        await act(world, "publication", COORDINATOR)
        body = {"assessment": ASSESSMENT, "weight_set": raked}
        release = (await world.client.post("/v1/releases", json=body, headers=staff)).json()["id"]
        cells = await world.cells(release, STATISTICIAN, indicator="LOC-01")
        numbers = ("stratum", "sex", "obs_value", "standard_error")
        assert [[c[n] for n in numbers] for c in seen["items"]] == [
            [c[n] for n in numbers] for c in cells
        ]
        assert plain["items"][0]["obs_value"] != seen["items"][0]["obs_value"]
        unknown = await act(world, "preview?weight_set=none", STATISTICIAN)
        assert (unknown.status_code, unknown.json()["weight_set"]) == (409, "none")

    async def test_what_of_violence_is_asked_a_statistician_tries_alone(
        self, world: World
    ) -> None:
        drafted = await post(
            world, "versions", sensitivity=3, numerator="${sh_12m} = 'yes'", disaggregations=[]
        )
        assert drafted.status_code == 201, drafted.text
        assert (await act(world, "preview", STATISTICIAN)).status_code == 200
        refused = await act(world, "preview", COORDINATOR)
        assert (refused.status_code, "statistician" in refused.json()["detail"]) == (403, True)

    async def test_leaving_out_a_few_people_tells_nothing_of_them_D04(self, world: World) -> None:
        await post(world, "versions")
        await act(world, "publication", COORDINATOR)
        await world.release(to="published")
        few = "${hh_size} = 9 and ${rooms_sleep} = 4 and ${sex} = 'female'"
        await post(world, "versions", version="1.1.0", filter=f"not({few})")
        newer = ONE.replace("1.0.0", "1.1.0")
        seen = await world.client.post(f"{newer}/preview", headers=as_(STATISTICIAN))
        total = next(c for c in seen.json()["items"] if c["stratum"] == c["sex"] == "_T")
        assert (total["obs_status"], total["obs_value"], total["sample_size"]) == ("Q", None, None)
        await world.client.post(f"{newer}/publication", headers=as_(COORDINATOR))
        view = await world.release()
        cells = await world.cells(view["id"], STATISTICIAN, indicator="LOC-01")
        hidden = next(c for c in cells if c["stratum"] == c["sex"] == "_T")
        assert (hidden["method_version"], hidden["obs_value"]) == ("1.1.0", None)
        checked = await world.client.get(
            f"/v1/releases/{view['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert checked.json()["reproducible"], checked.text


class TestPublishing:
    async def test_releases_compute_the_version_published_last_and_still_verify(
        self, world: World
    ) -> None:
        await post(world, "versions")
        await act(world, "publication", COORDINATOR)
        before = await world.release()
        await post(world, "versions", version="1.1.0", numerator="${tr_court} = 'some'")
        newer = ONE.replace("1.0.0", "1.1.0")
        await world.client.post(f"{newer}/publication", headers=as_(COORDINATOR))
        after = await world.release()
        made = {}
        for view in (before, after):
            (found, *_) = await world.cells(view["id"], STATISTICIAN, indicator="LOC-01")
            made[view["id"]] = found["method_version"]
            checked = await world.client.get(
                f"/v1/releases/{view['id']}/verification", headers=as_(STATISTICIAN)
            )
            assert checked.json()["reproducible"], checked.text
        assert list(made.values()) == ["1.0.0", "1.1.0"]

    async def test_publishing_again_changes_nothing(self, world: World) -> None:
        await post(world, "versions")
        first = await act(world, "publication", COORDINATOR)
        assert first.json()["state"] == "published"
        assert (await act(world, "publication", COORDINATOR)).json() == first.json()

    async def test_shipped_definitions_stay_as_they_are(self, world: World) -> None:
        await post(world, "versions")
        await act(world, "publication", COORDINATOR)
        answer = await world.client.get("/v1/indicators/PER-01")
        assert answer.json()["code"] == "PER-01"
        assert (await world.client.get("/v1/indicators/LOC-01")).status_code == 404


class TestRoles:
    @pytest.mark.parametrize(
        ("token", "drafts", "publishes"),
        [
            (STATISTICIAN, 201, 403),
            (COORDINATOR, 403, 200),
            (PARTNER, 403, 403),
            (STRANGER, 404, 404),
        ],
    )
    async def test_who_drafts_and_who_publishes(
        self, world: World, token: str, drafts: int, publishes: int
    ) -> None:
        assert (await post(world, "versions", token)).status_code == drafts
        await post(world, "versions")
        assert (await act(world, "publication", token)).status_code == publishes

    async def test_nobody_drafts_without_a_credential(self, world: World) -> None:
        body = {"assessment": ASSESSMENT, "definition": LOCAL}
        answer = await world.client.post("/v1/indicators/versions", json=body)
        assert answer.status_code == 401

    def test_who_drafts_does_not_publish_alone(self) -> None:
        assert Role.STATISTICIAN not in policy()["definition.publish"]
        assert Role.COORDINATOR not in policy()["definition.draft"]
