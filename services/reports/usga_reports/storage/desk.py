"""Short transactions over reports and jobs together: one for orders, one for workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.clock import Clock
from usga_shared.database.engine import Database

from usga_reports.domain.report import Claim, FailureCode, Report, ReportState
from usga_reports.storage.jobs import Jobs
from usga_reports.storage.reports import Reports


class ClaimLost(Exception):
    """The lease ended and another worker has the job: whatever was done here is theirs to do."""


class WorkerDesk:
    """What `run_job` may do within one transaction."""

    def __init__(
        self, session: AsyncSession, clock: Clock, *, worker: str, lease: timedelta
    ) -> None:
        self._reports, self._jobs = Reports(session), Jobs(session)
        self._clock, self._worker, self._lease = clock, worker, lease

    async def claim(self) -> Claim | None:
        return await self._jobs.claim(self._worker, now=self._clock.now(), lease=self._lease)

    async def report(self, claim: Claim) -> Report | None:
        return await self._reports.for_job(claim.report)

    async def progress(self, claim: Claim, progress: int) -> None:
        await self._held(claim)
        await self._reports.progress(claim.report, ReportState.RENDERING, progress)

    async def frozen(self, claim: Claim, bundle_sha256: str) -> None:
        await self._held(claim)
        await self._reports.frozen(claim.report, bundle_sha256=bundle_sha256)

    async def finished(self, claim: Claim, *, sha256: str, size: int) -> None:
        await self._held(claim)
        now = self._clock.now()
        await self._reports.finished(claim.report, sha256=sha256, size=size, at=now)
        await self._jobs.done(claim)

    async def failed(self, claim: Claim, problem: FailureCode) -> None:
        await self._held(claim)
        await self._reports.failed(claim.report, problem, at=self._clock.now())
        await self._jobs.done(claim)

    async def again(self, claim: Claim, *, at: datetime, failed: bool) -> None:
        await self._held(claim)
        await self._reports.progress(claim.report, ReportState.QUEUED, 0)
        await self._jobs.again(claim, at=at, failed=failed)

    async def _held(self, claim: Claim) -> None:
        if not await self._jobs.holds(claim):
            raise ClaimLost


class Desks:
    """Opens desks for one worker."""

    def __init__(self, database: Database, clock: Clock, *, worker: str, lease: timedelta) -> None:
        self._database, self._clock = database, clock
        self._worker, self._lease = worker, lease

    @asynccontextmanager
    async def open(self) -> AsyncIterator[WorkerDesk]:
        """A transaction that commits when the block ends well."""
        async with self._database.write() as session:
            yield WorkerDesk(session, self._clock, worker=self._worker, lease=self._lease)


class OrderDesk:
    """Opens the transaction of an order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Reports, Jobs]]:
        """Reports and queue in one transaction, which commits when the block ends well."""
        async with self._database.write() as session:
            yield Reports(session), Jobs(session)
