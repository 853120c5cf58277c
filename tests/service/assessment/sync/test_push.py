"""Pushing interviews: states, receipts, codings (docs/protocol/sync.md)."""

import asyncio
import gzip
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import zstandard
from usga_assessment.domain.sync.digests import batch_digest
from usga_shared.wire.vocabulary import ItemState

from tests.support.collecting import (
    DEVICE,
    ELSEWHERE,
    HERE,
    Collecting,
    bearer,
    interview,
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

    async def test_the_digest_has_ids_in_lower_case_and_what_was_rejected(
        self, here: Collecting
    ) -> None:
        plain = interview(1, salt="a" * 32)
        loud = plain.replaced(id=str(plain.id).upper())
        stranger = interview(2, assessment=ELSEWHERE)
        stored, rejected = ItemState.STORED, ItemState.REJECTED
        answer = await here.push(loud)
        assert answer.receipt.batch.digest == batch_digest(
            [(plain.id, bytes.fromhex(loud.digest), stored)]
        )
        other = interview(3)
        answer = await here.push(other, stranger)
        assert answer.receipt.batch.digest == batch_digest(
            (i.id, bytes.fromhex(i.digest), state)
            for i, state in ((other, stored), (stranger, rejected))
        )

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
    async def test_single_posts_are_guarded_as_batches_are(self, here: Collecting) -> None:
        body = interview().line
        answers = {
            name: await here.client.post(
                "/v1/submissions",
                content=body,
                headers={"Content-Type": "application/json", **bearer(name)},
            )
            for name in ("supervisor", "analyst", "unknown")
        }
        public = await here.client.post(
            "/v1/submissions", content=body, headers={"Content-Type": "application/json"}
        )
        assert [r.status_code for r in (*answers.values(), public)] == [403, 403, 401, 401]
        assert all("problem+json" in r.headers["content-type"] for r in answers.values())
        assert (await here.rows("SELECT count(*) AS n FROM submission_revision"))[0]["n"] == 0

    async def test_people_and_the_public_may_not(self, here: Collecting) -> None:
        body = interview().line + b"\n"
        assert (await here.push_bytes(body, by="supervisor")).status_code == 403
        assert (await here.push_bytes(body, by="nobody")).status_code == 401
        headers = {"Content-Type": "application/x-ndjson"}
        response = await here.client.post("/v1/sync/submissions", content=body, headers=headers)
        assert response.status_code == 401
        assert not await here.rows("SELECT 1 FROM submission_revision")
