"""From the hub to the centre: the same ingest, whoever brings it, and silence told from refusal."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from usga_assessment.domain.hub.courier import CourierKey
from usga_assessment.domain.hub.parcel import Label, PublicSealingKey, seal_parcel
from usga_assessment.domain.sync.receipt import verify
from usga_assessment.operations.hub.forward import Courier
from usga_assessment.storage.hub.hold import Hold

from tests.support.collecting import HERE, Interview, bearer, interview
from tests.support.hubs import District, FieldTablet, RunningHub


class Evil:
    """Somebody who has a hub's token, and brings what they like."""

    def __init__(self, field: District, hub: RunningHub, tablet: FieldTablet) -> None:
        self.field, self.hub = field, hub
        self.device = UUID(str(tablet.outbox.setting("device")))
        self.courier: CourierKey = field.centre.state.hubs.courier(self.device)
        self.key: PublicSealingKey = hub.app.state.hub.told.sealing

    async def bring(
        self, *interviews: Interview, shown: str | None = None, **outside: Any
    ) -> httpx.Response:
        body = b"".join(each.line + b"\n" for each in interviews)
        parcel = uuid4()
        inside: dict[str, Any] = {
            "assessment": HERE, "device": self.device, "coding": "identity", "key": self.key.id,
            "proof": self.courier.proof(body) if shown is None else shown,
        }  # fmt: skip
        label = Label(hub=self.hub.app.state.hub.told.hub, parcel=parcel, **inside)
        sealed = seal_parcel(body, label, self.key)
        told = {name: str(value) for name, value in {**inside, **outside}.items()}
        return await self.put(parcel, orjson.dumps(told) + b"\n" + sealed)

    async def put(self, parcel: UUID, content: bytes) -> httpx.Response:
        token = self.hub.app.state.hub.identity.token
        headers = {"Content-Type": "application/vnd.usga.parcel", **bearer(token)}
        path = f"/v1/hubs/parcels/{parcel}"
        return await self.field.here.client.put(path, content=content, headers=headers)

    async def held(self) -> int:
        (row,) = await self.field.here.rows("SELECT count(*) AS n FROM submission_revision")
        return int(row["n"])


