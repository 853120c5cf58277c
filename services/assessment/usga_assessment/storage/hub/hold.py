"""What a hub holds for tablets: sealed parcels, then their receipts (protocol H-10 ff.)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, tuple_, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.hub.hub import Parcel, Queue, Settled
from usga_assessment.storage.tables.hub import HubLineRow, HubParcelRow

Line = tuple[UUID, bytes]
"""Id and digest."""


class Hold:
    """Through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def has(self, device: UUID, lines: Sequence[Line], proof: str) -> bool:
        """Whether every one of these lines of this device is here already.

        What the centre refused counts only for the very same body: in another, with a proof of
        its own, it may be taken.
        """
        wanted = set(lines)
        rows = await self._session.exec(
            select(HubLineRow.id, HubLineRow.digest)
            .join(HubParcelRow, col(HubParcelRow.id) == col(HubLineRow.parcel))
            .where(col(HubLineRow.device) == device)
            .where(col(HubLineRow.id).in_({id_ for id_, _ in wanted}))
            .where(or_(col(HubParcelRow.refusal).is_(None), col(HubParcelRow.proof) == proof))
        )
        return wanted <= {(id_, bytes(digest)) for id_, digest in rows}

    async def add(self, parcel: Parcel, lines: Iterable[Line]) -> None:
        """Keep a parcel and remember its lines; what was refused of them gives way to it."""
        await self._replace_refused(parcel)
        await self._session.exec(
            insert(HubParcelRow).values(
                id=parcel.id,
                device=parcel.device,
                assessment=parcel.assessment,
                coding=parcel.coding,
                key=parcel.key,
                proof=parcel.proof,
                sealed=parcel.sealed,
                size=len(parcel.sealed),
                items=[[None if id_ is None else str(id_), d] for id_, d in parcel.items],
                received_at=parcel.received_at,
            )
        )
        new = set(lines)
        known = await self._session.exec(
            select(HubLineRow.id, HubLineRow.digest)
            .where(col(HubLineRow.device) == parcel.device)
            .where(tuple_(col(HubLineRow.id), col(HubLineRow.digest)).in_(sorted(new)))
        )
        new -= {(id_, bytes(digest)) for id_, digest in known}
        if new:
            await self._session.exec(
                insert(HubLineRow),
                params=[
                    {"device": parcel.device, "id": id_, "digest": digest, "parcel": parcel.id}
                    for id_, digest in sorted(new)
                ],
            )

    async def _replace_refused(self, parcel: Parcel) -> None:
        refused = (
            select(HubParcelRow)
            .where(col(HubParcelRow.device) == parcel.device)
            .where(col(HubParcelRow.refusal).is_not(None))
            .where(col(HubParcelRow.sealed).is_not(None))
        )
        lines = set(parcel.items)
        for row in (await self._session.exec(refused)).all():
            if lines.issuperset(_items(row)):
                await self._session.exec(
                    update(HubParcelRow).where(col(HubParcelRow.id) == row.id).values(sealed=None)
                )
                await self._session.exec(
                    delete(HubLineRow).where(col(HubLineRow.parcel) == row.id)
                )

    async def forget_receipted(self) -> None:
        """What is no longer sealed here is taken again when it is offered.

        So when the centre was restored, and may have lost what it had receipted.
        """
        receipted = select(HubParcelRow.id).where(col(HubParcelRow.sealed).is_(None))
        await self._session.exec(delete(HubLineRow).where(col(HubLineRow.parcel).in_(receipted)))

    async def forget_before(self, moment: datetime) -> None:
        """Old receipts go; who never fetched theirs is given another when it offers again.

        The last of each device stays, so that the numbers of its mail go on.
        """
        old = (
            select(HubParcelRow.id)
            .where(col(HubParcelRow.sealed).is_(None))
            .where(col(HubParcelRow.received_at) < moment)
        )
        await self._session.exec(delete(HubLineRow).where(col(HubLineRow.parcel).in_(old)))
        other = aliased(HubParcelRow)
        last = (
            select(func.max(other.settled))
            .where(col(other.device) == col(HubParcelRow.device))
            .scalar_subquery()
        )
        await self._session.exec(
            delete(HubParcelRow)
            .where(col(HubParcelRow.sealed).is_(None))
            .where(col(HubParcelRow.received_at) < moment)
            .where(col(HubParcelRow.settled) < last)
        )

    async def waiting_bytes(self) -> int:
        """Sealed bytes that wait for the centre."""
        rows = await self._session.exec(
            select(func.coalesce(func.sum(HubParcelRow.size), 0)).where(
                col(HubParcelRow.sealed).is_not(None)
            )
        )
        return int(rows.one())

    async def waiting(self) -> tuple[int, int]:
        """Parcels that wait for the centre's receipt, and those that it refused."""
        rows = await self._session.exec(
            select(func.count(), func.count(col(HubParcelRow.refusal))).where(
                col(HubParcelRow.sealed).is_not(None)
            )
        )
        waiting, refused = rows.one()
        return waiting - refused, refused

    async def queue(self) -> Queue:
        """What waits for the centre, in numbers."""
        waiting, refused = await self.waiting()
        return Queue(waiting, refused, await self.waiting_bytes())

    async def due(self, now: datetime, *, after: UUID | None, limit: int) -> list[Parcel]:
        """Parcels to bring to the centre now, in the order in which they came."""
        statement = (
            select(HubParcelRow)
            .where(col(HubParcelRow.sealed).is_not(None))
            .where(or_(col(HubParcelRow.retry_at).is_(None), col(HubParcelRow.retry_at) <= now))
            .order_by(col(HubParcelRow.id))
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(col(HubParcelRow.id) > after)
        return [_parcel(row) for row in await self._session.exec(statement)]

    async def receipted(self, parcel: Parcel, receipt: str) -> None:
        """The centre has it: the receipt takes the place of the sealed bytes."""
        await self._settle(parcel, receipt=receipt, sealed=None, refusal=None, retry_at=None)

    async def refused(self, parcel: Parcel, code: str, retry_at: datetime) -> None:
        """The centre does not take it: the tablet is told, the bytes stay, it is tried again."""
        await self._settle(parcel, refusal=code, retry_at=retry_at)

    async def give_up(self, code: str) -> None:
        """What was sealed cannot be delivered any more: tablets are told, and give it again."""
        rows = await self._session.exec(
            select(HubParcelRow)
            .where(col(HubParcelRow.sealed).is_not(None))
            .order_by(col(HubParcelRow.id))
        )
        for parcel in [_parcel(row) for row in rows]:
            await self._settle(parcel, refusal=code, sealed=None)
        await self.forget_receipted()

    async def _settle(self, parcel: Parcel, **values: object) -> None:
        last = await self._session.exec(
            select(func.coalesce(func.max(HubParcelRow.settled), 0)).where(
                col(HubParcelRow.device) == parcel.device
            )
        )
        await self._session.exec(
            update(HubParcelRow)
            .where(col(HubParcelRow.id) == parcel.id)
            .values(settled=int(last.one() or 0) + 1, **values)
        )

    async def settled(self, device: UUID, *, after: int, limit: int) -> list[Settled]:
        """What the centre said of a tablet's parcels, in the order in which it said it."""
        rows = await self._session.exec(
            select(HubParcelRow)
            .where(col(HubParcelRow.device) == device)
            .where(col(HubParcelRow.settled) > after)
            .order_by(col(HubParcelRow.settled))
            .limit(limit)
        )
        return [Settled(row.settled or 0, _items(row), row.receipt, row.refusal) for row in rows]


def _items(row: HubParcelRow) -> list[tuple[UUID | None, str]]:
    return [(None if id_ is None else UUID(id_), str(digest)) for id_, digest in row.items]


def _parcel(row: HubParcelRow) -> Parcel:
    return Parcel(
        id=row.id,
        device=row.device,
        assessment=row.assessment,
        coding=row.coding,
        key=row.key,
        proof=row.proof,
        sealed=bytes(row.sealed or b""),
        items=_items(row),
        received_at=row.received_at,
    )
