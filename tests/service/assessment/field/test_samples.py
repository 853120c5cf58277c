"""Samples, cases, visits, outcomes and rates through HTTP."""

import asyncio
from typing import Any, get_args
from uuid import uuid4

import pytest
from usga_assessment.cli import main
from usga_assessment.domain.sampling.dispositions import DISPOSITIONS, INTERVIEWS
from usga_assessment.schemas.sampling import Disposition, NonInterview
from usga_assessment.storage.cases import Cases
from usga_shared.auth.actors import Role
from usga_shared.i18n import LANGUAGES

from tests.service.assessment.field.conftest import HERE, SAMPLE, SERVICE_TOKEN, Field

PATH = f"/v1/assessments/{HERE}"
HEAD = "case_id,stratum,psu,pi1,pi2\n"


@pytest.fixture
async def sampled(here: Field) -> Field:
    """The assessment with a sample of eight cases in two strata and four PSUs."""
    await here.put_areas()
    assert (await here.load_sample()).status_code == 201
    return here


class TestLoad:
    async def test_summary_by_stratum(self, sampled: Field) -> None:
        view = (await sampled.call("GET", f"{PATH}/sample")).json()
        assert view["cases"] == 8
        assert [stratum["stratum"] for stratum in view["strata"]] == ["s0", "s1"]
        assert view["strata"][0] | {} == {
            "stratum": "s0",
            "area": "T-1",
            "psus": 2,
            "psus_population": 40,
            "cases": 4,
            "households": pytest.approx(200),
            "smallest_weight": pytest.approx(50),
            "largest_weight": pytest.approx(50),
        }

    async def test_a_tablets_home_is_a_psu_of_the_sample(
        self,
        sampled: Field,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        url = sampled.app.state.settings.database_url
        monkeypatch.setenv("USGA_ASSESSMENT_DATABASE_URL", url)
        monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", SERVICE_TOKEN)
        command = ["enrolment-qr", HERE, "--url", "https://usga.example", "--psu"]
        assert await asyncio.to_thread(main, [*command, "nope"]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert "no PSU nope" in told.err
        psu = (await sampled.call("GET", f"{PATH}/cases")).json()["items"][0]["psu"]
        assert await asyncio.to_thread(main, [*command, psu]) == 0

    async def test_every_fault_is_told_and_nothing_is_stored(self, here: Field) -> None:
        text = HEAD + "c1,s1,p1,0,0.1\nc1,s1,p2,0.5,2\nc2,s2,,0.1,x\n"
        answer = await here.load_sample(text)
        assert answer.status_code == 422
        assert answer.json()["found"] == 5
        assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
            ("/rows/1/pi1", "not-a-probability"),
            ("/rows/2/case_id", "duplicate-case"),
            ("/rows/2/pi2", "not-a-probability"),
            ("/rows/3/psu", "missing"),
            ("/rows/3/pi2", "not-a-number"),
        }
        assert (await here.call("GET", f"{PATH}/sample")).status_code == 404
        assert (await here.call("GET", f"{PATH}/cases")).json()["items"] == []

    async def test_the_same_sample_again_changes_nothing(self, sampled: Field) -> None:
        lines = SAMPLE.splitlines()
        shuffled = "\r\n".join([lines[0], *reversed(lines[1:])])
        assert (await sampled.load_sample(shuffled)).status_code == 200

    async def test_json_says_the_same_as_csv(self, sampled: Field) -> None:
        head, *lines = [line.split(",") for line in SAMPLE.splitlines()]
        rows: list[dict[str, Any]] = [dict(zip(head, line, strict=True)) for line in lines]
        for row in rows:
            row |= {"pi1": float(row["pi1"]), "fpc_psu": 40, "n_eligible": None}
        answer = await sampled.call("POST", f"{PATH}/sample", {"rows": rows})
        assert answer.status_code == 200, answer.text

    async def test_a_single_psu_must_be_declared(self, here: Field) -> None:
        text = HEAD + "c1,s1,p1,1,0.1\n"
        refused = await here.load_sample(text)
        assert [error["code"] for error in refused.json()["errors"]] == ["single-psu-stratum"]
        accepted = await here.load_sample(text, certainty="s1")
        assert (accepted.status_code, accepted.json()["certainty"]) == (201, ["s1"])

    async def test_can_be_replaced_until_work_begins(self, sampled: Field) -> None:
        other = SAMPLE.replace("0.1", "0.05")
        assert (await sampled.load_sample(other)).status_code == 201
        await sampled.call("POST", f"{PATH}/cases/c1/visits", visit())
        answer = await sampled.load_sample(SAMPLE)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/sample-in-use")

    async def test_what_is_no_sample_is_refused(self, here: Field) -> None:
        for content, media, status in (
            (b"\xff\xfe", "text/csv", 400),
            (b'a,"b\n', "text/csv", 400),
            (b"", "text/csv", 422),
            (b"[]", "application/json", 422),
            (b'{"rows": 1}', "application/json", 422),
            (b'{"rows": [], "rows": []}', "application/json", 400),
            (b"{", "application/json", 400),
            (b"x", "application/xml", 415),
            (b"x" * (17 * 2**20), "text/csv", 413),
        ):
            answer = await here.call(
                "POST", f"{PATH}/sample", content=content, headers={"Content-Type": media}
            )
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"] == "application/problem+json"


class TestAssignment:
    async def test_a_tablet_gets_its_cases(self, sampled: Field) -> None:
        device = (await sampled.enrol())["device"]
        answer = await assign(sampled, ["c1", "c2"], device)
        assert answer.status_code == 200, answer.text
        listed = await sampled.call("GET", f"{PATH}/cases", params={"device": device})
        assert [case["case_id"] for case in listed.json()["items"]] == ["c1", "c2"]
        async with sampled.app.state.database.read() as session:
            pulled = await Cases(session).assigned_to(uuid4())
        assert pulled == []

    async def test_nobody_works_at_home_E08(self, sampled: Field) -> None:
        device = (await sampled.enrol(home_psu="s1-p1"))["device"]
        answer = await assign(sampled, ["c1", "c2", "c3", "c5"], device)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/own-psu")
        assert answer.json()["cases"] == ["c1", "c5"]
        assert await assigned(sampled) == []
        assert (await assign(sampled, ["c2", "c3"], device)).status_code == 200

    async def test_moving_home_into_assigned_cases_is_refused_E08(self, sampled: Field) -> None:
        device = (await sampled.enrol())["device"]
        await assign(sampled, ["c1"], device)
        answer = await sampled.call("PATCH", f"/v1/devices/{device}", {"home_psu": "s1-p1"})
        assert answer.status_code == 409
        assert answer.json()["cases"] == ["c1"]

    async def test_a_home_that_the_sample_does_not_have_is_refused(self, sampled: Field) -> None:
        """Nobody would be kept from interviewing at home (E-08)."""
        asked = {"assessment": HERE, "label": "tablet 07", "home_psu": "s1-p99"}
        device = f"/v1/devices/{(await sampled.enrol(home_psu='s1-p1'))['device']}"
        for answer in (
            await sampled.call("POST", "/v1/devices/enrolments", asked),
            await sampled.call("PATCH", device, {"home_psu": "s1-p99"}),
        ):
            assert answer.status_code == 422, answer.text
            (error,) = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/home_psu", "unknown-psu")
        told = set()
        for language in LANGUAGES:
            spoken = {"Accept-Language": language}
            answer = await sampled.call("PATCH", device, {"home_psu": "s1-p99"}, headers=spoken)
            told.add(answer.json()["errors"][0]["message"])
        assert len(told) == len(LANGUAGES)
        none = {key: value for key, value in asked.items() if key != "home_psu"}
        assert (await sampled.call("POST", "/v1/devices/enrolments", none)).status_code == 201

    async def test_unknown_cases_assign_nothing(self, sampled: Field) -> None:
        device = (await sampled.enrol())["device"]
        answer = await assign(sampled, ["c1", "nobody"], device)
        assert (answer.status_code, answer.json()["cases"]) == (409, ["nobody"])
        assert await assigned(sampled) == []

    async def test_only_a_ready_tablet_of_this_assessment(self, sampled: Field) -> None:
        assert (await assign(sampled, ["c1"], str(uuid4()))).status_code == 404
        untrained = (await sampled.enrol(certified=False))["device"]
        assert (await assign(sampled, ["c1"], untrained)).status_code == 409

    async def test_cases_can_be_taken_back(self, sampled: Field) -> None:
        device = (await sampled.enrol())["device"]
        await assign(sampled, ["c1"], device)
        assert (await assign(sampled, ["c1"], None)).status_code == 200
        assert await assigned(sampled) == []


class TestVisits:
    async def test_are_kept_in_order(self, sampled: Field) -> None:
        for outcome in ("2.24", "2.112"):
            answer = await sampled.call("POST", f"{PATH}/cases/c1/visits", visit(outcome))
            assert answer.status_code == 201, answer.text
        case = (await sampled.call("GET", f"{PATH}/cases/c1")).json()
        assert [(v["number"], v["outcome"]) for v in case["history"]] == [
            (1, "2.24"),
            (2, "2.112"),
        ]
        assert case["visits"] == 2
        assert case["disposition"] is None

    async def test_the_same_visit_sent_again_is_one(self, sampled: Field) -> None:
        path = f"{PATH}/cases/c1/visits"
        first, again = [await sampled.call("POST", path, visit()) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        other = visit() | {"at": "2026-06-01T06:00:00Z"}
        assert (await sampled.call("POST", path, other)).json()["number"] == 2

    async def test_four_at_once_are_four(self, sampled: Field) -> None:
        outcomes = ("2.24", "2.25", "2.111", "2.112")
        await asyncio.gather(
            *(sampled.call("POST", f"{PATH}/cases/c1/visits", visit(code)) for code in outcomes)
        )
        case = (await sampled.call("GET", f"{PATH}/cases/c1")).json()
        assert [v["number"] for v in case["history"]] == [1, 2, 3, 4]

    async def test_a_tablet_reaches_only_its_own_cases(self, sampled: Field) -> None:
        tablet = await sampled.enrol()
        await assign(sampled, ["c1"], tablet["device"])
        headers = {"Authorization": f"Bearer {tablet['token']}"}
        own, other, absent = [
            await sampled.client.post(f"{PATH}/cases/{case}/visits", json=visit(), headers=headers)
            for case in ("c1", "c2", "nobody")
        ]
        assert (own.status_code, other.status_code, absent.status_code) == (201, 404, 404)
        assert other.json() | {"instance": ""} == absent.json() | {"instance": ""}

    async def test_an_unknown_code_is_refused(self, sampled: Field) -> None:
        answer = await sampled.call("POST", f"{PATH}/cases/c1/visits", visit("9.99"))
        assert answer.status_code == 422


class TestClosing:
    async def test_nobody_closes_a_case_as_interviewed_by_hand(self, sampled: Field) -> None:
        path = f"{PATH}/cases/c0/disposition"
        assert (await sampled.call("PUT", path, {"code": "1.1"})).status_code == 422

    async def test_an_interview_is_not_closed_away(self, sampled: Field) -> None:
        await sampled.interviewed("c0")
        answer = await sampled.call("PUT", f"{PATH}/cases/c0/disposition", {"code": "2.111"})
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/case-has-interview")
        case = (await sampled.call("GET", f"{PATH}/cases/c0")).json()
        assert case["disposition"] == "1.1"

    async def test_codes_are_those_of_the_domain(self) -> None:
        assert set(get_args(Disposition)) == set(DISPOSITIONS)
        assert set(get_args(NonInterview)) == set(DISPOSITIONS) - INTERVIEWS


class TestRates:
    async def test_follow_the_dispositions(self, sampled: Field) -> None:
        await sampled.interviewed("c0", "c1")
        for case, code in (("c2", "2.111"), ("c3", "4.60")):
            path = f"{PATH}/cases/{case}/disposition"
            assert (await sampled.call("PUT", path, {"code": code})).status_code == 200
        rates = (await sampled.call("GET", f"{PATH}/outcome-rates", by=Role.ANALYST)).json()
        assert (rates["cases"], rates["final"]) == (8, 4)
        whole = rates["unweighted"]
        assert (whole["i"], whole["r"], whole["uh"], whole["ne"]) == (2, 1, 4, 1)
        assert whole["rr1"] == pytest.approx(2 / 7)
        assert whole["rr3"] == pytest.approx(2 / (3 + 4 * 3 / 4))
        assert whole["rr5"] == pytest.approx(2 / 3)
        assert rates["weighted"]["i"] == pytest.approx(100)
        assert [s["stratum"] for s in rates["strata"]] == ["s0", "s1"]
        assert rates["strata"][0]["unweighted"]["rr5"] == pytest.approx(1 / 2)

    async def test_of_an_empty_sample_are_unknown(self, here: Field) -> None:
        rates = (await here.call("GET", f"{PATH}/outcome-rates")).json()
        assert (rates["cases"], rates["unweighted"]["rr1"], rates["strata"]) == (0, None, [])


class TestPages:
    async def test_of_cases_follow_each_other_without_a_gap(self, sampled: Field) -> None:
        seen: list[str] = []
        params: dict[str, Any] = {"limit": 3}
        while True:
            page = (await sampled.call("GET", f"{PATH}/cases", params=params)).json()
            seen += [case["case_id"] for case in page["items"]]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
        assert seen == [f"c{n}" for n in range(8)]

    async def test_of_open_cases(self, sampled: Field) -> None:
        await sampled.call("PUT", f"{PATH}/cases/c0/disposition", {"code": "2.111"})
        page = await sampled.call("GET", f"{PATH}/cases", params={"open_only": True})
        assert "c0" not in {case["case_id"] for case in page.json()["items"]}


def visit(outcome: str = "2.24") -> dict[str, Any]:
    return {"at": "2026-06-01T08:00:00+03:00", "outcome": outcome}


async def assign(field: Field, cases: list[str], device: str | None) -> Any:
    return await field.call(
        "POST",
        f"{PATH}/cases/assignments",
        {"cases": cases, "device": device},
        by=Role.SUPERVISOR,
    )


async def assigned(field: Field) -> list[str]:
    page = (await field.call("GET", f"{PATH}/cases")).json()
    return [case["case_id"] for case in page["items"] if case["device_id"] is not None]
