"""Pushing interviews: states, receipts, rules of ethics (docs/protocol/sync.md)."""

import asyncio
import gzip
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import zstandard
from usga_assessment.domain.sync.digests import batch_digest
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.ingest import IngestWriter
from usga_shared.wire.vocabulary import ItemState

from tests.support.collecting import (
    DEVICE,
    ELSEWHERE,
    HERE,
    Collecting,
    Interview,
    KnownActors,
    bearer,
    interview,
    review,
)


class TestStates:
    async def test_a_batch_is_stored_and_receipted_P10_P30_P40(self, here: Collecting) -> None:
        batch = [interview(seq) for seq in range(1, 6)]
        answer = await here.push(*batch)
        assert [answer.state(i) for i in batch] == ["stored"] * 5
        assert answer.receipt.assessment == HERE
        assert answer.receipt.device == UUID(DEVICE)
        assert answer.receipt.batch.count == 5
        assert answer.receipt.batch.digest == batch_digest(
            (i.id, bytes.fromhex(i.digest), ItemState.STORED) for i in batch
        )
        held = await here.rows("SELECT count(*) AS n FROM submission_content")
        assert held[0]["n"] == 5
        picture = answer.receipt.sequence
        assert picture is not None
        assert (picture.contiguous, picture.max, picture.gaps) == (5, 5, [])

    async def test_sending_again_is_a_duplicate_and_changes_nothing_P11(
        self, here: Collecting
    ) -> None:
        first = interview()
        await here.push(first)
        before = await here.rows("SELECT * FROM submission_revision")
        for _ in range(3):
            assert (await here.push(first)).state(first) == "duplicate"
        assert await here.rows("SELECT * FROM submission_revision") == before

    async def test_racing_duplicates_are_stored_once_P11_I3(self, here: Collecting) -> None:
        batch = [interview(seq) for seq in range(1, 4)]
        answers = await asyncio.gather(*(here.push(*batch) for _ in range(6)))
        for each in batch:
            states = sorted(answer.state(each) for answer in answers)
            assert states == ["duplicate"] * 5 + ["stored"]

    async def test_other_content_under_an_id_is_a_conflict_and_both_are_kept_P12_I4(
        self, here: Collecting
    ) -> None:
        first = interview()
        other = first.with_other_content()
        await here.push(first)
        answer = await here.push(other)
        assert answer.state(other) == "conflict"
        assert answer.head(other) == first.id
        assert (await here.push(other)).state(other) == "conflict"
        assert (await here.push(first)).state(first) == "duplicate"
        assert len(await here.rows("SELECT 1 FROM submission_content")) == 2

    async def test_an_edit_of_the_head_stands_and_a_stale_one_branches_P13_I7(
        self, here: Collecting
    ) -> None:
        first = interview()
        edit, stale = first.edited(), first.edited(seq=3)
        await here.push(first)
        assert (await here.push(edit)).state(edit) == "stored"
        answer = await here.push(stale)
        assert (answer.state(stale), answer.head(stale)) == ("branched", edit.id)
        assert (await here.push(first)).state(first) == "duplicate"  # late: undoes nothing
        heads = await here.rows("SELECT id FROM submission_revision WHERE is_head")
        assert [UUID(str(row["id"])) for row in heads] == [edit.id]

    async def test_an_edit_that_arrives_before_its_original_stands_P14_I5(
        self, here: Collecting
    ) -> None:
        first = interview()
        edit = first.edited()
        assert (await here.push(edit)).state(edit) == "stored"
        assert (await here.push(first)).state(first) == "stored"
        heads = await here.rows("SELECT id FROM submission_revision WHERE is_head")
        assert [UUID(str(row["id"])) for row in heads] == [edit.id]

    async def test_invalid_answers_are_quarantined_never_refused_P15(
        self, here: Collecting
    ) -> None:
        bad = interview(answers={"sex": "neither"})
        answer = await here.push(bad)
        assert (answer.state(bad), answer.code(bad)) == ("quarantined", "invalid-answers")
        item = answer.response.json()["items"][0]
        assert item["problems"][0]["pointer"] == "/answers/sex"
        again = await here.push(bad)
        assert (again.state(bad), again.code(bad)) == ("duplicate", "quarantined")

    async def test_an_unknown_form_is_quarantined_P15(self, here: Collecting) -> None:
        unknown = interview(version="2031.1.0")
        answer = await here.push(unknown)
        assert (answer.state(unknown), answer.code(unknown)) == (
            "quarantined", "unknown-instrument",
        )  # fmt: skip

    async def test_another_assessment_is_rejected_and_nothing_is_kept_P16(
        self, here: Collecting
    ) -> None:
        foreign, own = interview(1, assessment=ELSEWHERE), interview(2)
        answer = await here.push(foreign, own)
        assert answer.state(foreign) == "rejected"
        assert answer.code(foreign) == "wrong-assessment"
        assert answer.state(own) == "stored"
        assert len(await here.rows("SELECT 1 FROM submission_revision")) == 1

    async def test_a_bad_item_fails_alone_P5_I6(self, here: Collecting) -> None:
        good = interview(1)
        bad = interview(2, version=7)
        body = good.line + b"\n" + bad.line + b"\n{not json\n"
        response = await here.push_bytes(body)
        assert response.status_code == 200
        states = {i["index"]: i["state"] for i in response.json()["items"]}
        assert states == {1: "rejected", 2: "rejected"}
        receipt = here.read(response, [good, bad]).receipt
        assert [(e.id, e.index, e.state) for e in receipt.exceptions] == [
            (bad.id, None, "rejected"),
            (None, 2, "rejected"),
        ]
        assert len(await here.rows("SELECT 1 FROM submission_revision")) == 1

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("started_at", "0001-01-01T00:00:00+14:00"),
            ("ended_at", "9999-12-31T23:59:59-14:00"),
        ],
    )
    async def test_a_time_outside_the_calendar_fails_alone_P5_I6_I13(
        self, here: Collecting, member: str, value: str
    ) -> None:
        outside: dict[str, Any] = {member: value}
        good, bad = interview(1), interview(2, **outside)
        edge = interview(
            3, started_at="0001-01-01T00:00:00Z", ended_at="9999-12-31T23:59:59.999999Z"
        )
        answer = await here.push(good, bad, edge)
        states = [answer.state(each) for each in (good, bad, edge)]
        assert states == ["stored", "rejected", "stored"]
        problem = answer.response.json()["items"][0]["problems"][0]
        assert (problem["pointer"], problem["code"]) == (f"/{member}", "invalid")

    async def test_training_stays_training(self, here: Collecting) -> None:
        trained = interview(purpose="training")
        await here.push(trained)
        rows = await here.rows("SELECT purpose FROM submission_revision")
        assert rows[0]["purpose"] == "training"


