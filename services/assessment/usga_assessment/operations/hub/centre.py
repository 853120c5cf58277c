"""What the centre needs for hubs: the keys that it shares with tablets, and those of parcels."""

import asyncio
from uuid import UUID

from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.wire.hub import SharedDigest

from usga_assessment.domain.hub.courier import CourierKey
from usga_assessment.domain.hub.parcel import SealingKey
from usga_assessment.domain.sync.rows import digest_of
from usga_assessment.domain.sync.told import Entry
from usga_assessment.operations.sync_desk import SyncDesk
from usga_assessment.operations.tablet_scope import SHARED, Scope, entries_of

_MOST_REMEMBERED = 2000


class HubCentre:
    """One for each application that is no hub itself; `open` after the desk of the sync."""

    _master: bytes

    def __init__(self, database: Database, desk: SyncDesk, clock: Clock) -> None:
        self.database, self.desk, self.clock = database, desk, clock
        self._sealing: list[SealingKey] = []
        self._digests: dict[tuple[str, str, str], str] = {}

    async def open(self) -> None:
        """Open the keys, which the first start makes."""
        self._master = self.desk.keyring.purpose_key("couriers")
        await self._read_keys()

    def courier(self, device: UUID) -> CourierKey:
        """The secret that a tablet and the centre share."""
        return CourierKey.derive(self._master, device)

    def sealing_key(self) -> SealingKey:
        """The newest key: hubs seal to it."""
        return self._sealing[-1]

    async def sealing_key_named(self, id_: str) -> SealingKey | None:
        """The key that opens a parcel, if it is still kept."""
        for _ in range(2):
            for key in self._sealing:
                if key.public.id == id_:
                    return key
            await self._read_keys()
        return None

    def shared_digests(self, scope: Scope) -> list[SharedDigest]:
        """What forms, dictionaries and lists of a scope are, so that tablets can prove them."""
        return [
            SharedDigest(kind=entry.kind, id=entry.id, digest=self._digest(entry))
            for entry in entries_of(scope)
            if entry.kind in SHARED
        ]

    def _digest(self, entry: Entry) -> str:
        """SHA-256 of an entry's value as RFC 8785 writes it; worked out once for each content."""
        content = (entry.kind, entry.id, entry.print)
        if content not in self._digests:
            if len(self._digests) >= _MOST_REMEMBERED:
                self._digests.clear()
            self._digests[content] = digest_of(entry.value)
        return self._digests[content]

    async def _read_keys(self) -> None:
        self._sealing = await asyncio.to_thread(self.desk.keyring.sealing_keys)
