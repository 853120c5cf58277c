"""One statement decides who sees a report."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest
from usga_indicators.operations.authorise import policy
from usga_indicators.storage.releases import DRAFT_READERS
from usga_reports.domain.access import S3_READERS, STAFF
from usga_reports.domain.report import Report, ReportFormat, ReportState, Wanted
from usga_reports.storage.reports import Reports
from usga_shared.auth.actors import ANONYMOUS, Actor, ActorKind, Role
from usga_shared.database.engine import Database

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HERE = "XX-SPECIMEN-2026"


def actor(role: Role, where: str) -> Actor:
    return Actor(ActorKind.PERSON, "p", {where: frozenset({role})})


@pytest.fixture
async def database(reports_db_url: str) -> AsyncIterator[Database]:
    """A ready and a queued report of a published and of a frozen release; 5, 6: without S3."""
    database = Database(reports_db_url)
    kinds = (("published", False), ("frozen", False), ("frozen", True))
    states = product(kinds, (ReportState.READY, ReportState.QUEUED))
    async with database.write() as session:
        for number, ((release_state, without_s3), state) in enumerate(states, start=1):
            report = Report(
                id=UUID(int=number),
                wanted=Wanted(
                    release=f"r{number}", release_state=release_state, template="city-report",
                    template_version="1", language="en", format=ReportFormat.PDF,
                    without_s3=without_s3,
                ),
                assessment=HERE, title="t", synthetic=True, state=state, progress=0, problem=None,
                ordered_at=NOW, finished_at=None, bundle_sha256=None, sha256=None, size=None,
            )  # fmt: skip
            assert await Reports(session).add(report, ordered_by="person:1")
    yield database
    await database.close()


class TestCorrected:
    async def test_a_report_of_a_release_corrected_twice_is_public_and_found(
        self, database: Database
    ) -> None:
        for times in (1, 2, 12):
            wanted = Wanted(
                release="r1", release_state="corrected", template="city-report",
                template_version="1", language="en", format=ReportFormat.PDF, corrections=times,
            )  # fmt: skip
            report = Report(
                id=UUID(int=100 + times), wanted=wanted, assessment=HERE, title="t",
                synthetic=True, state=ReportState.READY, progress=100, problem=None,
                ordered_at=NOW, finished_at=NOW, bundle_sha256=None, sha256=None, size=None,
            )  # fmt: skip
            async with database.write() as session:
                assert await Reports(session).add(report, ordered_by="person:1")
            async with database.read() as session:
                found = await Reports(session).find(wanted)
                seen = await Reports(session).get(report.id, actor=ANONYMOUS)
            assert found is not None
            assert found.wanted == wanted
            assert seen is not None


class TestVisibility:
    def test_reports_show_no_release_that_indicators_does_not(self) -> None:
        assert set(STAFF) == DRAFT_READERS
        assert policy()["release.read_s3_draft"] == S3_READERS

    @pytest.mark.parametrize(
        ("who", "sees"),
        [
            (ANONYMOUS, {1}),
            (actor(Role.SUPERVISOR, HERE), {1}),
            (actor(Role.PARTNER, HERE), {1}),
            (actor(Role.STATISTICIAN, "XX-OTHER-2026"), {1}),
            (actor(Role.COORDINATOR, HERE), {1, 2, 5, 6}),  # ADR-0063
            (actor(Role.STATISTICIAN, HERE), {1, 2, 3, 4, 5, 6}),
            (actor(Role.ANALYST, HERE), {1, 2}),  # indicators shows them no frozen release
            (actor(Role.ANALYST, "*"), {1, 2}),
            (actor(Role.STATISTICIAN, "*"), {1, 2, 3, 4, 5, 6}),
            (actor(Role.COORDINATOR, "*"), {1, 2, 5, 6}),
            (actor(Role.ADMIN, "*"), {1, 2, 5, 6}),
        ],
    )
    async def test_who_sees_what(self, database: Database, who: Actor, sees: set[int]) -> None:
        async with database.read() as session:
            stored = Reports(session)
            listed = await stored.page(
                actor=who, assessment=HERE, release=None, before=None, limit=10
            )
            single = {n for n in range(1, 7) if await stored.get(UUID(int=n), actor=who)}
        assert {report.id.int for report in listed} == sees
        assert single == sees  # a list and a single read agree