class TestTakingOver:
    """An interview changes hands only before the eyes of a supervisor."""

    @pytest.mark.parametrize("first", ["one", "other"])
    async def test_of_two_that_revise_each_other_the_first_stands_P19_I2(
        self, here: Collecting, first: str
    ) -> None:
        one = interview(1)
        other = one.edited()
        one = Interview({**one.document, "revises": str(other.id)})
        batch = [one, other] if first == "one" else [other, one]
        answer = await here.push(*batch)
        assert [answer.state(each) for each in batch] == ["stored", "quarantined"]
        assert answer.code(batch[1]) == "revision-cycle"
        assert await heads(here) == {batch[0].id: "stored"}
        path = f"/v1/submissions/{batch[1].id}"
        assert (await here.post(f"{path}/revalidation", {})).json()["state"] == "quarantined"
        assert (await here.get(path)).json()["code"] == "revision-cycle"

    async def test_what_revises_itself_is_quarantined_P19(self, here: Collecting) -> None:
        one = interview(1)
        one = Interview({**one.document, "revises": str(one.id)})
        answer = await here.push(one)
        assert (answer.state(one), answer.code(one)) == ("quarantined", "revision-cycle")
        assert await heads(here) == {one.id: "quarantined"}
        assert (await here.push(one)).state(one) == "duplicate"

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    async def test_an_edit_of_what_was_decided_branches_P19(
        self, here: Collecting, decision: str
    ) -> None:
        first = interview()
        edit = first.edited(answers={"pv_phys_5y": "yes"})
        await here.push(first)
        assert (await review(here, first.id, decision)).status_code == 200
        answer = await here.push(edit)
        assert (answer.state(edit), answer.head(edit)) == ("branched", first.id)
        assert set(await heads(here)) == {first.id}
        assert (await review(here, edit.id, "approve")).json()["is_head"]

    @pytest.mark.parametrize("early", [False, True])
    async def test_an_edit_from_another_install_branches_P19(
        self, here: Collecting, early: bool
    ) -> None:
        first = interview()
        taken = first.edited(install=str(uuid4()))
        await here.push(*([taken, first] if early else [first, taken]))
        assert await heads(here) == {first.id: "stored"}
        held = await here.rows("SELECT state FROM submission_revision WHERE NOT is_head")
        assert [row["state"] for row in held] == ["branched"]
        own = first.edited(seq=5)
        assert (await here.push(own)).state(own) == "stored"

    async def test_another_tablets_install_occupies_neither_id_nor_number_P23(
        self, here: Collecting
    ) -> None:
        await bind(here, "device-b", uuid4())  # INSTALL is now that of the other tablet alone
        real = interview(1, case="c-001")
        forged = real.with_other_content()
        answer = await here.push(forged, by="device-b")
        assert (answer.state(forged), answer.code(forged)) == ("quarantined", "foreign-install")
        picture = answer.receipt.sequence
        assert picture is not None
        assert picture.max == 0
        assert await heads(here) == {}
        again = await here.push(forged, by="device-b")
        assert (again.state(forged), again.code(forged)) == ("duplicate", "quarantined")

        answer = await here.push(real)
        assert answer.state(real) == "stored"
        assert answer.receipt.sequence is not None
        assert (answer.receipt.sequence.max, answer.receipt.sequence.forks) == (1, [])
        assert await heads(here) == {real.id: "stored"}
        assert len(await here.rows("SELECT 1 FROM submission_content")) == 2
        other = real.with_other_content()
        assert (await here.push(other)).state(other) == "conflict"

    async def test_an_install_stays_its_tablets_when_both_push_at_once_P23(
        self, here: Collecting
    ) -> None:
        await bind(here, "device-b", uuid4())
        writer: IngestWriter = here.app.state.sync._writer

        async def all_in_order() -> None:
            while len(writer._waiting) < 3:  # noqa: ASYNC110 - the writer has no event for it
                await asyncio.sleep(0.001)
            writer._waiting.sort(key=lambda waiting: waiting.push.items[0].envelope.seq)

        writer._let_others_join = all_in_order  # type: ignore[method-assign]
        before, real, after = (interview(seq, case="c-001") for seq in (1, 2, 3))
        _, answer, _ = await asyncio.gather(
            here.push(before, by="device-b"), here.push(real), here.push(after, by="device-b")
        )
        assert answer.state(real) == "stored"  # nobody else of the household was asked before
        rows = await here.rows("SELECT device, ranges FROM install_sequence")
        assert [(row["device"], row["ranges"]) for row in rows] == [(DEVICE, "[[2,2]]")]
        assert await heads(here) == {real.id: "stored"}

    async def test_what_another_tablet_sent_is_only_rejected_P23(self, here: Collecting) -> None:
        await bind(here, "device-b", uuid4())
        forged = interview(1)
        await here.push(forged, by="device-b")
        path = f"/v1/submissions/{forged.id}"
        assert (await here.post(f"{path}/revalidation", {})).json()["code"] == "foreign-install"
        reasons = [
            (await review(here, forged.id, decision)).json()["reason"]
            for decision in ("approve", "return")
        ]
        assert reasons == ["kept-aside", "kept-aside"]
        assert (await review(here, forged.id, "reject")).json()["state"] == "rejected"

    async def test_bytes_that_another_tablet_sent_first_stand_when_their_own_sends_them_P23(
        self, here: Collecting
    ) -> None:
        await bind(here, "device-b", uuid4())
        copied = interview(1)
        assert (await here.push(copied, by="device-b")).code(copied) == "foreign-install"
        assert (await here.push(copied)).state(copied) == "stored"
        assert (await here.push(copied, by="device-b")).state(copied) == "duplicate"
        query = {"items": [{"id": str(copied.id), "digest": copied.digest}]}
        checked = (await here.post("/v1/sync/check", query, by="device")).json()
        assert checked["items"][0]["state"] == "stored"
        other = copied.with_other_content()
        assert (await here.push(other)).state(other) == "conflict"


