"""The queue on both databases: one worker a job, leases, fences."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from usga_reports.domain.report import Claim, Report, ReportFormat, ReportState, Wanted
from usga_reports.storage.desk import ClaimLost, Desks
from usga_reports.storage.jobs import Jobs
from usga_reports.storage.reports import Reports
from usga_shared.clock import FixedClock
from usga_shared.database.engine import Database

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
async def database(reports_db_url: str) -> AsyncIterator[Database]:
    database = Database(reports_db_url)
    yield database
    await database.close()


async def put(database: Database, *numbers: int, at: datetime = NOW) -> None:
    async with database.write() as session:
        for number in numbers:
            report = Report(
                id=UUID(int=number),
                wanted=Wanted(
                    release=f"r{number}", release_state="published", template="city-report",
                    template_version="1", language="en", format=ReportFormat.PDF,
                ),
                assessment="XX-SPECIMEN-2026", title="t", synthetic=True, state=ReportState.QUEUED,
                progress=0, problem=None, ordered_at=NOW, finished_at=None, bundle_sha256=None,
                sha256=None, size=None,
            )  # fmt: skip
            assert await Reports(session).add(report, ordered_by="person:1")
            await Jobs(session).put(report.id, at=at)


async def claim(database: Database, worker: str, now: datetime = NOW) -> Claim | None:
    async with database.write() as session:
        return await Jobs(session).claim(worker, now=now, lease=LEASE)


class TestClaims:
    async def test_many_workers_take_each_job_once(self, database: Database) -> None:
        await put(database, *range(1, 21))

        async def work(worker: str) -> list[UUID]:
            mine = []
            while (taken := await claim(database, worker)) is not None:
                mine.append(taken.report)
            return mine

        taken = await asyncio.gather(*(work(f"w{i}") for i in range(4)))
        everything = [report for mine in taken for report in mine]
        assert sorted(everything) == [UUID(int=n) for n in range(1, 21)]

    async def test_a_job_for_later_is_not_taken_now(self, database: Database) -> None:
        await put(database, 1, at=NOW + timedelta(seconds=1))
        assert await claim(database, "w") is None
        assert await claim(database, "w", NOW + timedelta(seconds=1)) is not None

    async def test_a_dead_workers_job_is_taken_over_after_its_lease(
        self, database: Database
    ) -> None:
        await put(database, 1)
        first = await claim(database, "dead")
        assert first is not None
        assert first.attempts == 0
        assert await claim(database, "w", NOW + LEASE) is None
        second = await claim(database, "w", NOW + LEASE + timedelta(seconds=1))
        assert second is not None
        assert second.attempts == 1  # what kills its workers must end one day

    async def test_a_worker_that_was_too_slow_changes_nothing(self, database: Database) -> None:
        await put(database, 1)
        clock = FixedClock(NOW)
        slow = Desks(database, clock, worker="slow", lease=LEASE)
        quick = Desks(database, clock, worker="quick", lease=LEASE)
        async with slow.open() as desk:
            stale = await desk.claim()
        clock.advance(LEASE + timedelta(seconds=1))
        async with quick.open() as desk:
            fresh = await desk.claim()
            assert fresh is not None
            await desk.finished(fresh, sha256="a" * 64, size=1)
        assert stale is not None
        with pytest.raises(ClaimLost):
            async with slow.open() as desk:
                await desk.finished(stale, sha256="b" * 64, size=2)
        async with database.read() as session:
            report = await Reports(session).for_job(UUID(int=1))
        assert report is not None
        assert report.sha256 == "a" * 64

    async def test_a_finished_job_is_never_taken_again(self, database: Database) -> None:
        await put(database, 1)
        taken = await claim(database, "w")
        assert taken is not None
        async with database.write() as session:
            await Jobs(session).done(taken)
        assert await claim(database, "w", NOW + timedelta(days=9)) is None
        async with database.write() as session:
            await Jobs(session).put(taken.report, at=NOW)  # ordered again
        again = await claim(database, "w")
        assert again is not None
        assert again.attempts == 0

    async def test_the_same_report_is_added_once(self, database: Database) -> None:
        await put(database, 1)
        async with database.write() as session:
            stored = await Reports(session).for_job(UUID(int=1))
            assert stored is not None
            twin = Report(
                **{**{n: getattr(stored, n) for n in Report.__slots__}, "id": UUID(int=2)}
            )
            assert await Reports(session).add(twin, ordered_by="person:2") is False
            assert await Reports(session).find(twin.wanted) == stored
