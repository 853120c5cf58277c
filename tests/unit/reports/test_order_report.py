"""Who may order, and what an order becomes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from usga_reports.domain.report import Report, ReportFormat, ReportState, Wanted
from usga_reports.operations.order_report import (
    KeyReused,
    Order,
    ReleaseNotFrozen,
    UnknownTemplate,
    admit,
    order_report,
)
from usga_shared.auth.actors import ANONYMOUS, Actor, ActorKind, Role
from usga_shared.clients.base import UpstreamProblem, UpstreamUnreachable
from usga_shared.problems import Forbidden, NotFound
from usga_shared.wire.release import ReleaseStanding
from usga_shared.wire.vocabulary import ReleaseState

from tests.unit.reports.specimen import RELEASE, specimen

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ORDER = Order(release=RELEASE, template="city-report", language="en", format=ReportFormat.PDF)


def person(role: Role, assessment: str = "XX-SPECIMEN-2026") -> Actor:
    return Actor(ActorKind.PERSON, "p1", {assessment: frozenset({role})})


class FakeReleases:
    def __init__(
        self, state: ReleaseState = ReleaseState.PUBLISHED, error: Exception | None = None
    ) -> None:
        self.view = ReleaseStanding(
            **specimen().release.model_copy(update={"state": state}).model_dump()
        )
        self.error = error

    async def release(self, release: str) -> ReleaseStanding:
        if self.error:
            raise self.error
        return self.view


class FakeStore:
    """Reports and queue in memory."""

    def __init__(self) -> None:
        self.reports: dict[Wanted, Report] = {}
        self.keys: dict[tuple[str, str], tuple[str, UUID]] = {}
        self.queued: list[UUID] = []

    async def find(self, wanted: Wanted) -> Report | None:
        return self.reports.get(wanted)

    async def add(self, report: Report, *, ordered_by: str) -> bool:
        self.reports[report.wanted] = report
        return True

    async def progress(self, report: UUID, state: ReportState, progress: int) -> None:
        found = await self.for_job(report)
        assert found is not None
        changed = {name: getattr(found, name) for name in Report.__slots__}
        self.reports[found.wanted] = Report(**{**changed, "state": state, "progress": progress})

    async def for_job(self, report: UUID) -> Report | None:
        return next((r for r in self.reports.values() if r.id == report), None)

    async def key(self, actor: str, key: str) -> tuple[str, UUID] | None:
        return self.keys.get((actor, key))

    async def remember(
        self, actor: str, key: str, *, digest: str, report: UUID, at: datetime
    ) -> None:
        self.keys[actor, key] = (digest, report)

    async def put(self, report: UUID, *, at: datetime) -> None:
        self.queued.append(report)


class TestAdmission:
    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.STATISTICIAN])
    async def test_those_who_may(self, role: Role) -> None:
        for state in (ReleaseState.FROZEN, ReleaseState.PUBLISHED):
            release = await admit(FakeReleases(state), ORDER, actor=person(role))
            assert release.state is state

    async def test_analysts_order_reports_of_what_they_may_read(self) -> None:
        analyst = person(Role.ANALYST)
        release = await admit(FakeReleases(ReleaseState.PUBLISHED), ORDER, actor=analyst)
        assert release.state is ReleaseState.PUBLISHED
        for state in (ReleaseState.DRAFT, ReleaseState.FROZEN):
            with pytest.raises(NotFound):
                await admit(FakeReleases(state), ORDER, actor=analyst)

    @pytest.mark.parametrize(
        "actor",
        [
            ANONYMOUS, person(Role.SUPERVISOR), person(Role.ENUMERATOR), person(Role.PARTNER),
            person(Role.COORDINATOR, "XX-OTHER-2026"),
        ],
    )  # fmt: skip
    async def test_those_who_may_not(self, actor: Actor) -> None:
        with pytest.raises(Forbidden):
            await admit(FakeReleases(), ORDER, actor=actor)
        with pytest.raises(NotFound):  # they may not even know that it exists
            await admit(FakeReleases(ReleaseState.FROZEN), ORDER, actor=actor)

    async def test_an_unknown_release_is_not_found_and_silence_is_not(self) -> None:
        staff = person(Role.STATISTICIAN)
        with pytest.raises(NotFound):
            await admit(FakeReleases(error=UpstreamProblem(404, {})), ORDER, actor=staff)
        with pytest.raises(UpstreamUnreachable):
            await admit(FakeReleases(error=UpstreamUnreachable()), ORDER, actor=staff)

    async def test_a_draft_has_no_report(self) -> None:
        with pytest.raises(ReleaseNotFrozen):
            await admit(FakeReleases(ReleaseState.DRAFT), ORDER, actor=person(Role.STATISTICIAN))

    async def test_a_template_must_speak_the_language(self) -> None:
        silent = Order(
            release=RELEASE, template="city-report", language="tlh", format=ReportFormat.PDF
        )
        with pytest.raises(UnknownTemplate) as caught:
            await admit(FakeReleases(), silent, actor=person(Role.STATISTICIAN))
        assert "en" in caught.value.members["available"]["city-report"]


class TestOrders:
    async def order(self, store: FakeStore, order: Order = ORDER, **more: Any) -> Report:
        release = ReleaseStanding(
            **more.pop("release", specimen().release).model_dump(), **more.pop("standing", {})
        )
        new_id = UUID(int=len(store.reports) + 1)
        return await order_report(
            store, store, order, release, actor=person(Role.STATISTICIAN), new_id=new_id, now=NOW
        )

    async def test_the_same_twice_is_queued_once(self) -> None:
        store = FakeStore()
        first, second = await self.order(store), await self.order(store)
        assert first.id == second.id
        assert store.queued == [first.id]

    async def test_a_corrected_release_is_another_report_than_before(self) -> None:
        store = FakeStore()
        before = await self.order(store)
        after = await self.order(store, standing={"corrected_by": ["r2"]})
        assert before.id != after.id
        assert (before.published, after.published) == (True, True)
        assert after.wanted.release_state == "corrected"

    async def test_each_further_correction_makes_a_report_that_names_the_newest(self) -> None:
        store = FakeStore()
        orders = [
            await self.order(store, standing={"corrected_by": by})
            for by in (["r2"], ["r2", "r3"], ["r2", "r3"])
        ]
        assert [each.id.int for each in orders] == [1, 2, 2]
        assert [each.wanted.corrections for each in orders] == [1, 2, 2]
        assert all(each.published for each in orders)

    async def test_a_published_release_is_another_report_than_the_frozen_one(self) -> None:
        store = FakeStore()
        frozen = specimen().release.model_copy(update={"state": ReleaseState.FROZEN})
        first = await self.order(store, release=frozen)
        assert (await self.order(store)).id != first.id

    async def test_a_failed_report_starts_again(self) -> None:
        store = FakeStore()
        first = await self.order(store)
        await store.progress(first.id, ReportState.FAILED, 30)
        again = await self.order(store)
        assert (again.id, again.state, again.progress) == (first.id, ReportState.QUEUED, 0)
        assert store.queued == [first.id, first.id]

    async def test_a_key_is_bound_to_its_order(self) -> None:
        store = FakeStore()
        keyed = Order(
            release=RELEASE,
            template="city-report",
            language="en",
            format=ReportFormat.PDF,
            key="k",
        )
        await self.order(store, keyed)
        await self.order(store, keyed)
        other = Order(
            release=RELEASE,
            template="city-report",
            language="en",
            format=ReportFormat.HTML,
            key="k",
        )
        with pytest.raises(KeyReused):
            await self.order(store, other)
        assert len(store.reports) == 1
