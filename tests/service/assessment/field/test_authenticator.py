"""The authenticator: remembers briefly, forgets at once, never waits for itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from usga_assessment.domain.access.credential import Credential
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.storage.authenticator import LocalAuthenticator
from usga_assessment.storage.credentials import Credentials
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.clock import FixedClock
from usga_shared.database.engine import Database

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class Office:
    """A database, a clock, and one process that authenticates."""

    def __init__(self, url: str) -> None:
        self.database, self.clock = Database(url), FixedClock(NOW)
        self.authenticator = LocalAuthenticator(self.database, self.clock)

    async def issue(self, life: timedelta = timedelta(days=30)) -> tuple[str, UUID]:
        async with self.database.write() as session:
            token, credential = await issue_credential(
                Credentials(session),
                kind=ActorKind.PERSON,
                name="test",
                grants={"KE-TEST-2026": frozenset({Role.COORDINATOR})},
                by="test",
                now=self.clock.now(),
                expires_at=self.clock.now() + life,
            )
        return token, credential.id

    async def revoke(self, credential: UUID, *, tell: LocalAuthenticator | None) -> None:
        async with self.database.write() as session:
            await Credentials(session).revoke(subject=str(credential), at=self.clock.now())
            if tell is not None:
                tell.forget_after_commit(session)

    async def close(self) -> None:
        await self.authenticator.aclose()
        await self.database.close()


@pytest.fixture
async def office(assessment_db_url: str) -> AsyncIterator[Office]:
    opened = Office(assessment_db_url)
    yield opened
    await opened.close()


class TestRemembering:
    async def test_a_token_is_looked_up_once(self, office: Office) -> None:
        token, credential = await office.issue()
        assert await office.authenticator.authenticate(token) is not None
        await office.revoke(credential, tell=None)
        assert await office.authenticator.authenticate(token) is not None

    async def test_another_process_notices_a_revocation_within_60_seconds_T1(
        self, office: Office
    ) -> None:
        other = LocalAuthenticator(office.database, office.clock)
        token, credential = await office.issue()
        assert await other.authenticate(token) is not None
        await office.revoke(credential, tell=office.authenticator)
        office.clock.advance(timedelta(seconds=30))
        assert await other.authenticate(token) is None
        await other.aclose()

    async def test_what_is_remembered_still_expires(self, office: Office) -> None:
        token, _ = await office.issue(timedelta(seconds=5))
        assert await office.authenticator.authenticate(token) is not None
        office.clock.advance(timedelta(seconds=5))
        assert await office.authenticator.authenticate(token) is None


class TestForgetting:
    async def test_a_revocation_is_seen_as_soon_as_it_is_committed(self, office: Office) -> None:
        token, credential = await office.issue()
        assert await office.authenticator.authenticate(token) is not None
        await office.revoke(credential, tell=office.authenticator)
        assert await office.authenticator.authenticate(token) is None

    async def test_a_revocation_that_fails_revokes_nothing(self, office: Office) -> None:
        token, credential = await office.issue()

        async def fail() -> None:
            async with office.database.write() as session:
                await Credentials(session).revoke(subject=str(credential), at=NOW)
                office.authenticator.forget_after_commit(session)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert await office.authenticator.authenticate(token) is not None

    async def test_a_lookup_under_way_is_not_remembered(self, office: Office) -> None:
        token, credential = await office.issue()
        read = asyncio.Event()
        goes_on = asyncio.Event()

        class Slow(LocalAuthenticator):
            async def _read(self, digest: bytes) -> Credential | None:
                found = await super()._read(digest)
                read.set()
                await goes_on.wait()
                return found

        slow = Slow(office.database, office.clock)
        asking = asyncio.create_task(slow.authenticate(token))
        await read.wait()
        await office.revoke(credential, tell=slow)
        goes_on.set()
        await asking  # read before the revocation: it may still pass
        assert await slow.authenticate(token) is None
        await slow.aclose()


class TestLastUse:
    async def test_is_noted_even_while_the_request_writes(self, office: Office) -> None:
        token, _ = await office.issue()
        async with asyncio.timeout(5), office.database.write():
            assert await office.authenticator.authenticate(token) is not None
        await office.authenticator.aclose()
        async with office.database.read() as session:
            noted = [one.last_used_on for one in await Credentials(session).people()]
        assert noted == [NOW.date()]


class TestManyAtOnce:
    async def test_each_gets_its_own_and_a_herd_costs_few_reads(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        issued = [await office.issue() for _ in range(20)]
        reads = 0
        read = office.database.read

        def counted() -> object:
            nonlocal reads
            reads += 1
            return read()

        monkeypatch.setattr(office.database, "read", counted)
        unknown = "usgap_" + "x" * 43
        found = await asyncio.gather(
            *(office.authenticator.authenticate(token) for token, _ in issued),
            office.authenticator.authenticate(unknown),
            *(office.authenticator.authenticate(token) for token, _ in issued),
        )
        assert [actor and actor.id for actor in found] == [
            *(str(id_) for _, id_ in issued),
            None,
            *(str(id_) for _, id_ in issued),
        ]
        assert reads <= 3
        await office.authenticator.aclose()
        async with office.database.read() as session:
            noted = [one.last_used_on for one in await Credentials(session).people()]
        assert noted == [NOW.date()] * 20

    async def test_a_read_that_fails_fails_for_all_who_wait_and_for_nobody_later(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token, _ = await office.issue()

        def broken() -> object:
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr(office.database, "read", broken)
            found = await asyncio.gather(
                *(office.authenticator.authenticate(token) for _ in range(3)),
                return_exceptions=True,
            )
        assert [type(each) for each in found] == [ConnectionError] * 3
        assert await office.authenticator.authenticate(token) is not None