async def bind(here: Collecting, device: str, install: UUID) -> None:
    """Let a device have been enrolled with this install."""
    actor = KnownActors.actors[device]
    async with here.database.write() as session:
        await Devices(session).change(UUID(actor.id), install=install)


async def heads(here: Collecting) -> dict[UUID, str]:
    """What stands, by id."""
    rows = await here.rows("SELECT id, state FROM submission_revision WHERE is_head")
    return {UUID(str(row["id"])): row["state"] for row in rows}


class TestSequence:
    async def test_gaps_are_listed_at_once_P20_I8(self, here: Collecting) -> None:
        answer = await here.push(interview(1), interview(2), interview(5), interview(9))
        picture = answer.receipt.sequence
        assert picture is not None
        assert (picture.contiguous, picture.max) == (2, 9)
        assert picture.gaps == [(3, 4), (6, 8)]

    async def test_a_number_used_for_two_ids_is_a_fork_P21(self, here: Collecting) -> None:
        one, two = interview(1), interview(1)
        await here.push(one)
        answer = await here.push(two)
        assert answer.state(two) == "stored"  # both sides of a clone are kept
        assert answer.receipt.sequence is not None
        assert answer.receipt.sequence.forks == [1]
        assert (await here.push(one)).receipt.sequence.forks == [1]  # type: ignore[union-attr]

    async def test_a_fork_inside_one_batch_shows_P21(self, here: Collecting) -> None:
        answer = await here.push(interview(1), interview(1))
        assert answer.receipt.sequence is not None
        assert answer.receipt.sequence.forks == [1]

    async def test_a_batch_of_two_installs_has_no_picture_P22(self, here: Collecting) -> None:
        answer = await here.push(interview(1), interview(1, install=uuid4()))
        assert answer.receipt.install is None
        assert answer.receipt.sequence is None


