"""What a hub knows of tablets' files: how far each is, and what the centre said of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.hub.hub import Cargo, CargoState, CargoUsage
from usga_assessment.storage.tables.hub import HubFileRow

_ROW = HubFileRow
_HERE = (CargoState.COMING.value, CargoState.WHOLE.value)
"""States in which the bytes are on this disk, or are promised room."""


class CargoHold:
    """Through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, id_: UUID) -> Cargo | None:
        """One file."""
        row = (await self._session.exec(_all().where(col(_ROW.id) == id_))).first()
        return None if row is None else _cargo(row)

    async def of_proof(self, device: UUID, proof: str) -> Cargo | None:
        """The file of a tablet that this proof names, unless it was returned."""
        rows = await self._session.exec(
            _all()
            .where(col(_ROW.device) == device)
            .where(col(_ROW.proof) == proof)
            .where(col(_ROW.state) != CargoState.RETURNED.value)
        )
        row = rows.first()
        return None if row is None else _cargo(row)

    async def usage(self, device: UUID) -> CargoUsage:
        """What is promised room already."""
        total = await self._session.exec(
            select(func.coalesce(func.sum(_ROW.size), 0)).where(col(_ROW.state).in_(_HERE))
        )
        coming = await self._session.exec(
            select(func.count())
            .select_from(_ROW)
            .where(col(_ROW.device) == device)
            .where(col(_ROW.state) == CargoState.COMING.value)
        )
        held = await self._session.exec(
            select(func.count())
            .select_from(_ROW)
            .where(col(_ROW.device) == device)
            .where(col(_ROW.state).in_(_HERE))
        )
        return CargoUsage(int(total.one()), int(coming.one()), int(held.one()))

    async def here(self) -> set[UUID]:
        """Files whose bytes are on this disk, or are promised room."""
        return set(await self._session.exec(select(_ROW.id).where(col(_ROW.state).in_(_HERE))))

    async def add(self, cargo: Cargo) -> None:
        """Keep what was announced."""
        await self._session.exec(
            insert(_ROW).values(
                id=cargo.id, hub=cargo.hub, device=cargo.device, assessment=cargo.assessment,
                proof=cargo.proof, size=cargo.size, key=cargo.key, public=cargo.public,
                manifest=cargo.manifest, state=cargo.state.value, received_at=cargo.received_at,
                expires_at=cargo.expires_at,
            )
        )  # fmt: skip

    async def whole(self, id_: UUID) -> None:
        """All its bytes are on disk: it is the hub's to carry."""
        await self._session.exec(
            update(_ROW)
            .where(col(_ROW.id) == id_)
            .where(col(_ROW.state) == CargoState.COMING.value)
            .values(state=CargoState.WHOLE.value)
        )

    async def in_state(self, state: CargoState) -> list[Cargo]:
        """Every file in a state, in the order in which they came."""
        rows = await self._session.exec(
            _all().where(col(_ROW.state) == state.value).order_by(col(_ROW.id))
        )
        return [_cargo(row) for row in rows]

    async def due(self, now: datetime, *, after: UUID | None, limit: int) -> list[Cargo]:
        """Whole files to bring to the centre now, in the order in which they came."""
        statement = (
            _all()
            .where(col(_ROW.state) == CargoState.WHOLE.value)
            .where(or_(col(_ROW.retry_at).is_(None), col(_ROW.retry_at) <= now))
            .order_by(col(_ROW.id))
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(col(_ROW.id) > after)
        return [_cargo(row) for row in await self._session.exec(statement)]

    async def put_off(self, cargo: Cargo, until: datetime) -> None:
        """Ask the centre again then."""
        await self._session.exec(
            update(_ROW).where(col(_ROW.id) == cargo.id).values(retry_at=until)
        )

    async def proven(self, cargo: Cargo, receipt: str) -> None:
        """The centre keeps it: its receipt takes the place of the bytes."""
        await self._settle(cargo, state=CargoState.PROVEN.value, receipt=receipt, refusal=None)

    async def refused(self, cargo: Cargo, code: str, retry_at: datetime) -> None:
        """The centre does not take it now: the tablet is told, it is tried again."""
        await self._settle(cargo, refusal=code, retry_at=retry_at)

    async def returned(self, cargo: Cargo, code: str) -> None:
        """It is not carried any more: the tablet is told, the bytes go."""
        await self._settle(cargo, state=CargoState.RETURNED.value, refusal=code, receipt=None)

    async def give_up(self, code: str) -> None:
        """Nothing of what is here can be delivered any more: tablets are told."""
        for state in (CargoState.WHOLE, CargoState.COMING):
            for cargo in await self.in_state(state):
                await self.returned(cargo, code)

    async def _settle(self, cargo: Cargo, **values: Any) -> None:
        last = await self._session.exec(
            select(func.coalesce(func.max(_ROW.settled), 0)).where(
                col(_ROW.device) == cargo.device
            )
        )
        await self._session.exec(
            update(_ROW)
            .where(col(_ROW.id) == cargo.id)
            .values(settled=int(last.one() or 0) + 1, **values)
        )

    async def settled(self, device: UUID, *, after: int, limit: int) -> list[Cargo]:
        """What the centre said of a tablet's files, in the order in which it said it."""
        rows = await self._session.exec(
            _all()
            .where(col(_ROW.device) == device)
            .where(col(_ROW.settled) > after)
            .order_by(col(_ROW.settled))
            .limit(limit)
        )
        return [_cargo(row) for row in rows]

    async def return_receipted(self, code: str) -> None:
        """What the centre kept is taken again when it is offered: it was restored since."""
        for cargo in await self.in_state(CargoState.PROVEN):
            await self.returned(cargo, code)

    async def forget(self, id_: UUID) -> bool:
        """Nothing is to be known any more of what has not come whole; whether it had not.

        What came whole since it was read is the hub's to carry: it has said so.
        """
        done = await self._session.exec(
            delete(_ROW)
            .where(col(_ROW.id) == id_)
            .where(col(_ROW.state) == CargoState.COMING.value)
        )
        return bool(done.rowcount)

    async def forget_before(self, moment: datetime) -> None:
        """Old receipts and refusals go; the last of each device stays, so that numbers go on."""
        other = aliased(_ROW)
        last = (
            select(func.max(other.settled))
            .where(col(other.device) == col(_ROW.device))
            .scalar_subquery()
        )
        await self._session.exec(
            delete(_ROW)
            .where(col(_ROW.state).not_in(_HERE))
            .where(col(_ROW.received_at) < moment)
            .where(col(_ROW.settled) < last)
        )

    async def handed_on(self) -> int:
        """Files of which the centre's receipt is here."""
        found = await self._session.exec(
            select(func.count())
            .select_from(_ROW)
            .where(col(_ROW.state) == CargoState.PROVEN.value)
        )
        return found.one()

    async def queue(self) -> dict[CargoState, tuple[int, int]]:
        """How many files are here in each state, and their bytes."""
        rows = await self._session.exec(
            select(_ROW.state, func.count(), func.coalesce(func.sum(_ROW.size), 0))
            .where(col(_ROW.state).in_(_HERE))
            .group_by(col(_ROW.state))
        )
        return {CargoState(state): (count, int(size)) for state, count, size in rows}


def _all() -> Any:
    return select(_ROW).execution_options(populate_existing=True)


def _cargo(row: HubFileRow) -> Cargo:
    values = row.model_dump()
    values["state"] = CargoState(row.state)
    return Cargo(**values)
