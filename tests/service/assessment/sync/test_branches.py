"""Stale edits are shown beside what stands, and resolved by a revision of their own."""

from typing import Any

import orjson
import pytest

from tests.support.collecting import (
    ANSWERS,
    Collecting,
    Interview,
    coded_interview,
    interview,
    review,
    withdraw,
)


async def branched(
    here: Collecting, first: Interview, head: dict[str, Any], branch: dict[str, Any]
) -> tuple[Interview, Interview]:
    """Two edits of one interview: the second is stale."""
    stands = first.edited(answers=head)
    stale = first.edited(seq=first.document["seq"] + 2, answers=branch)
    answer = await here.push(first, stands, stale)
    assert [answer.state(each) for each in (first, stands, stale)] == [
        "stored", "stored", "branched",
    ]  # fmt: skip
    return stands, stale


async def compared(here: Collecting, one: Interview, by: str = "supervisor") -> dict[str, Any]:
    answer = await here.get(f"/v1/submissions/{one.id}/branches", by=by)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def resolve(here: Collecting, one: Interview, take: list[str], **changes: str) -> Any:
    seen = await compared(here, one)
    body = {
        "branch": seen["items"][0]["branch"]["revision"], "head": seen["head"]["revision"],
        "take": take, "comment": "asked the interviewer", **changes,
    }  # fmt: skip
    return await here.post(f"/v1/submissions/{one.id}/resolutions", body)


async def states(here: Collecting, one: Interview) -> dict[str, tuple[str, bool]]:
    detail = (await here.get(f"/v1/submissions/{one.id}")).json()
    return {r["id"]: (r["state"], r["is_head"]) for r in detail["revisions"]}


class TestComparing:
    async def test_what_differs_is_shown_with_what_both_began_from_P25(
        self, coded: Collecting
    ) -> None:
        first = coded_interview(1, age=44, open_text="a", visit=[{"minutes": 5}, {"minutes": 6}])
        stands, stale = await branched(
            coded, first, {"age": 45, "open_text": "b"},
            {"age": 54, "open_text": "b", "visit": [{"minutes": 5}, {"minutes": 7}]},
        )  # fmt: skip
        found = await compared(coded, first)
        assert found["head"]["id"] == str(stands.id)
        (item,) = found["items"]
        assert (item["branch"]["id"], item["base"]["id"]) == (str(stale.id), str(first.id))
        shown = {q["pointer"]: (q["base"], q["head"], q["branch"]) for q in item["questions"]}
        assert shown == {"/answers/age": (44, 45, 54), "/answers/visit/1/minutes": (6, 6, 7)}
        assert await compared(coded, stale) == found, "any of its revisions names the interview"

    async def test_an_edit_of_what_is_not_held_has_no_base_P25(self, coded: Collecting) -> None:
        first = coded_interview(1)
        one, two = first.edited(answers={"age": 41}), first.edited(answers={"age": 42})
        await coded.push(one, two)
        (item,) = (await compared(coded, one))["items"]
        assert item["base"] is None
        assert item["questions"][0]["base"] is None

    async def test_only_classes_that_the_role_reads_are_compared_P25(
        self, coded: Collecting
    ) -> None:
        await branched(coded, first := coded_interview(1), {"remark": "x"}, {"remark": "y"})
        seen = await compared(coded, first)
        assert [q["pointer"] for q in seen["items"][0]["questions"]] == ["/answers/remark"]
        log = "SELECT actor, details FROM audit_entry WHERE action = 'branches.read'"
        (entry,) = await coded.rows(log)
        assert entry["actor"].endswith("supervisor-1")
        assert set(orjson.loads(entry["details"])["classes"]) == {"identifier", "text"}

        analysts = await compared(coded, first, by="analyst")
        assert analysts["items"][0]["questions"] == []
        assert analysts["withheld"] == ["identifier", "text"]
        assert len(await coded.rows(log)) == 1, "nothing sealed was opened for the analyst"
        await branched(coded, other := interview(11), {"pv_phys_5y": "yes"}, {"sex": "male"})
        sealed = await compared(coded, other)
        assert "s3" in sealed["withheld"]
        assert {q["pointer"] for q in sealed["items"][0]["questions"]} == {"/answers/sex"}

    async def test_what_is_not_the_callers_is_absent_P25(self, coded: Collecting) -> None:
        await branched(coded, first := coded_interview(1), {"age": 41}, {"age": 42})
        path = f"/v1/submissions/{first.id}/branches"
        assert (await coded.get(path, by="supervisor-elsewhere")).status_code == 404
        assert (await coded.get(path, by="device")).status_code == 403


