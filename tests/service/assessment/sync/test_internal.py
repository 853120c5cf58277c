"""What the other services ask: credentials, context, the analysis extract."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.collecting import (
    CODED,
    HERE,
    NOW,
    SERVICE_TOKEN,
    Collecting,
    Interview,
    add_form,
    coded_interview,
    interview,
    review,
    withdraw,
)

SERVICE = {"X-USGA-Service": SERVICE_TOKEN}
VARIABLES = ["safe_night", "sex"]


async def extract(here: Collecting, **changes: Any) -> dict[str, Any]:
    body = {"instrument": "skeleton", "variables": VARIABLES, **changes}
    response = await here.client.post(
        f"/internal/v1/assessments/{HERE}/extract", json=body, headers=SERVICE
    )
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


class TestGuard:
    @pytest.mark.parametrize("headers", [{}, {"X-USGA-Service": "wrong"}])
    async def test_without_the_service_credential_nothing_is_there(
        self, here: Collecting, headers: dict[str, str]
    ) -> None:
        for path in (f"/internal/v1/assessments/{HERE}", "/internal/v1/assessments/KE-XX-2026"):
            response = await here.client.get(path, headers=headers)
            assert response.status_code == 404

    async def test_introspection_tells_roles(self, here: Collecting) -> None:
        path = "/internal/v1/credentials/introspection"
        for token, active in (("supervisor", True), ("unknown", False)):
            response = await here.client.post(path, json={"token": token}, headers=SERVICE)
            assert response.json()["active"] is active
            assert response.json()["grants"] == ({HERE: ["supervisor"]} if active else {})


class TestComparisons:
    async def test_neighbours_among_the_versions_that_were_used(self, here: Collecting) -> None:
        first = CODED
        second = first.replace("| Coded | coded | 1 |", "| Coded | coded | 2 |")
        third = second.replace("| coded | 2 |", "| coded | 3 |").replace("| Age |", "| Years |")
        async with here.database.write() as session:
            for day, source in enumerate((first, second, third)):
                await add_form(session, source.encode(), at=NOW + timedelta(days=day))
        path = f"/internal/v1/assessments/{HERE}/comparisons"
        asked = {"instrument": "coded", "version": ["1", "3", "9"]}
        found = (await here.client.get(path, params=asked, headers=SERVICE)).json()
        assert [(c["from_version"], c["to_version"], c["effect"]) for c in found] == [
            ("1", "3", "partial")
        ]
        assert [(c["variable"], c["aspect"]) for c in found[0]["changes"]] == [("age", "wording")]

    async def test_only_for_services(self, here: Collecting) -> None:
        path = f"/internal/v1/assessments/{HERE}/comparisons"
        asked = {"instrument": "coded", "version": ["1"]}
        assert (await here.client.get(path, params=asked)).status_code == 404


class TestOutcomes:
    async def test_cases_without_an_interview_are_told_too(self, here: Collecting) -> None:
        path = f"/internal/v1/assessments/{HERE}/outcomes"
        before = (await here.client.get(path, headers=SERVICE)).json()
        assert sum(group["eligible"] for group in before) == 0
        assert sum(group["unknown"] for group in before) > 0  # not attempted yet
        await here.push(interview(1, case="c-001"))
        after = (await here.client.get(path, headers=SERVICE)).json()
        assert sum(group["eligible"] for group in after) > 0
        assert sum(g["cases"] for g in after) == sum(g["cases"] for g in before)

    async def test_only_for_services(self, here: Collecting) -> None:
        path = f"/internal/v1/assessments/{HERE}/outcomes"
        assert (await here.client.get(path)).status_code == 404


class TestExtract:
    async def test_heads_of_valid_production_interviews_with_weights(
        self, here: Collecting
    ) -> None:
        first = interview(1, case="c-001")
        edit = first.edited(answers={"safe_night": "safe"})
        await here.push(
            first, edit, interview(3, purpose="training"), interview(4, answers={"sex": "x"})
        )
        page = await extract(here)
        (item,) = [i for i in page["items"] if i["status"] == "included"]
        assert item["answers"] == {"safe_night": "safe", "sex": "female"}
        assert item["s3"] == {}
        assert (item["stratum"], item["psu"], item["fpc_psu"]) == ("s01", "s01-p01", 40.0)
        assert item["w_household"] == pytest.approx(20.0)
        assert item["w_person"] == pytest.approx(60.0)
        assert item["disposition"] == "1.1"
        assert str(first.id) not in str(page)
        removed = [i["removed_because"] for i in page["items"] if i["status"] == "removed"]
        assert removed == ["quarantined"]

    async def test_the_feed_brings_every_change_once_in_order(self, here: Collecting) -> None:
        batch = [interview(seq) for seq in range(1, 6)]
        await here.push(*batch)
        cursor, units = None, []
        while True:
            page = await extract(here, limit=2, cursor=cursor)
            units += [i["unit"] for i in page["items"]]
            cursor = page["next"]
            if not page["more"]:
                break
        assert len(units) == len(set(units)) == 5
        assert (await extract(here, cursor=cursor))["items"] == []
        await review(here, batch[2].id, "reject")
        (news,) = (await extract(here, cursor=cursor))["items"]
        assert (news["status"], news["removed_because"]) == ("removed", "rejected")
        assert news["unit"] == units[2]

    async def test_an_original_that_comes_late_keeps_one_unit(self, here: Collecting) -> None:
        first = interview(1)
        edit = first.edited()
        last = edit.edited()
        await here.push(last)  # waits under the id of `edit`
        page = await extract(here)
        (waiting,) = page["items"]
        await here.push(edit)
        await here.push(first)
        known: dict[str, str] = {waiting["unit"]: "included"}
        for item in (await extract(here, cursor=page["next"]))["items"]:
            known[item["unit"]] = item["status"]
        assert sorted(known.values()) == ["included", "removed"]

    async def test_what_waited_for_a_branch_is_no_unit_of_its_own_P14(
        self, here: Collecting
    ) -> None:
        first = interview(1)
        stands, stale = first.edited(seq=2), first.edited(seq=3)
        await here.push(first, stands, stale.edited(seq=4))  # the last waits for `stale`
        page = await extract(here)
        known = {item["unit"]: item["status"] for item in page["items"]}
        assert list(known.values()) == ["included", "included"]
        await here.push(stale)
        assert (await review(here, stale.id, "approve")).status_code == 200  # before it is read
        for item in (await extract(here, cursor=page["next"]))["items"]:
            known[item["unit"]] = item["status"]
        assert sorted(known.values()) == ["included", "removed"]

    async def test_s3_comes_only_when_asked_and_is_audited(self, here: Collecting) -> None:
        await here.push(interview())
        plain = await extract(here, variables=["pv_phys_5y"])
        assert plain["items"][0]["answers"] == plain["items"][0]["s3"] == {}
        page = await extract(here, s3_variables=["pv_phys_5y"])
        assert page["items"][0]["s3"] == {"pv_phys_5y": "no"}
        entries = await here.rows(
            "SELECT actor, action FROM audit_entry WHERE action = 's3.extracted'"
        )
        assert entries == [{"actor": "service:indicators", "action": "s3.extracted"}]

    async def test_a_withdrawn_interview_is_reported_removed(self, coded: Collecting) -> None:
        here = coded
        await here.push(coded_interview())
        page = await extract(here, instrument="coded", variables=["age"])
        (before,) = page["items"]
        await withdraw(here)
        after = await extract(here, instrument="coded", variables=["age"], cursor=page["next"])
        (item,) = after["items"]
        assert (item["status"], item["removed_because"]) == ("removed", "withdrawn")
        assert item["unit"] == before["unit"]


class TestContext:
    async def test_a_release_finds_everything(self, here: Collecting) -> None:
        await here.push(interview(1, case="c-001"), interview(2, answers={"sex": "x"}))
        response = await here.client.get(f"/internal/v1/assessments/{HERE}", headers=SERVICE)
        assert response.status_code == 200, response.text
        context = response.json()
        assert context["instrument"]["name"] == "skeleton"
        (stratum,) = context["strata"]
        assert (stratum["cases"], stratum["interviews"]) == (1, 1)
        assert context["rates"]["rr1"] == 1.0
        assert (context["quarantined"], context["withdrawn"]) == (1, 0)

    async def test_instruments_come_with_documents(self, here: Collecting) -> None:
        path = f"/internal/v1/assessments/{HERE}/instruments"
        (form,) = (await here.client.get(path, headers=SERVICE)).json()
        assert form["document"]["format"] == "usga-instrument/1"


class TestMissing:
    async def test_what_was_left_open_is_told_from_what_was_not_asked(
        self, here: Collecting
    ) -> None:
        def without(seq: int, *names: str, **answers: str) -> Interview:
            made = interview(seq, answers=answers)
            for name in names:
                del made.document["answers"][name]
            made.__post_init__()
            return made

        s3 = {"s3_variables": ["pv_phys_5y"]}
        opened = without(1, "safe_night", "pv_phys_5y")
        closed = without(2, "pv_phys_5y", priv_ok="no")
        await here.push(opened, closed)
        items = (await extract(here, **s3))["items"]
        assert [item["unanswered"] for item in items] == [["safe_night"], []]
        assert [item["s3_unanswered"] for item in items] == [["pv_phys_5y"], []]

    async def test_so_it_is_in_the_rows_of_a_repeat(self, coded: Collecting) -> None:
        later = CODED.replace("| Coded | coded | 1 |", "| Coded | coded | 2 |").replace(
            "| | end_repeat", "| | integer | shoes | Shoes | ${minutes} > 9 | 0 | open |\n"
            "| | end_repeat",
        )  # fmt: skip
        async with coded.database.write() as session:
            await add_form(session, later.encode(), at=NOW + timedelta(days=1))
        rows = [
            {"minutes": 12, "who": "A"},
            {"who": "B"},
            {"minutes": 5},
            {"minutes": 10, "shoes": 1},
        ]
        made = coded_interview(1, visit=rows)
        made.document["version"] = "2"
        made.__post_init__()
        await coded.push(made)
        asked = ["age", "minutes", "shoes", "visit", "who"]
        (item,) = (await extract(coded, instrument="coded", variables=asked))["items"]
        assert item["answers"]["visit"][1] == {}
        assert item["unanswered"] == ["visit/0/shoes", "visit/1/minutes"]

    async def test_an_unknown_version_counts_as_the_one_that_accepted_it(
        self, here: Collecting
    ) -> None:
        odd = coded_interview(1)
        odd.document["version"] = "0.9"
        odd.__post_init__()
        await here.push(odd)
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        path = f"/v1/submissions/{odd.id}/revalidation"
        assert (await here.post(path, {"against": "1"})).json()["state"] == "stored"
        page = await extract(here, instrument="coded", variables=["age"])
        assert [item["version"] for item in page["items"]] == ["1"]
