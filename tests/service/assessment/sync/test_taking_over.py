"""Edits and installs: who may stand in an interview's place (docs/protocol/sync.md)."""

import asyncio
from uuid import UUID, uuid4

import pytest
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.ingest import IngestWriter

from tests.support.collecting import (
    DEVICE,
    Collecting,
    Interview,
    KnownActors,
    interview,
    review,
)


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