class TestEthics:
    async def test_sensitive_answers_behind_a_closed_gate_are_dropped_P18(
        self, here: Collecting
    ) -> None:
        closed = interview(answers={"priv_ok": "no", "pv_phys_5y": "yes"})
        answer = await here.push(closed)
        assert (answer.state(closed), answer.code(closed)) == ("quarantined", "E-01")
        assert answer.redacted(closed) == ["/answers/pv_phys_5y"]
        content = await here.rows("SELECT s3 FROM submission_content")
        assert content[0]["s3"] is None
        opened = await raw_of(here, closed.id)
        assert b"pv_phys_5y" not in opened
        digest = await here.rows("SELECT digest FROM submission_revision")
        assert bytes(digest[0]["digest"]).hex() == closed.digest  # of what was received

    async def test_answers_without_consent_are_dropped_P18(self, here: Collecting) -> None:
        silent = interview()
        del silent.document["answers"]["consent"]
        silent.__post_init__()
        answer = await here.push(silent)
        assert (answer.state(silent), answer.code(silent)) == ("quarantined", "C-01")
        assert "/answers/pv_phys_5y" in answer.redacted(silent)

    async def test_a_respondent_who_said_no_left_nothing_P18(self, here: Collecting) -> None:
        said_no = interview(
            answers={"consent": "no", "Juma 0712": "x"}, paradata={"log": "canary"}
        )
        answer = await here.push(said_no)
        assert (answer.state(said_no), answer.code(said_no)) == ("quarantined", "C-01")
        assert {"/answers/sex", "/answers/safe_night"} <= set(answer.redacted(said_no))
        shown = await here.get(f"/v1/submissions/{said_no.id}", by="analyst")
        assert shown.json()["answers"] == {
            "stratum": "s01", "psu": "s01-p01", "consent": "no", "consent_sens": "yes",
        }  # fmt: skip
        kept = await raw_of(here, said_no.id)
        assert not any(word in kept for word in (b"female", b"unsafe", b"Juma", b"canary"))
        await here.post(f"/v1/submissions/{said_no.id}/revalidation", {})
        again = await here.get(f"/v1/submissions/{said_no.id}")
        assert (again.json()["state"], again.json()["code"]) == ("quarantined", "C-01")

    async def test_a_refusal_is_no_breach(self, here: Collecting) -> None:
        refusal = interview()
        refusal.document["answers"] = {"stratum": "s01", "psu": "s01-p01", "consent": "no"}
        refusal.__post_init__()
        assert (await here.push(refusal)).state(refusal) == "stored"

    async def test_a_second_sensitive_interview_of_a_household_is_quarantined_P18(
        self, here: Collecting
    ) -> None:
        one, two = interview(1, case="c-001"), interview(2, case="c-001")
        other = interview(3, case="c-002")
        await here.push(one)
        answer = await here.push(two, other)
        assert (answer.state(two), answer.code(two)) == ("quarantined", "E-03")
        assert answer.state(other) == "stored"
        edit = one.edited(seq=4)
        assert (await here.push(edit)).state(edit) == "stored"  # the same person


