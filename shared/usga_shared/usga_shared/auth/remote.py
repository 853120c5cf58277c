"""Authentication in the services that keep no credentials: ask assessment, remember briefly."""

from collections import OrderedDict
from datetime import datetime, timedelta

from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.auth.credentials import hash_token
from usga_shared.clients.assessment import AssessmentClient
from usga_shared.clock import Clock

_REMEMBER = timedelta(seconds=30)  # revocation must take effect everywhere within 60 s
_MOST = 10_000


class RemoteAuthenticator:
    """Introspects credentials at the assessment service."""

    def __init__(self, client: AssessmentClient, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._known: OrderedDict[bytes, tuple[datetime, Actor | None]] = OrderedDict()

    async def authenticate(self, token: str) -> Actor | None:
        """Raises UpstreamUnreachable when assessment is down and the token is not remembered."""
        digest, now = hash_token(token), self._clock.now()
        remembered = self._known.get(digest)
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        answer = await self._client.introspect(token)
        actor = None
        if answer.active:
            grants = {code: frozenset(map(Role, roles)) for code, roles in answer.grants.items()}
            actor = Actor(ActorKind(answer.kind), answer.id, grants)
        self._known[digest] = (now + _REMEMBER, actor)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return actor
