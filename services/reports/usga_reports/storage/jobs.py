"""The queue: a job is claimed by one worker, for the time of a lease.

A worker that dies keeps its job until the lease ends; then the next one takes it. All moves after
the claim are fenced by the claim itself, so that a worker that was too slow changes nothing.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_reports.domain.report import Claim
from usga_reports.storage.tables.report import JobRow

_QUEUED, _RUNNING, _DONE = "queued", "running", "done"


class Jobs:
    """Puts in, claims, finishes; never commits."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, report: UUID, *, at: datetime) -> None:
        """Queue the work on a report, from the beginning."""
        row = await self._session.get(JobRow, report)
        if row is None:
            self._session.add(JobRow(report=report, state=_QUEUED, attempts=0, run_at=at))
        else:
            row.state, row.attempts, row.run_at = _QUEUED, 0, at
            row.worker = row.lease_until = None
            self._session.add(row)
        await self._session.flush()

    async def claim(self, worker: str, *, now: datetime, lease: timedelta) -> Claim | None:
        """Take the next due job, or one whose worker let its lease end; None if there is none.

        A job that is taken over counts as one failure more: what kills its workers must end.
        """
        due = (
            select(JobRow.report)
            .where(
                or_(
                    and_(col(JobRow.state) == _QUEUED, col(JobRow.run_at) <= now),
                    and_(col(JobRow.state) == _RUNNING, col(JobRow.lease_until) < now),
                )
            )
            .order_by(col(JobRow.run_at), col(JobRow.report))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(JobRow)
            .where(col(JobRow.report) == due.scalar_subquery())
            .values(
                state=_RUNNING,
                worker=worker,
                lease_until=now + lease,
                attempts=col(JobRow.attempts) + _expired(),
            )
            .returning(col(JobRow.report), col(JobRow.attempts))
        )
        row = (await self._session.exec(taken)).one_or_none()
        return None if row is None else Claim(report=row[0], worker=worker, attempts=row[1])

    async def holds(self, claim: Claim) -> bool:
        """Whether the claim still stands; locks the job for the rest of the transaction."""
        mine = (
            update(JobRow)
            .where(
                col(JobRow.report) == claim.report,
                col(JobRow.worker) == claim.worker,
                col(JobRow.state) == _RUNNING,
            )
            .values(worker=claim.worker)
            .returning(col(JobRow.report))
        )
        return (await self._session.exec(mine)).one_or_none() is not None

    async def done(self, claim: Claim) -> None:
        """Finish a job that this claim `holds`."""
        await self._move(claim, state=_DONE, worker=None, lease_until=None)

    async def again(self, claim: Claim, *, at: datetime, failed: bool) -> None:
        """Put the job back for later; `failed` counts it against the job."""
        attempts = claim.attempts + (1 if failed else 0)
        await self._move(
            claim, state=_QUEUED, worker=None, lease_until=None, run_at=at, attempts=attempts
        )

    async def _move(self, claim: Claim, **values: object) -> None:
        await self._session.exec(
            update(JobRow)
            .where(col(JobRow.report) == claim.report, col(JobRow.worker) == claim.worker)
            .values(**values)
        )


def _expired() -> ColumnElement[int]:
    return case((col(JobRow.state) == _RUNNING, 1), else_=0)