class TestSinglePost:
    async def test_one_interview_gets_the_same_receipt(self, here: Collecting) -> None:
        one = interview()
        response = await here.client.post(
            "/v1/submissions",
            content=one.line,
            headers={"Content-Type": "application/json", **bearer("device")},
        )
        answer = here.read(response, [one])
        assert answer.state(one) == "stored"
        assert (await here.push(one)).state(one) == "duplicate"

    async def test_a_body_of_the_wrong_shape_is_422(self, here: Collecting) -> None:
        response = await here.client.post(
            "/v1/submissions",
            content=orjson.dumps({"id": str(uuid4())}),
            headers={"Content-Type": "application/json", **bearer("device")},
        )
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/assessment"
        assert not await here.rows("SELECT 1 FROM submission_revision")


class TestCodings:
    async def test_gzip_and_zstd_are_undone_P2(self, here: Collecting) -> None:
        one, two = interview(1), interview(2)
        squeezed = gzip.compress(one.line + b"\n")
        response = await here.push_bytes(squeezed, **{"Content-Encoding": "gzip"})
        assert here.read(response, [one]).state(one) == "stored"
        squeezed = zstandard.ZstdCompressor().compress(two.line + b"\n")
        response = await here.push_bytes(squeezed, **{"Content-Encoding": "zstd"})
        assert here.read(response, [two]).state(two) == "stored"

    async def test_a_cut_body_stores_nothing_P4_I6(self, here: Collecting) -> None:
        body = interview(1).line + b"\n" + interview(2).line
        for cut in (body[:-40], gzip.compress(body)[:-5]):
            headers = {"Content-Encoding": "gzip"} if cut[:2] == b"\x1f\x8b" else {}
            response = await here.push_bytes(cut, **headers)
            assert response.status_code == 400, response.text
            assert response.json()["type"].endswith("/malformed-body")
        assert not await here.rows("SELECT 1 FROM submission_revision")

    async def test_another_media_type_is_415_naming_what_is_taken(self, here: Collecting) -> None:
        response = await here.push_bytes(b"a=b", **{"Content-Type": "text/plain"})
        assert response.status_code == 415
        assert response.json()["accepted"] == ["application/x-ndjson"]


class TestWhoMayPush:
    async def test_people_and_the_public_may_not(self, here: Collecting) -> None:
        body = interview().line + b"\n"
        assert (await here.push_bytes(body, by="supervisor")).status_code == 403
        assert (await here.push_bytes(body, by="nobody")).status_code == 401
        headers = {"Content-Type": "application/x-ndjson"}
        response = await here.client.post("/v1/sync/submissions", content=body, headers=headers)
        assert response.status_code == 401
        assert not await here.rows("SELECT 1 FROM submission_revision")


async def raw_of(here: Collecting, id_: UUID) -> bytes:
    """The received bytes as they are kept."""
    from usga_assessment.domain.access.policy import Scope
    from usga_assessment.domain.sealing.content import Opener
    from usga_assessment.storage.submissions import Submissions

    async with here.database.read() as session:
        submissions = Submissions(session, Scope(everywhere=True))
        (held, *_) = await submissions.find(id_)
        contents = await submissions.contents([held.pk])
        opener: Opener = here.app.state.sync.opener(held.assessment)
        return opener.raw(contents[held.pk], id_.bytes)
