"""Authentication against the service's own table of credentials."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.auth.actors import Actor, ActorKind
from usga_shared.auth.credentials import CHALLENGE, hash_token, is_opaque
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import InvalidCredential

from usga_assessment.domain.access.credential import Credential
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.devices import Devices

_REMEMBER = timedelta(seconds=20)  # other processes must notice a revocation within 60 s
_MOST = 10_000
_AT_ONCE = 500
"""Credentials that one statement reads, or whose use it notes."""
_log = logging.getLogger("usga.auth")


class LocalAuthenticator:
    """Finds the actor of an opaque token; remembers it for 20 seconds.

    A revocation in this process takes effect when it is committed: see `forget_after_commit`.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._known: OrderedDict[bytes, tuple[datetime, Credential]] = OrderedDict()
        self._generation = 0
        self._asked: dict[bytes, asyncio.Future[Credential | None]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._to_note: set[UUID] = set()
        self._noting: asyncio.Task[None] | None = None

    async def authenticate(self, token: str) -> Actor | None:
        """The actor, or None when the token is unknown, expired or revoked.

        Raises InvalidCredential with the member `wipe` for the token of a revoked device that is
        to be erased: nothing else reaches that tablet any more (protocol P-66).
        """
        if not is_opaque(token):
            return None
        digest, now = hash_token(token), self._clock.now()
        remembered = self._known.get(digest)
        if remembered is not None and remembered[0] > now:
            credential: Credential | None = remembered[1]
        else:
            credential = await self._look_up(digest, now)
        if credential is None:
            return None
        if credential.is_active(now):
            return credential.actor()
        if credential.kind is ActorKind.DEVICE and await self._is_to_be_wiped(credential.subject):
            raise InvalidCredential(headers=CHALLENGE, wipe=True)
        return None

    def forget_after_commit(self, session: AsyncSession) -> None:
        """Forget every credential when this session's transaction has been committed."""
        event.listen(session.sync_session, "after_commit", lambda _: self.forget(), once=True)

    def forget(self) -> None:
        """Look every credential up anew; a lookup that is under way will not be remembered."""
        self._generation += 1
        self._known.clear()

    async def aclose(self) -> None:
        """Wait for what is still being read, and for the notes of use that are being written."""
        under_way = [task for task in (self._reading, self._noting) if task is not None]
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _look_up(self, digest: bytes, now: datetime) -> Credential | None:
        generation = self._generation
        credential = await self._read(digest)
        if credential is None:
            return None
        if credential.is_active(now) and credential.last_used_on != now.date():
            # Not awaited: this request may itself hold the only turn to write.
            self._to_note.add(credential.id)
            if self._noting is None:
                self._noting = asyncio.create_task(self._note_used(now))
        if generation == self._generation:
            self._known[digest] = (now + _REMEMBER, credential)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return credential

    async def _read(self, digest: bytes) -> Credential | None:
        """Look one up together with all that are asked for meanwhile: a herd costs few reads."""
        answer = self._asked.get(digest)
        if answer is None:
            answer = self._asked[digest] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await asyncio.shield(answer)

    async def _read_all(self) -> None:
        try:
            while self._asked:
                asked = dict(islice(self._asked.items(), _AT_ONCE))
                for digest in asked:
                    del self._asked[digest]
                try:
                    async with self._database.read() as session:
                        found = await Credentials(session).by_token_hashes(asked)
                except Exception as error:  # noqa: BLE001 - handed to the requests that wait
                    _fail(asked.values(), error)
                else:
                    for digest, answer in asked.items():
                        if not answer.done():
                            answer.set_result(found.get(digest))
        finally:
            self._reading = None

    async def _is_to_be_wiped(self, device: str) -> bool:
        async with self._database.read() as session:
            found = await Devices(session).get(UUID(device))
        return found is not None and found.revoked_at is not None and found.wipe

    async def _note_used(self, now: datetime) -> None:
        """Note all uses that there are; those that come meanwhile share the next transaction.

        A morning's herd of tablets would otherwise take a turn to write for each of them.
        """
        try:
            while self._to_note:
                async with self._database.write() as session:
                    noted = set(list(self._to_note)[:_AT_ONCE])
                    self._to_note -= noted
                    await Credentials(session).note_used(noted, now.date())
        except Exception as error:  # noqa: BLE001 - the day of last use is a courtesy
            _log.warning("last_use_not_noted", extra={"error": type(error).__name__})
        finally:
            self._noting = None


def _fail(answers: Iterable["asyncio.Future[Credential | None]"], error: Exception) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)
            answer.exception()  # whoever asked may have gone away: that is nobody's fault