class TestResolving:
    async def test_the_resolution_is_a_revision_that_stands_P26_I7(
        self, coded: Collecting
    ) -> None:
        first = coded_interview(1, remark="r", visit=[{"minutes": 5, "who": "a"}])
        stands, stale = await branched(
            coded, first, {"age": 45, "open_text": "near"},
            {"age": 54, "visit": [{"minutes": 7, "who": "b"}]},
        )  # fmt: skip
        answer = await resolve(coded, first, ["visit"])
        assert answer.status_code == 200, answer.text
        made = answer.json()
        assert (made["state"], made["is_head"]) == ("approved", True)
        assert made["revises"] == str(stands.id)
        detail = (await coded.get(f"/v1/submissions/{made['id']}")).json()
        assert detail["answers"] == {
            "withdraw_code": "7KQ4-9XPM", "age": 45, "remark": "r", "open_text": "near",
            "visit": [{"minutes": 7, "who": "b"}],
        }  # fmt: skip
        assert await states(coded, first) == {
            str(first.id): ("stored", False), str(stands.id): ("stored", False),
            str(stale.id): ("rejected", False), made["id"]: ("approved", True),
        }  # fmt: skip
        assert (await compared(coded, first))["items"] == []
        comments = {step["comment"] for step in detail["reviews"]}
        assert comments == {"asked the interviewer", f"resolved by {made['id']}"}

    async def test_late_duplicates_undo_no_resolution_P26(self, coded: Collecting) -> None:
        first = coded_interview(1)
        stands, stale = await branched(coded, first, {"age": 45}, {"age": 54})
        made = (await resolve(coded, first, ["age"])).json()
        again = await coded.push(stale, stands, first)
        assert {again.state(each) for each in (first, stands, stale)} == {"duplicate"}
        late = stands.edited(seq=9, answers={"age": 99})
        assert (await coded.push(late)).state(late) == "branched"
        assert (await states(coded, first))[made["id"]] == ("approved", True)
        (item,) = (await compared(coded, first))["items"]
        assert item["questions"][0] == {
            "pointer": "/answers/age", "field_class": "open", "base": 45, "head": 54,
            "branch": 99,
        }  # fmt: skip

    async def test_withdrawal_takes_resolutions_along_P26_P17(self, coded: Collecting) -> None:
        first = coded_interview(1)
        _, stale = await branched(coded, first, {"age": 45}, {"age": 54})
        seen = await compared(coded, first)
        made = (await resolve(coded, first, [])).json()
        assert (await withdraw(coded)).status_code == 200
        assert {state for state, _ in (await states(coded, first)).values()} == {"withdrawn"}
        assert (await coded.get(f"/v1/submissions/{made['id']}")).json()["answers"] == {}
        body = {"branch": seen["items"][0]["branch"]["revision"], "take": [], "comment": "",
                "head": (await compared(coded, stale))["head"]["revision"]}  # fmt: skip
        late = await coded.post(f"/v1/submissions/{first.id}/resolutions", body)
        assert late.json()["reason"] == "not-a-branch"

    @pytest.mark.parametrize("take", ["pv_phys_5y", "nonsense"])
    async def test_what_the_reviewer_does_not_read_is_not_taken_P26(
        self, here: Collecting, take: str
    ) -> None:
        first = interview(1)
        await branched(here, first, {"safe_night": "safe"}, {"pv_phys_5y": "yes"})
        before = await here.rows("SELECT count(*) AS n FROM submission_revision")
        answer = await resolve(here, first, [take])
        assert (answer.status_code, answer.json()["reason"]) == (409, "not-yours-to-take")
        assert await here.rows("SELECT count(*) AS n FROM submission_revision") == before

    async def test_what_breaks_a_rule_is_not_stored_P26(self, here: Collecting) -> None:
        """The head says that nobody may be asked about violence, the branch that they were."""
        first = interview(1)
        stands = first.edited(answers={"sex": "male"})
        said_no = {k: v for k, v in ANSWERS.items() if k in {"stratum", "psu"}} | {"consent": "no"}
        stale = first.edited(seq=3).replaced(answers=said_no)
        answer = await here.push(first, stands, stale)
        assert answer.state(stale) == "branched"
        before = await here.rows("SELECT count(*) AS n FROM submission_revision")
        answer = await resolve(here, first, ["consent"])
        assert answer.status_code == 409
        assert answer.json()["reason"] == "C-01"
        assert await here.rows("SELECT count(*) AS n FROM submission_revision") == before

    async def test_a_head_that_moved_is_looked_at_again_P26(self, coded: Collecting) -> None:
        first = coded_interview(1)
        stands, _ = await branched(coded, first, {"age": 45}, {"age": 54})
        seen = await compared(coded, first)
        newer = stands.edited(seq=7, answers={"age": 46})
        await coded.push(newer)
        body = {"branch": seen["items"][0]["branch"]["revision"], "take": ["age"],
                "head": seen["head"]["revision"], "comment": ""}  # fmt: skip
        answer = await coded.post(f"/v1/submissions/{first.id}/resolutions", body)
        assert (answer.status_code, answer.json()["reason"]) == (409, "head-moved")
        assert (await states(coded, first))[str(newer.id)] == ("stored", True)

    async def test_a_head_that_moves_while_it_is_resolved_stands_P26_I7(
        self, coded: Collecting
    ) -> None:
        first = coded_interview(1)
        stands, _ = await branched(coded, first, {"age": 45}, {"age": 54})
        newer = stands.edited(seq=7, answers={"age": 46})
        desk = coded.app.state.sync
        receive = desk.receive

        async def then_the_tablet_pushes(*items: Any, **options: Any) -> Any:
            desk.receive = receive
            await coded.push(newer)
            return await receive(*items, **options)

        desk.receive = then_the_tablet_pushes
        answer = await resolve(coded, first, ["age"])
        assert (answer.status_code, answer.json()["reason"]) == (409, "head-moved")
        now = await states(coded, first)
        assert now[str(newer.id)] == ("stored", True)
        assert sorted(state for state, _ in now.values()) == [
            "branched", "rejected", "stored", "stored", "stored",
        ]  # fmt: skip

    async def test_only_reviewers_resolve_P26(self, coded: Collecting) -> None:
        first = coded_interview(1)
        await branched(coded, first, {"age": 45}, {"age": 54})
        seen = await compared(coded, first)
        body = {"branch": seen["items"][0]["branch"]["revision"], "take": [], "comment": "",
                "head": seen["head"]["revision"]}  # fmt: skip
        path = f"/v1/submissions/{first.id}/resolutions"
        assert (await coded.post(path, body, by="statistician")).status_code == 403
        assert (await coded.post(path, body, by="supervisor-elsewhere")).status_code == 404

    async def test_approving_an_edit_of_what_stands_makes_no_branch_of_it_P13(
        self, coded: Collecting
    ) -> None:
        first = coded_interview(1)
        await coded.push(first)
        await review(coded, first.id, "approve")
        edit = first.edited(answers={"age": 50})
        assert (await coded.push(edit)).state(edit) == "branched"
        await review(coded, edit.id, "approve")
        assert await states(coded, first) == {
            str(first.id): ("approved", False), str(edit.id): ("approved", True),
        }  # fmt: skip
