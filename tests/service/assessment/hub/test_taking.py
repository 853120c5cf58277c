"""What a hub takes from tablets, and how it answers."""

import hashlib

import httpx
import pytest
import zstandard
from usga_assessment.domain.hub.courier import CourierKey
from usga_tablet.couriers import Courier
from usga_tablet.receipts import batch_digest, read_word

from tests.support.collecting import Interview, bearer, interview
from tests.support.hubs import District, FieldTablet, RunningHub


async def give(
    tablet: FieldTablet, hub: RunningHub, *interviews: Interview, **headers: str
) -> httpx.Response:
    body = b"".join(each.line + b"\n" for each in interviews)
    return await give_bytes(tablet, hub, body, **headers)


async def give_bytes(
    tablet: FieldTablet, hub: RunningHub, body: bytes, **headers: str
) -> httpx.Response:
    """A push by hand."""
    courier = Courier(str(tablet.outbox.setting("courier_key")))
    number = str(hub.app.state.hub.told.hub)
    sent = {
        "Content-Type": "application/x-ndjson", "USGA-Proof": courier.proof(body),
        **bearer(courier.credential(number)), **headers,
    }  # fmt: skip
    async with hub.client() as http:
        return await http.post("/v1/sync/submissions", content=body, headers=sent)


async def rows(hub: RunningHub, statement: str) -> list[tuple[object, ...]]:
    async with hub.app.state.database.read() as session:
        connection = await session.connection()
        found = await connection.exec_driver_sql(statement)
        return [tuple(row) for row in found]


class TestTheAnswer:
    async def test_it_is_a_hubs_receipt_and_no_other_H11(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        mine, foreign = interview(1), interview(2, assessment="MX-OTHER-2026")
        answer = await give(tablet, hub, mine, foreign)
        assert answer.status_code == 200
        assert "receipt" not in answer.json()
        told = hub.app.state.hub.told
        (certificate,) = told.certificates
        key = read_word(certificate, told.receipt_keys, "usga-hub+jwt")["key"]
        receipt = read_word(answer.json()["hub_receipt"], {"keys": [key]}, "usga-hub-receipt+jwt")
        bound = [
            (str(mine.id), mine.digest, "carried"), (str(foreign.id), foreign.digest, "rejected"),
        ]  # fmt: skip
        assert receipt["state"] == "carried"
        assert receipt["hub"] == str(told.hub)
        assert receipt["device"] == tablet.outbox.setting("device")
        assert receipt["batch"] == {"count": 2, "digest": batch_digest(bound)}
        assert [each["code"] for each in receipt["exceptions"]] == ["wrong-assessment"]

    async def test_lines_that_cannot_be_read_are_named_by_their_place_H11(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        answer = await give_bytes(tablet, hub, interview(1).line + b'\n{"id":1}\n')
        (item,) = answer.json()["items"]
        assert (item["index"], item["id"]) == (1, None)
        alone = await give(tablet, hub, interview(3, assessment="MX-OTHER-2026"))
        assert alone.status_code == 200
        assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(1,)]

    async def test_what_the_form_says_is_told_and_kept_nowhere_H14(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        odd = interview(1, answers={"sex": "no such choice"})
        answer = await give(tablet, hub, odd, interview(2), **{"Accept-Language": "es"})
        (item,) = answer.json()["items"]
        assert (item["id"], item["code"]) == (str(odd.id), "invalid-answers")
        assert item["problems"][0]["pointer"] == "/answers/sex"
        assert await rows(hub, "SELECT refusal FROM hub_parcel") == [(None,)]

    async def test_without_a_proof_it_is_422_H17(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        for proof in ("", "x" * 42, "x" * 44, "x" * 42 + "="):
            answer = await give(tablet, hub, interview(), **{"USGA-Proof": proof})
            assert answer.status_code == 422, answer.text
        assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(0,)]


class TestKeeping:
    async def test_the_same_bytes_are_kept_once_H12(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        first, second = interview(1), interview(2)
        await give(tablet, hub, first, second)
        again = await give(tablet, hub, second, first)
        assert again.status_code == 200
        assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(1,)]
        await give(tablet, hub, second, interview(3))
        assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(2,)]
        assert await rows(hub, "SELECT count(*) FROM hub_line") == [(3,)]

    async def test_what_was_refused_is_taken_in_another_body_H12_H46(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        """A body that was cut after its first line is proven by nothing."""
        first, second = interview(1), interview(2)
        courier = Courier(str(tablet.outbox.setting("courier_key")))
        whole = courier.proof(first.line + b"\n" + second.line + b"\n")
        assert (await give(tablet, hub, first, **{"USGA-Proof": whole})).status_code == 200
        assert (await hub.round()).refused == 1
        await give(tablet, hub, first, **{"USGA-Proof": whole})
        assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(1,)]
        await give(tablet, hub, first)
        kept = "SELECT count(*), count(sealed) FROM hub_parcel"
        assert await rows(hub, kept) == [(2, 1)]
        assert (await hub.round()).delivered == 1

    async def test_a_full_hub_keeps_nothing_more_H15(
        self, field: District, tablet: FieldTablet
    ) -> None:
        small = await field.hub("small", hub_max_bytes=1024)
        assert (await give(tablet, small, interview(1))).status_code == 200
        refused = await give(tablet, small, *(interview(n) for n in range(2, 9)))
        assert refused.status_code == 507
        assert refused.json()["type"].endswith("/hub-full")
        assert (await small.round()).delivered == 1
        assert (await give(tablet, small, interview(9))).status_code == 200

    async def test_bodies_are_bounded_as_at_the_centre_H15(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        assert (await give_bytes(tablet, hub, b"x" * (2 * 2**20))).status_code == 413
        bomb = zstandard.ZstdCompressor().compress(b"\n" * (9 * 2**20))
        answer = await give_bytes(tablet, hub, bomb, **{"Content-Encoding": "zstd"})
        assert answer.status_code == 413
        cut = await give_bytes(tablet, hub, interview().line[:-9])
        assert cut.status_code == 400
        assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(0,)]

    @pytest.mark.parametrize("coding", ["gzip", "zstd"])
    async def test_a_batch_travels_on_in_its_coding_H13(
        self, field: District, tablet: FieldTablet, hub: RunningHub, coding: str
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub, coding=coding)
        assert await rows(hub, "SELECT coding FROM hub_parcel") == [(coding,)]
        assert (await hub.round()).delivered == 1
        digests = await field.here.rows("SELECT digest FROM submission_revision")
        sent = {digest for _, _, digest in tablet.outbox.ledger(1, 2)}
        assert {bytes(row["digest"]).hex() for row in digests} == sent


async def test_a_commit_that_fails_is_no_answer_H10(tablet: FieldTablet, hub: RunningHub) -> None:
    async with hub.app.state.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TABLE hub_line")
    answer = await give(tablet, hub, interview())
    assert answer.status_code == 500
    assert await rows(hub, "SELECT count(*) FROM hub_parcel") == [(0,)]


async def test_what_came_plain_is_compressed_for_the_way_H13(
    tablet: FieldTablet, hub: RunningHub
) -> None:
    several = [interview(n) for n in range(1, 6)]
    await give(tablet, hub, *several)
    ((coding, size),) = await rows(hub, "SELECT coding, size FROM hub_parcel")
    assert coding == "zstd"
    assert int(str(size)) < sum(len(each.line) for each in several) / 2


def test_a_proof_is_made_alike_on_both_sides_H4() -> None:
    key = CourierKey(hashlib.sha256(b"x").digest())
    assert Courier(key.text()).proof(b"body") == key.proof(b"body")
