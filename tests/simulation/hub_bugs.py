"""Planted bugs of hubs, and of tablets at hubs."""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import event, update
from sqlmodel import col, select
from usga_assessment import hub_app
from usga_assessment.domain.access.credential import Credential
from usga_assessment.domain.hub.hub import Parcel
from usga_assessment.operations.hub import deliver_parcel, forward, take_push
from usga_assessment.operations.hub.forward import Courier
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.hub.upstream import Silence, Upstream
from usga_assessment.storage.hub.hold import Hold
from usga_assessment.storage.tables.hub import HubLineRow, HubParcelRow
from usga_shared.auth.actors import ActorKind
from usga_shared.database.engine import Database
from usga_tablet.hubs import HubVisit
from usga_tablet.outbox import Outbox

from tests.simulation.planting import both, put


def hub_forgets_before_the_receipt() -> AbstractContextManager[None]:
    """Sealed bytes go when they were sent, not when the centre said that it has them."""
    deliver = Courier._deliver

    async def hasty(self: Courier, identity: Any, parcel: Parcel, done: Any) -> None:
        async with self._desk.database.write() as session:
            await session.exec(
                update(HubParcelRow).where(col(HubParcelRow.id) == parcel.id).values(sealed=None)
            )
        await deliver(self, identity, parcel, done)

    return put(Courier, "_deliver", hasty)


def hub_answers_before_its_disk_sync() -> AbstractContextManager[None]:
    """A hub's commits survive a kill, not a loss of power."""

    def relaxed(url: str, *, pool: int) -> Database:
        made = Database(url, pool=pool)

        @event.listens_for(made.engine.sync_engine, "connect")
        def _relax(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

        return made

    return put(hub_app, "Database", relaxed)


def hub_believes_the_portal() -> AbstractContextManager[None]:
    """Whatever came instead of the centre's answer is a receipt."""
    deliver = Upstream.deliver

    async def trusting(self: Upstream, *given: Any) -> str:
        try:
            return await deliver(self, *given)
        except Silence:
            return "yes"

    return both(
        put(forward, "read_central", lambda *_args, **_options: None),
        put(Upstream, "deliver", trusting),
    )


def hub_keeps_parcels_open() -> AbstractContextManager[None]:
    """What a hub stores is only compressed."""
    return both(
        put(take_push, "seal_parcel", lambda content, *_: content),
        put(deliver_parcel, "open_parcel", lambda sealed, *_: sealed),
    )


def hub_seals_under_its_old_number() -> AbstractContextManager[None]:
    """Enrolled anew, it goes on before the centre spoke to it, and gives nothing up."""
    told = property(lambda self: self._told)

    async def nothing(*_: Any) -> None:
        return None

    return both(put(HubDesk, "told", told), put(Hold, "give_up", nothing))


def refused_lines_are_not_taken_again() -> AbstractContextManager[None]:
    """What stands in a parcel that the centre refused is held for ever."""

    async def any_body(self: Hold, device: Any, lines: Any, _proof: str) -> bool:
        found = await self._session.exec(
            select(HubLineRow.id, HubLineRow.digest).where(col(HubLineRow.device) == device)
        )
        return set(lines) <= {(id_, bytes(digest)) for id_, digest in found}

    return put(Hold, "has", any_body)


def revoked_hubs_are_served() -> AbstractContextManager[None]:
    """A revoked hub's token works like any other."""
    is_active = Credential.is_active

    def lenient(self: Credential, now: Any) -> bool:
        return self.kind is ActorKind.HUB or is_active(self, now)

    return put(Credential, "is_active", lenient)


def tablet_deletes_on_the_hubs_receipt() -> AbstractContextManager[None]:
    """Carried is taken for held."""
    carry = Outbox.carry

    def eager(self: Outbox, ids: Any, hub: str, life: str) -> None:
        carry(self, ids, hub, life)
        self.prune(list(ids))

    return put(Outbox, "carry", eager)


def tablet_ignores_the_hubs_other_life() -> AbstractContextManager[None]:
    """A hub that was restored is taken for the one that it was."""

    def never(self: HubVisit, life: str | None) -> None:
        place = f"life {self._hub}"
        if life is not None and self.outbox.setting(place) is None:
            self.outbox.remember(place, life)

    return put(HubVisit, "_notice_life", never)


def tablet_gives_no_proof_of_what_it_frees() -> AbstractContextManager[None]:
    """A block of the centre's word frees its numbers, whatever stands under them."""

    def free(self: HubVisit, standing: dict[str, Any]) -> int:
        first, last = standing["first"], standing["last"]
        freed = [each.id for each in self.outbox.held() if first <= each.seq <= last]
        self.outbox.prune(freed)
        return len(freed)

    return put(HubVisit, "_free", free)


HUB_BUGS = (
    hub_forgets_before_the_receipt,
    hub_answers_before_its_disk_sync,
    hub_believes_the_portal,
    hub_keeps_parcels_open,
    hub_seals_under_its_old_number,
    refused_lines_are_not_taken_again,
    revoked_hubs_are_served,
    tablet_deletes_on_the_hubs_receipt,
    tablet_ignores_the_hubs_other_life,
    tablet_gives_no_proof_of_what_it_frees,
)
