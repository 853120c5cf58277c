"""What a tablet believes of a hub, and what not."""

import base64
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from usga_assessment.domain.sync.receipt import ReceiptKey, new_key_pem, sign_content
from usga_assessment.storage.hub.mirror import Mirror
from usga_tablet.couriers import Courier
from usga_tablet.hubs import NotOurHub
from usga_tablet.link import SyncStopped

from tests.support.collecting import bearer
from tests.support.hubs import District, FieldTablet, Road, RunningHub

STRANGER = ReceiptKey.from_pem(new_key_pem())


class Twisted(httpx.AsyncBaseTransport):
    """A hub whose answers somebody changes under way."""

    def __init__(self, hub: RunningHub, path: str, /, **changes: Any) -> None:
        self._inner, self._path, self._changes = Road(hub.app), path, changes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.url.path != self._path:
            return response
        document = orjson.loads(await response.aread())
        return httpx.Response(response.status_code, json={**document, **self._changes})


class Twisting(RunningHub):
    """The same hub, behind such a link."""

    transport: httpx.AsyncBaseTransport

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.transport, base_url="http://hub")


def twisted(hub: RunningHub, path: str, /, **changes: Any) -> Twisting:
    made = Twisting(hub.app, hub.road, hub.folder)
    made.transport = Twisted(hub, path, **changes)
    return made


