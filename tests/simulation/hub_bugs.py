"""Planted bugs of hubs, and of tablets at hubs."""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import event, update
from sqlmodel import col
from usga_assessment import hub_app
from usga_assessment.domain.access.credential import Credential
from usga_assessment.domain.hub.hub import Parcel
from usga_assessment.operations.hub import deliver_parcel, forward, take_push
from usga_assessment.operations.hub.forward import Courier
from usga_assessment.operations.hub.upstream import Silence, Upstream
from usga_assessment.storage.tables.hub import HubParcelRow
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
    revoked_hubs_are_served,
    tablet_deletes_on_the_hubs_receipt,
    tablet_gives_no_proof_of_what_it_frees,
)
