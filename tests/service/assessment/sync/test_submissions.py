"""Reading, reviewing, checking again and withdrawing interviews."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.support.collecting import (
    CODED,
    HERE,
    Collecting,
    add_form,
    coded_interview,
    interview,
    review,
    withdraw,
)


class TestReading:
    async def test_lists_are_paged_and_show_no_answers(self, here: Collecting) -> None:
        batch = [interview(seq) for seq in range(1, 6)]
        await here.push(*batch)
        seen, cursor = [], None
        while True:
            params: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await here.get("/v1/submissions", **params)).json()
            seen += [item["id"] for item in page["items"]]
            assert all("answers" not in item for item in page["items"])
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == [str(i.id) for i in batch]

    async def test_who_may_read_s3_answers_learns_no_case(self, here: Collecting) -> None:
        one = interview(1, case="s01-p01-07")
        await here.push(one)

        async def cases(by: str, **params: str) -> list[str | None]:
            page = (await here.get("/v1/submissions", by=by, **params)).json()
            return [item["case"] for item in page["items"]]

        assert await cases("supervisor") == await cases("supervisor", case="s01-p01-07")
        assert await cases("supervisor") == ["s01-p01-07"]
        assert await cases("statistician") == [None]
        assert await cases("statistician", case="s01-p01-07") == []
        seen = (await here.get(f"/v1/submissions/{one.id}", by="statistician")).json()
        assert (seen["case"], "s3" in seen["opened"]) == (None, True)

    async def test_roles_see_their_classes_and_sealed_reads_are_audited(
        self, coded: Collecting
    ) -> None:
        one = coded_interview(remark="said in confidence", visit=[{"minutes": 5, "who": "x"}])
        await coded.push(one)
        path = f"/v1/submissions/{one.id}"
        supervisor = (await coded.get(path)).json()
        assert supervisor["answers"]["remark"] == "said in confidence"
        assert supervisor["answers"]["visit"] == [{"minutes": 5, "who": "x"}]
        assert supervisor["opened"] == ["identifier", "text"]
        analyst = (await coded.get(path, by="analyst")).json()
        assert analyst["answers"] == {"age": 44, "visit": [{"minutes": 5}]}
        assert analyst["withheld"] == ["identifier", "text"]
        entries = await coded.rows("SELECT action, actor, details FROM audit_entry ORDER BY seq")
        reads = [e for e in entries if e["action"] == "submission.read"]
        assert [e["actor"] for e in reads] == ["person:supervisor-1"]

    async def test_statisticians_see_s3_and_supervisors_do_not(self, here: Collecting) -> None:
        one = interview()
        await here.push(one)
        path = f"/v1/submissions/{one.id}"
        assert "pv_phys_5y" in (await here.get(path, by="statistician")).json()["answers"]
        supervisor = (await here.get(path)).json()
        assert "pv_phys_5y" not in supervisor["answers"]
        assert supervisor["withheld"] == ["s3"]

    @pytest.mark.parametrize("by", ["supervisor-elsewhere", "supervisor"])
    async def test_foreign_and_absent_read_the_same(self, here: Collecting, by: str) -> None:
        one = interview()
        await here.push(one)
        id_ = one.id if by == "supervisor-elsewhere" else uuid4()
        response = await here.get(f"/v1/submissions/{id_}", by=by)
        assert response.status_code == 404
        assert response.json()["type"].endswith("/not-found")

    async def test_a_tablet_reads_nothing_back(self, here: Collecting) -> None:
        one = interview()
        await here.push(one)
        response = await here.get(f"/v1/submissions/{one.id}", by="device")
        assert response.status_code == 403


class TestReview:
    async def test_each_step_stays_in_the_history(self, here: Collecting) -> None:
        one = interview(case="c-001")
        await here.push(one)
        for decision, state in (("return", "returned"), ("approve", "approved")):
            response = await review(here, one.id, decision)
            assert response.json()["state"] == state, response.text
        detail = (await here.get(f"/v1/submissions/{one.id}")).json()
        steps = [(r["from_state"], r["to_state"]) for r in detail["reviews"]]
        assert steps == [("stored", "returned"), ("returned", "approved")]

    async def test_a_rejected_interview_is_non_response(self, here: Collecting) -> None:
        one = interview(case="c-001")
        await here.push(one)
        case = "SELECT disposition FROM sample_case WHERE case_id = 'c-001'"
        assert (await here.rows(case))[0]["disposition"] == "1.1"
        await review(here, one.id, "reject")
        assert (await here.rows(case))[0]["disposition"] == "2.36"

    async def test_what_is_invalid_cannot_be_approved(self, here: Collecting) -> None:
        bad = interview(answers={"sex": "x"})
        await here.push(bad)
        response = await review(here, bad.id, "approve")
        assert response.status_code == 409
        assert response.json()["reason"] == "still-invalid"

    @pytest.mark.parametrize("decision", ["return", "reject"])
    async def test_what_is_invalid_is_not_approved_by_a_detour_P15(
        self, here: Collecting, decision: str
    ) -> None:
        bad = interview(answers={"sex": "x"})
        await here.push(bad)
        assert (await review(here, bad.id, decision)).status_code == 200
        response = await review(here, bad.id, "approve")
        assert (response.status_code, response.json().get("reason")) == (409, "still-invalid")

    async def test_a_return_needs_words(self, here: Collecting) -> None:
        one = interview()
        await here.push(one)
        response = await review(here, one.id, "return", comment=" ")
        assert response.json()["reason"] == "needs-comment"
        assert response.json()["detail"] == "Returning and rejecting need a comment that says why."

    async def test_an_approved_branch_takes_the_head(self, here: Collecting) -> None:
        first = interview()
        edit, stale = first.edited(), first.edited(seq=3)
        await here.push(first, edit, stale)
        assert (await review(here, stale.id, "approve")).json()["is_head"]
        states = {
            UUID(str(r["id"])): (r["state"], bool(r["is_head"]))
            for r in await here.rows("SELECT id, state, is_head FROM submission_revision")
        }
        assert states[stale.id] == ("approved", True)
        assert states[edit.id] == ("branched", False)

    async def test_analysts_may_not(self, here: Collecting) -> None:
        one = interview()
        await here.push(one)
        assert (await review(here, one.id, "approve", by="analyst")).status_code == 403
        assert (
            await review(here, one.id, "approve", by="supervisor-elsewhere")
        ).status_code == 404


class TestRevalidation:
    async def test_a_form_that_arrives_later_frees_its_interviews(self, here: Collecting) -> None:
        early = coded_interview(remark="waiting")
        assert (await here.push(early)).code(early) == "unknown-instrument"
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        response = await here.post(f"/v1/submissions/{early.id}/revalidation", {})
        assert response.json()["state"] == "stored", response.text
        detail = (await here.get(f"/v1/submissions/{early.id}")).json()
        assert detail["answers"]["remark"] == "waiting"

    async def test_what_is_still_invalid_stays(self, here: Collecting) -> None:
        bad = interview(answers={"sex": "x"})
        await here.push(bad)
        response = await here.post(f"/v1/submissions/{bad.id}/revalidation", {})
        assert response.json()["state"] == "quarantined"
        good = interview(2)
        await here.push(good)
        response = await here.post(f"/v1/submissions/{good.id}/revalidation", {})
        assert response.status_code == 409


class TestWithdrawal:
    async def test_the_key_is_gone_and_a_tombstone_stays_P17(self, coded: Collecting) -> None:
        one = coded_interview(remark="forget me")
        edit = one.edited()
        await coded.push(one, edit)
        for _ in range(2):  # asking again answers the same
            response = await withdraw(coded)
            assert response.json() == {"state": "withdrawn", "interviews": 1}, response.text
        assert not await coded.rows("SELECT 1 FROM submission_content")
        rows = await coded.rows("SELECT * FROM submission_revision")
        assert {row["state"] for row in rows} == {"withdrawn"}
        assert {row["device"] for row in rows} == {None}
        assert {row["seq"] for row in rows} == {1, 2}

    async def test_no_file_of_the_database_keeps_key_or_bytes_P17(self, coded: Collecting) -> None:
        everything = [coded_interview(n, remark="x" * 6000) for n in range(1, 9)]
        await coded.push(*everything)
        secrets = await secrets_of(coded)
        assert len(secrets) >= 2 * len(everything)
        if coded.database.is_sqlite:
            assert not [secret for secret in secrets if secret not in on_disk(coded)]
        async with coded.database.read() as reading:  # a long export holds a snapshot
            await (await reading.connection()).execute(text("SELECT 1 FROM submission_content"))
            assert (await withdraw(coded)).status_code == 200
        await coded.push(coded_interview(99, withdraw_code="OTHER-CODE"))
        if coded.database.is_sqlite:
            assert not [secret for secret in secrets if secret in on_disk(coded)]
        else:
            assert await coded.database.forget_log()

    async def test_the_log_is_empty_when_the_withdrawal_is_answered(
        self, coded: Collecting
    ) -> None:
        await coded.push(coded_interview())
        secrets = await secrets_of(coded)
        assert (await withdraw(coded)).status_code == 200
        if coded.database.is_sqlite:
            assert not [secret for secret in secrets if secret in on_disk(coded)]
            assert log_of(coded).stat().st_size == 0
        assert not await coded.rows("SELECT 1 FROM submission_content")

    async def test_sending_it_again_stores_nothing_P17(self, coded: Collecting) -> None:
        one = coded_interview()
        later = one.edited(seq=5)
        await coded.push(one)
        await withdraw(coded)
        for each in (one, one.with_other_content(), later):
            assert (await coded.push(each)).state(each) == "withdrawn"
        assert not await coded.rows("SELECT 1 FROM submission_content")

    async def test_an_edit_whose_original_comes_later_is_caught_by_its_code_P17(
        self, coded: Collecting
    ) -> None:
        one = coded_interview()
        edit = one.edited()
        last = edit.edited()
        await coded.push(one)
        await withdraw(coded)
        assert (await coded.push(last)).state(last) == "withdrawn"

    async def test_the_tablet_hears_of_it(self, coded: Collecting) -> None:
        one = coded_interview()
        await coded.push(one)
        await withdraw(coded)
        page = (await coded.get("/v1/sync/changes", by="device")).json()
        assert page["items"][-1] == {
            "kind": "withdrawn", "id": str(one.id), "removed": True, "value": {},
        }  # fmt: skip

    async def test_an_unknown_code_and_a_foreign_assessment_read_the_same(
        self, coded: Collecting
    ) -> None:
        await coded.push(coded_interview())
        assert (await withdraw(coded, code="WRONG-CODE")).status_code == 404
        assert (await withdraw(coded, by="supervisor-elsewhere")).status_code == 404


async def test_the_audit_chain_holds_and_shows_a_change(here: Collecting) -> None:
    from usga_assessment.domain.audit.chain import Broken, verify
    from usga_assessment.storage.audit import AuditLog

    for seq in range(1, 4):
        await here.push(interview(seq))

    async def check() -> Broken | None:
        async with here.database.read() as session:
            return verify([entry async for entry in AuditLog(session).entries(HERE)])

    assert await check() is None
    async with here.database.write() as session:
        connection = await session.connection()
        await connection.execute(
            text("UPDATE audit_entry SET actor = 'device:other' WHERE seq = 2")
        )
    broken = await check()
    assert broken is not None
    assert (broken.seq, broken.reason) == (2, "changed")


async def test_the_command_finds_a_cut_off_log(here: Collecting) -> None:
    from usga_assessment.cli.verify_audit import verified

    for seq in range(1, 4):
        await here.push(interview(seq))
    settings = here.app.state.sync.settings
    ((code, length, _, broken),) = await verified(settings, [])
    assert (code, length, broken) == (HERE, 3, None)
    async with here.database.write() as session:
        connection = await session.connection()
        await connection.execute(text("DELETE FROM audit_entry WHERE seq = 3"))
    ((*_, broken),) = await verified(settings, [HERE])
    assert broken is not None
    assert (broken.seq, broken.reason) == (3, "truncated")


async def secrets_of(here: Collecting) -> list[bytes]:
    """Every sealed part and wrapped key that is held; of a long one, a piece of its beginning."""
    rows = await here.rows("SELECT * FROM submission_content")
    cells = [cell for row in rows for cell in row.values() if isinstance(cell, bytes)]
    return [cell[:48] for cell in cells if len(cell) >= 40]


def log_of(here: Collecting) -> Path:
    return Path(f"{here.database.url.database}-wal")


def on_disk(here: Collecting) -> bytes:
    """The database's file and its log, as whoever takes the disk reads them."""
    return Path(str(here.database.url.database)).read_bytes() + log_of(here).read_bytes()