class TestBeliefs:
    async def test_a_stranger_gets_nothing_H40(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(1)
        (real,) = hub.app.state.hub.told.certificates
        content = orjson.loads(base64.urlsafe_b64decode(real.split(".")[1] + "=="))
        forged = sign_content(content, "usga-hub+jwt", STRANGER)
        as_receipt = sign_content(content, "usga-receipt+jwt", field.centre.state.sync.signing_key)
        elsewhere = sign_content(
            {**content, "assessments": ["MX-OTHER-2026"]},
            "usga-hub+jwt",
            field.centre.state.sync.signing_key,
        )
        for certificates in ([], [forged], [as_receipt], [elsewhere], ["nonsense"]):
            with pytest.raises(NotOurHub):
                await tablet.visit(twisted(hub, "/v1/hub", certificates=certificates))
        with pytest.raises(NotOurHub):  # another hub's number under a genuine certificate
            await tablet.visit(twisted(hub, "/v1/hub", hub=str(tablet.outbox.install)))
        assert tablet.outbox.carried() == {}

    async def test_a_revoked_hub_gets_nothing_once_the_centre_said_so_H40(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        other = await field.hub("other")
        number = hub.app.state.hub.told.hub
        await field.here.post(f"/v1/hubs/{number}/revocation", {}, by="supervisor")
        tablet.collect(1)
        await other.round()
        await tablet.visit(other)
        with pytest.raises(NotOurHub):
            await tablet.visit(hub)

    async def test_an_old_word_for_a_hub_counts_no_more_H40(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        heard = int(tablet.outbox.setting("centre_at") or 0)
        tablet.outbox.remember("centre_at", str(heard + 59 * 86400))
        await tablet.visit(hub)
        tablet.outbox.remember("centre_at", str(heard + 61 * 86400))
        with pytest.raises(NotOurHub):
            await tablet.visit(hub)

    async def test_carried_stays_queued_and_goes_every_other_way_H41(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        other = await field.hub("other")
        tablet.collect(3)
        assert (await tablet.visit(hub)).carried == 3
        assert (await tablet.visit(hub)).carried == 0  # it has them
        assert (await tablet.visit(other)).carried == 3
        async with tablet.online() as online:
            report = await online.sync()
            assert report.outcomes == {"stored": 3}
            assert await online.check() == 3
        assert tablet.lines() == 0
        for late in (hub, other):
            assert (await late.round()).delivered == 1
            assert (await tablet.visit(late)).receipted == 3
        (row,) = await field.here.rows("SELECT count(*) AS n FROM submission_revision")
        assert row["n"] == 3
        assert tablet.outbox.carried() == {}

    async def test_another_life_of_a_hub_is_given_everything_again_H41(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub)
        async with hub.app.state.database.write() as session:  # restored from a backup
            connection = await session.connection()
            await connection.exec_driver_sql("DELETE FROM hub_parcel")
            await connection.exec_driver_sql("DELETE FROM hub_line")
        hub.app.state.hub.epoch = "another life"
        assert (await tablet.visit(hub)).carried == 2  # though there is nothing new to give
        assert (await hub.round()).delivered == 1

    async def test_mail_of_another_life_is_read_from_its_beginning_H41(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(1)
        await tablet.visit(hub)
        await hub.round()
        assert (await tablet.visit(hub)).receipted == 1
        tablet.collect(1)
        await tablet.visit(hub)
        async with hub.app.state.database.write() as session:  # a backup without the first one
            connection = await session.connection()
            await connection.exec_driver_sql(
                "DELETE FROM hub_line WHERE parcel IN"
                " (SELECT id FROM hub_parcel WHERE receipt IS NOT NULL)"
            )
            await connection.exec_driver_sql("DELETE FROM hub_parcel WHERE receipt IS NOT NULL")
        hub.app.state.hub.epoch = "another life"
        await hub.round()
        assert (await tablet.visit(hub)).receipted == 1

    async def test_a_hub_receipt_that_does_not_verify_stops_the_visit_H41(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(1)
        for forged in ("nonsense", sign_content({}, "usga-hub-receipt+jwt", STRANGER)):
            with pytest.raises(SyncStopped):
                await tablet.visit(twisted(hub, "/v1/sync/submissions", hub_receipt=forged))
        assert tablet.outbox.carried() == {}

    async def test_only_the_centres_receipt_of_these_very_bytes_counts_H42(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        second = await field.tablet("second")
        await hub.round()
        for each in (tablet, second):
            each.collect(1)
            await each.visit(hub)
        await hub.round()
        mine, foreign = await received(tablet, hub), await received(second, hub)
        ((id_, digest),) = mine["items"]
        genuine = mine["receipt"]
        for carried in (
            {"receipt": foreign["receipt"], "items": [[id_, digest]]},
            foreign,
            {"receipt": genuine, "items": [[id_, "0" * 64]]},
            {"receipt": genuine, "items": []},
            {"receipt": "nonsense", "items": [[id_, digest]]},
        ):
            page = {"receipts": [carried], "undelivered": [], "sealed": None, "more": False}
            visit = await tablet.visit(twisted(hub, "/v1/hub/mail", **page))
            assert visit.receipted == 0, carried
        assert tablet.outbox.counts() == {"queued": 1}

    async def test_nothing_is_freed_without_the_centres_sealed_word_H43(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub)
        await hub.round()
        for sealed in (None, "", "AAAA", base64.b64encode(b"\x01" + bytes(60)).decode()):
            visit = await tablet.visit(twisted(hub, "/v1/hub/mail", sealed=sealed))
            assert visit.freed == 0
        assert tablet.outbox.counts() == {"stored": 2}
        assert tablet.lines() == 2
        tablet.outbox.remember("mail " + visit.hub, "0")
        assert (await tablet.visit(hub)).freed == 2

    @pytest.mark.parametrize(
        "wrong", [{"digest": "0" * 64}, {"count": 3}, {"first": 2}, {"install": str(UUID(int=9))}]
    )
    async def test_a_block_that_differs_frees_nothing_H43(
        self, field: District, tablet: FieldTablet, hub: RunningHub, wrong: dict[str, Any]
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub)
        await hub.round()
        device = UUID(str(tablet.outbox.setting("device")))
        async with hub.app.state.database.read() as session:
            sealed = await Mirror(session).mail_for(device)
        key = field.centre.state.hubs.courier(device)
        words = orjson.loads(key.open_mail(sealed, device))
        words["standing"] = [{**block, **wrong} for block in words["standing"]]
        again = key.seal_mail(orjson.dumps(words), device, bytes(12))
        mail = base64.b64encode(again).decode()
        visit = await tablet.visit(twisted(hub, "/v1/hub/mail", sealed=mail))
        assert (visit.receipted, visit.freed) == (2, 0)
        assert tablet.lines() == 2

    async def test_old_words_are_ignored_H44(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        heard = int(tablet.outbox.setting("centre_at") or 0)
        tablet.outbox.remember("centre_at", str(heard + 86400))
        tablet.collect(1)
        await tablet.visit(hub)
        await hub.round()
        visit = await tablet.visit(hub)
        assert (visit.receipted, visit.freed, visit.pulled) == (1, 0, 0)

    async def test_the_centres_time_is_remembered_at_each_sync_H44(
        self, field: District, tablet: FieldTablet
    ) -> None:
        async with tablet.online() as online:
            await online.sync()
        heard = int(tablet.outbox.setting("centre_at") or 0)
        assert abs(heard - field.here.app.state.clock.now().timestamp()) < 60

    async def test_a_hubs_own_401_wipes_nothing_H45(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(1)
        await tablet.visit(hub)
        await hub.round()
        await tablet.visit(twisted(hub, "/v1/hub/mail", sealed=None))
        problem = {"type": "https://usga.example/problems/invalid-credential", "wipe": True}

        class Lying(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.path == "/v1/hub":
                    return await Road(hub.app).handle_async_request(request)
                headers = {"content-type": "application/problem+json"}
                return httpx.Response(401, json=problem, headers=headers)

        liar = Twisting(hub.app, hub.road, hub.folder)
        liar.transport = Lying()
        with pytest.raises(SyncStopped):
            await tablet.visit(liar)
        assert tablet.lines() == 1
        assert tablet.outbox.pulled("instrument")

    async def test_a_wipe_in_the_mail_has_the_force_of_one_H45(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        device = tablet.outbox.setting("device")
        path = f"/v1/devices/{device}"
        changed = await field.here.client.patch(
            path, json={"wipe": True}, headers=bearer("supervisor")
        )
        assert changed.is_success, changed.text
        tablet.collect(1)
        await hub.round()
        await tablet.visit(hub)
        assert tablet.outbox.pulled("settings") == {}
        assert tablet.lines() == 1  # what was not sent stays

    async def test_what_is_not_delivered_is_offered_again_H46(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(1)
        first = await tablet.visit(hub)
        (_, id_, digest) = tablet.outbox.ledger(1, 1)[0]
        page = {
            "receipts": [], "sealed": None, "more": False,
            "undelivered": [{"code": "parcel-unreadable", "items": [[id_, digest]]}],
        }  # fmt: skip
        assert tablet.outbox.carried() == {first.hub: 1}
        visit = await tablet.visit(twisted(hub, "/v1/hub/mail", **page))
        assert (visit.undelivered, visit.carried) == (1, 1)

    async def test_a_tablet_without_a_key_gives_nothing_H4(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.outbox._db.execute("DELETE FROM setting WHERE name = 'courier_key'")
        with pytest.raises(SyncStopped):
            await tablet.visit(hub)


async def received(tablet: FieldTablet, hub: RunningHub) -> dict[str, Any]:
    """The one receipt that waits at the hub for this tablet."""
    courier = Courier(str(tablet.outbox.setting("courier_key")))
    shown = bearer(courier.credential(str(hub.app.state.hub.told.hub)))
    async with hub.client() as http:
        page = await http.get("/v1/hub/mail", headers=shown)
    return dict(page.json()["receipts"][0])
