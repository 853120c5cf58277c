"""What a hub hands to tablets: receipts, sealed mail, forms; and what the centre tells a hub."""

from datetime import timedelta
from uuid import UUID

import httpx
import orjson
import pytest
from usga_shared.wire.hub import MailContent, RelayRequest
from usga_tablet.couriers import Courier
from usga_tablet.sync import range_digest

from tests.conftest import DatabaseKind
from tests.support.collecting import HERE, add_form, bearer, review
from tests.support.hubs import District, FieldTablet, RunningHub

CASE = "c-007"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Centre and hub on each database."""
    kind: DatabaseKind = request.param
    return kind


async def mail_of(tablet: FieldTablet, hub: RunningHub, **params: int) -> httpx.Response:
    courier = Courier(str(tablet.outbox.setting("courier_key")))
    shown = bearer(courier.credential(str(hub.app.state.hub.told.hub)))
    async with hub.client() as http:
        return await http.get("/v1/hub/mail", params=params, headers=shown)


async def opened(field: District, tablet: FieldTablet, hub: RunningHub) -> MailContent:
    async with hub.app.state.database.read() as session:
        connection = await session.connection()
        found = await connection.exec_driver_sql("SELECT device, sealed FROM hub_mail")
        mails = {UUID(str(device)): bytes(sealed) for device, sealed in found}
    device = UUID(str(tablet.outbox.setting("device")))
    key = field.centre.state.hubs.courier(device)
    return MailContent.model_validate_json(key.open_mail(mails[device], device))


async def assign(field: District, tablet: FieldTablet) -> None:
    async with field.here.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "INSERT INTO sample_case (assessment, case_id, stratum, psu, pi1, pi2, visits)"
            f" VALUES ('{HERE}', '{CASE}', 's01', 's01-p07', 0.5, 0.1, 0)"
        )
    asked = {"device": tablet.outbox.setting("device"), "cases": [CASE]}
    path = f"/v1/assessments/{HERE}/cases/assignments"
    assert (await field.here.post(path, asked, by="supervisor")).is_success


class TestMail:
    async def test_receipts_come_in_order_with_their_lines_H30(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(3)
        await tablet.visit(hub, batch=1)
        await hub.round()
        first = (await mail_of(tablet, hub)).json()
        ledger = {id_: digest for _, id_, digest in tablet.outbox.ledger(1, 3)}
        assert [each["items"] for each in first["receipts"]] == [
            [[id_, digest]] for id_, digest in ledger.items()
        ]
        assert first["undelivered"] == []
        assert (await mail_of(tablet, hub)).json() == first  # reading forgets nothing
        rest = (await mail_of(tablet, hub, after=first["next"] - 1)).json()
        assert rest["receipts"] == first["receipts"][2:]
        assert (await mail_of(tablet, hub, after=first["next"])).json()["receipts"] == []

    async def test_receipts_wait_ninety_days_H30(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(2)
        await tablet.visit(hub, batch=1)
        await hub.round()
        hub.app.state.clock.advance(timedelta(days=89))
        await hub.round()
        assert len((await mail_of(tablet, hub)).json()["receipts"]) == 2
        hub.app.state.clock.advance(timedelta(days=2))
        await hub.round()
        before = (await mail_of(tablet, hub)).json()
        assert (len(before["receipts"]), before["next"]) == (1, 2), "the last: numbers go on"
        tablet.outbox._db.execute("DELETE FROM carried")
        visit = await tablet.visit(hub)
        assert (visit.receipted, visit.carried) == (1, 1)  # taken again, and receipted again
        assert (await hub.round()).delivered == 1
        assert len((await mail_of(tablet, hub, after=2)).json()["receipts"]) == 1

    async def test_a_tablet_gets_its_own_mail_alone_H30_H31(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        second = await field.tablet("second")
        await hub.round()
        tablet.collect(1)
        await tablet.visit(hub)
        await hub.round()
        others = (await mail_of(second, hub)).json()
        assert others["receipts"] == []
        assert others["sealed"] != (await mail_of(tablet, hub)).json()["sealed"]

    async def test_the_centres_word_is_what_the_tablet_would_pull_H31(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        await assign(field, tablet)
        (returned, kept) = tablet.collect(2)
        await tablet.visit(hub)
        await hub.round()
        await review(field.here, UUID(returned), "return")
        await hub.round()
        word = await opened(field, tablet, hub)
        told = {(each.kind, each.id): each.value for each in word.changes.items}
        assert told["case", CASE]["psu"] == "s01-p07"
        assert told["settings", "scope"]["cases"] == [CASE]
        assert told["returned", returned]["comment"] == "because"
        assert {kind for kind, _ in told} == {"settings", "case", "returned"}
        (standing,) = word.standing
        assert (standing.first, standing.last, standing.count) == (1, 2, 2)
        assert standing.digest == range_digest(tablet.outbox.ledger(1, 2))
        visit = await tablet.visit(hub)
        assert visit.freed == 2
        assert tablet.outbox.pulled("case")[CASE]["psu"] == "s01-p07"
        assert tablet.outbox.pulled("returned")[returned]["comment"] == "because"
        assert kept not in tablet.outbox.pulled("returned")

    async def test_new_keys_of_the_centre_reach_who_meets_only_hubs_H31(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        field.centre.state.sync.keyring.rotate_receipt_key()
        tablet.collect(1)
        await tablet.visit(hub)
        await hub.round()
        assert (await tablet.visit(hub)).freed == 1
        assert len(hub.app.state.hub.told.certificates) == 2
        keys = orjson.loads(str(tablet.outbox.setting("receipt_keys")))
        assert len(keys["keys"]) == 2

    async def test_a_number_that_is_not_held_keeps_nobody_back_H31(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        tablet.collect(2)
        foreign = tablet.outbox.finalise({"assessment": "MX-OTHER-2026"})
        tablet.collect(2)
        await tablet.visit(hub)
        await hub.round()
        word = await opened(field, tablet, hub)
        assert [(each.first, each.last) for each in word.standing] == [(1, 2), (4, 5)]
        assert (await tablet.visit(hub)).freed == 4
        assert tablet.outbox.counts()["rejected"] == 1
        assert tablet.lines() == 1
        assert foreign.seq == 3


class TestShared:
    async def test_forms_and_lists_come_as_from_the_centre_H32(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        rows = [{"name": "a", "label": "A"}, {"name": "b", "label": "B"}]
        path = f"/v1/assessments/{HERE}/lists/villages"
        put = await field.here.client.put(path, json={"rows": rows}, headers=bearer("coordinator"))
        assert put.is_success, put.text
        await hub.round()
        before = dict(tablet.outbox.pulled("instrument"))
        tablet.outbox._db.execute("DELETE FROM pulled")
        assert (await tablet.visit(hub)).pulled
        assert tablet.outbox.pulled("instrument") == before
        listed = tablet.outbox.pulled("list")["villages"]
        await tablet.visit(hub)
        async with tablet.online() as online:
            await online.sync()
        assert tablet.outbox.pulled("list")["villages"] == listed

    async def test_what_did_not_change_is_not_told_again_H32(
        self, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        courier = Courier(str(tablet.outbox.setting("courier_key")))
        shown = bearer(courier.credential(str(hub.app.state.hub.told.hub)))
        async with hub.client() as http:
            page = (await http.get("/v1/sync/changes", headers=shown)).json()
            assert page["items"]
            assert {each["kind"] for each in page["items"]} <= {"instrument", "dictionary", "list"}
            again = await http.get(
                "/v1/sync/changes", params={"cursor": page["next"]}, headers=shown
            )
            assert again.json()["items"] == []
            forged = await http.get("/v1/sync/changes", params={"cursor": "x"}, headers=shown)
            assert forged.status_code == 400


class TestRelay:
    async def test_only_what_is_new_travels_H33(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        upstream, identity = hub.courier._upstream, hub.app.state.hub.identity
        first = await upstream.relay(identity.token, RelayRequest())
        asked = RelayRequest(
            assessments={a.code: a.fingerprint for a in first.assessments},
            mail={mail.device: mail.tag for mail in first.mail},
        )
        again = await upstream.relay(identity.token, asked)
        assert (again.assessments, again.mail, again.more) == ([], [], False)
        async with field.here.database.write() as session:
            await add_form(session, FORM)
        newer = await upstream.relay(identity.token, asked)
        assert [a.code for a in newer.assessments] == [HERE]
        assert {form.name for form in newer.assessments[0].forms} == {"skeleton", "small"}

    async def test_a_revoked_tablet_is_forgotten_by_the_hub_H33(
        self, field: District, tablet: FieldTablet, hub: RunningHub
    ) -> None:
        assert (await mail_of(tablet, hub)).status_code == 200
        device = tablet.outbox.setting("device")
        await field.here.post(f"/v1/devices/{device}/revocation", {}, by="supervisor")
        await hub.round()
        assert (await mail_of(tablet, hub)).status_code == 401

    async def test_drafts_are_not_told_H33(self, field: District, hub: RunningHub) -> None:
        async with field.here.database.write() as session:
            await add_form(session, FORM, state="draft")
        token = hub.app.state.hub.identity.token
        told = await hub.courier._upstream.relay(token, RelayRequest())
        assert [form.name for form in told.assessments[0].forms] == ["skeleton"]


FORM = b"""
| settings |
| | form_title | form_id | version | namespaces |
| | Small | small | 1 | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | bind::usga:sensitivity | bind::usga:field_class |
| | integer | age | Age | 0 | open |
"""


@pytest.mark.parametrize("knows_of_it_before", [False, True])
async def test_an_epoch_that_changed_makes_the_hub_take_again_H34_H47(
    field: District, tablet: FieldTablet, hub: RunningHub, knows_of_it_before: bool
) -> None:
    tablet.collect(3)
    await tablet.visit(hub)
    await hub.round()
    if knows_of_it_before:
        async with hub.app.state.database.write() as session:
            await (await session.connection()).exec_driver_sql("DELETE FROM hub_mail")
        visit = await tablet.visit(hub)
        assert (visit.receipted, visit.freed) == (3, 0)  # a receipt alone frees nothing
    else:
        tablet.outbox._db.execute("DELETE FROM setting WHERE name = 'epoch'")
    await lose_everything(field)
    assert (await hub.round()).reached
    for _ in range(2):
        await tablet.visit(hub)
        await hub.round()
    await tablet.visit(hub)
    (row,) = await field.here.rows("SELECT count(*) AS n FROM submission_revision")
    assert row["n"] == 3
    assert tablet.lines() == 0


async def test_receipts_of_the_centres_new_life_are_not_undone_H47(
    tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.collect(2)
    await tablet.visit(hub, batch=1)
    await hub.round()
    tablet.outbox.remember("epoch", "an older life")
    tablet.outbox._db.execute("UPDATE interview SET digest = 'other' WHERE seq = 1")  # no proof
    visit = await tablet.visit(hub)
    assert (visit.receipted, visit.freed) == (1, 0)
    assert tablet.outbox.counts() == {"queued": 1, "stored": 1}


async def test_a_receipt_of_another_life_waits_for_the_centres_word_H42_H47(
    tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.collect(1)
    await tablet.visit(hub)
    await hub.round()
    async with hub.app.state.database.write() as session:
        await (await session.connection()).exec_driver_sql("DELETE FROM hub_mail")
    tablet.outbox.remember("epoch", "a life that the hub has not heard of")
    assert (await tablet.visit(hub)).receipted == 0
    assert tablet.outbox.counts() == {"queued": 1}
    await hub.round()  # now it has
    assert (await tablet.visit(hub)).receipted == 1


async def test_a_hub_lives_anew_with_the_centre_H41_H34(field: District, hub: RunningHub) -> None:
    before = hub.app.state.hub.life
    await lose_everything(field)
    await hub.round()
    assert hub.app.state.hub.life != before


async def lose_everything(field: District) -> None:
    """The centre comes back from a backup without any interview."""
    async with field.here.database.write() as session:
        connection = await session.connection()
        for table in (
            "expected_file", "submission_content", "submission_verdict", "review",
            "submission_revision", "install_sequence",
        ):  # fmt: skip
            await connection.exec_driver_sql(f"DELETE FROM {table}")
        await connection.exec_driver_sql("UPDATE installation SET epoch = 'restored'")