class TestTheCentre:
    async def test_a_parcel_is_taken_in_as_a_push_of_its_tablet_H20(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        evil = Evil(field, hub, tablet)
        install = tablet.outbox.install
        good = interview(1, install=install)
        odd = interview(2, answers={"sex": "no such choice"}, install=install)
        foreign = interview(3, assessment="MX-OTHER-2026")
        answer = await evil.bring(good, odd, foreign)
        receipt = verify(answer.json()["receipt"], field.centre.state.receipt_jwks)
        assert receipt.device == evil.device
        states = {str(e.id): e.state for e in receipt.exceptions}
        assert states == {str(odd.id): "quarantined", str(foreign.id): "rejected"}
        direct = await field.here.push(good, odd)
        assert [direct.state(each) for each in (good, odd)] == ["duplicate", "duplicate"]
        assert await evil.held() == 2

    async def test_only_the_tablets_proof_makes_it_its_own_H21(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        evil = Evil(field, hub, tablet)
        other = CourierKey(bytes(32)).proof(interview(1).line)
        for proof in (other, evil.courier.proof(b"another body\n"), ""):
            answer = await evil.bring(interview(1), shown=proof)
            assert answer.status_code == 403
            assert answer.json()["type"].endswith("/parcel-unproven")
        assert await evil.held() == 0

    async def test_tablets_outside_the_scope_are_refused_H21(
        self, field: District, tablet: FieldTablet
    ) -> None:
        other = (await field.tablet("other")).outbox.setting("device")
        narrow = await field.start("narrow", upstream_code=await field.code(devices=[other]))
        assert (await narrow.round()).reached
        evil = Evil(field, narrow, tablet)
        assert (await evil.bring(interview(1))).status_code == 403
        nobody = Evil(field, narrow, tablet)
        nobody.device = uuid4()
        assert (await nobody.bring(interview(1))).status_code == 403
        assert await evil.held() == 0

    async def test_a_changed_label_or_parcel_is_422_H22(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        evil = Evil(field, hub, tablet)
        second = await field.tablet("second")
        for outside in (
            {"coding": "gzip"}, {"device": second.outbox.setting("device")}, {"key": "0" * 16},
            {"proof": "y" * 43},
        ):  # fmt: skip
            answer = await evil.bring(interview(1), **outside)
            assert answer.status_code == 422, (outside, answer.text)
            assert answer.json()["type"].endswith("/parcel-unreadable")
        for content in (b"", b"{}", b"{}\n", b"[1]\nx", b"x\ny", b"x" * 5000):
            assert (await evil.put(uuid4(), content)).status_code in (400, 422)
        assert await evil.held() == 0

    async def test_what_comes_of_a_revoked_tablet_is_set_aside_H23(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub)
        device = tablet.outbox.setting("device")
        await field.here.post(f"/v1/devices/{device}/revocation", {}, by="supervisor")
        assert (await hub.round()).delivered == 1
        held = await field.here.rows("SELECT state, code FROM submission_revision")
        assert {(row["state"], row["code"]) for row in held} == {("quarantined", "device-revoked")}

    async def test_who_carried_what_is_known_once_H27(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        tablet.collect(3)
        await tablet.visit(hub)
        assert (await hub.round()).delivered == 1
        (seen,) = (await field.here.get("/v1/hubs")).json()["items"]
        assert seen["brought"]["parcels"] == 1
        assert seen["brought"]["interviews"] == 3
        assert seen["seen_at"] is not None
        fleet = (await field.here.get("/v1/devices")).json()["items"]
        carried = {each["id"]: each["carried"] for each in fleet if each["carried"]}
        assert list(carried) == [tablet.outbox.setting("device")]
        assert carried[str(tablet.outbox.setting("device"))]["hub"] == seen["id"]


class TestTheHub:
    async def test_only_a_receipt_that_covers_the_batch_is_believed_H24(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        tablet.collect(1)
        await tablet.visit(hub)
        told = await answer_with(field, tablet, hub)
        for wrong in (told["of another batch"], "no receipt", told["of a stranger"]):
            with Answering(hub, wrong):
                done = await hub.round()
            assert (done.delivered, done.refused, done.reached) == (0, 0, False)
        assert (await hub.round()).delivered == 1

    async def test_a_portal_and_a_lost_answer_are_silence_H24(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub)
        hub.road.portal = True
        assert not (await hub.round()).reached
        hub.road.portal, hub.road.loses_answers = False, 1
        assert not (await hub.round()).reached
        done = await hub.round()
        assert done.delivered == 1
        assert (await tablet.visit(hub)).freed == 2
        (row,) = await field.here.rows("SELECT count(*) AS n FROM submission_revision")
        assert row["n"] == 2

    async def test_sealed_bytes_go_when_the_receipt_is_here_H24(
        self, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        tablet.collect(1)
        await tablet.visit(hub)
        await hub.round()
        async with hub.app.state.database.read() as session:
            connection = await session.connection()
            (row,) = await connection.exec_driver_sql("SELECT sealed, receipt FROM hub_parcel")
        assert row[0] is None
        assert row[1]

    async def test_a_refused_parcel_is_kept_told_and_tried_again_H25(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub, batch=1)
        async with hub.app.state.database.write() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "UPDATE hub_parcel SET key = 'gone' WHERE received_at ="
                " (SELECT min(received_at) FROM hub_parcel)"
            )
        done = await hub.round()
        assert (done.delivered, done.refused, done.reached) == (1, 1, True)
        assert (await hub.round()).refused == 0  # not before its time
        visit = await tablet.visit(hub)
        assert (visit.receipted, visit.undelivered) == (1, 1)
        hub.app.state.clock.advance(timedelta(hours=7))
        assert (await hub.round()).refused == 1

    async def test_a_busy_centre_puts_off_one_tablet_and_not_the_others_H25(
        self, field: District, hub: RunningHub, tablet: FieldTablet
    ) -> None:
        second = await field.tablet("second")
        await hub.round()
        for each in (tablet, second):
            each.collect(2)
            await each.visit(hub, batch=1)
        turns = field.centre.state.sync._turns
        device = str(tablet.outbox.setting("device"))
        assert all(turns.enter(device, 1) for _ in range(128))
        done = await hub.round()
        assert (done.delivered, done.refused, done.reached) == (2, 0, True)
        for _ in range(128):
            turns.leave(device, 1)
        assert (await hub.round()).delivered == 2

    async def test_it_waits_longer_after_each_failure_and_never_for_ever_H26(
        self, field: District
    ) -> None:
        hub = await field.start("patient", upstream_seconds=0)
        courier = Courier(
            hub.app.state.hub, hub.courier._upstream, hub.app.state.attachments,
            rng=random.Random(1),
        )  # fmt: skip
        object.__setattr__(courier._desk.settings, "upstream_seconds", 60.0)
        usual = [courier.pause(0) for _ in range(50)]
        assert 30 <= min(usual) < max(usual) <= 60
        longest = [max(courier.pause(n) for _ in range(200)) for n in (1, 2, 3, 9, 5000)]
        assert longest == sorted(longest)
        assert longest[-1] <= 900
        assert len({courier.pause(9) for _ in range(20)}) == 20

    async def test_it_looks_for_the_centre_by_itself_H26(
        self, field: District, tablet: FieldTablet
    ) -> None:
        pauses: list[float] = []
        woken = asyncio.Event()

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) >= 3:
                woken.set()
                await asyncio.Event().wait()

        hub = await field.start(
            "own", upstream_code=await field.code(), upstream_seconds=60, sleep=sleep
        )
        await asyncio.wait_for(woken.wait(), 20)
        assert hub.app.state.hub.identity is not None
        assert all(30 <= pause <= 60 for pause in pauses)

    async def test_a_hub_that_is_told_to_end_ends_between_two_parcels(
        self, field: District, tablet: FieldTablet
    ) -> None:
        hub = await field.hub("ending")
        for _ in range(2):
            tablet.collect(1)
            await tablet.visit(hub)
        under_way, real = asyncio.Event(), hub.road._inner

        class Slow(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.method == "PUT":
                    under_way.set()
                    await asyncio.sleep(0.02)
                return await real.handle_async_request(request)

        hub.road._inner = Slow()  # type: ignore[assignment]
        object.__setattr__(hub.app.state.hub.settings, "upstream_seconds", 60)
        hub.courier.start()
        await under_way.wait()
        await hub.courier.stop()
        async with hub.app.state.hub.database.read() as session:
            assert (await Hold(session).queue()).waiting == 1
        assert hub.road.requests.count(("PUT", hub.road.requests[-1][1])) == 1


class Answering:
    """While it lasts, the centre's answers to parcels are others."""

    def __init__(self, hub: RunningHub, receipt: str) -> None:
        self._road, self._receipt = hub.road, receipt
        self._real = hub.road._inner

    def __enter__(self) -> None:
        real, receipt = self._real, self._receipt

        class Lying(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.method == "PUT":
                    return httpx.Response(200, json={"receipt": receipt})
                return await real.handle_async_request(request)

        self._road._inner = Lying()  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        self._road._inner = self._real


async def answer_with(field: District, tablet: FieldTablet, hub: RunningHub) -> dict[str, str]:
    """Genuine receipts of the centre that are not for the batch that waits at the hub."""
    evil = Evil(field, hub, tablet)
    another = await evil.bring(interview(900))
    stranger = await field.here.push(interview(901))
    return {
        "of another batch": another.json()["receipt"],
        "of a stranger": stranger.response.json()["receipt"],
    }
