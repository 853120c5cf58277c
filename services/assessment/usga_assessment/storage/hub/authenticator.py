"""Tablets at a hub: known by what they show to this hub alone."""

from datetime import UTC, datetime
from typing import ClassVar

from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.auth.credentials import CHALLENGE
from usga_shared.database.engine import Database
from usga_shared.problems import Problem, Unavailable

from usga_assessment.domain.hub.courier import PREFIX, verifier_of
from usga_assessment.storage.hub.mirror import TOLD, Mirror


class TabletUnknownHere(Problem):
    """The hub does not know this tablet; `met_at` says when it met the centre last."""

    slug: ClassVar[str] = "tablet-unknown-here"
    title: ClassVar[str] = "This hub does not know this tablet yet"
    status: ClassVar[int] = 401


class TabletsAtHub:
    """Finds the tablet of a credential among those that the centre named to this hub."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def authenticate(self, token: str) -> Actor | None:
        """The tablet; None for a credential that is none of a tablet at hubs.

        Raises TabletUnknownHere: who enrolled since the hub met the centre is told what to do;
        Unavailable before that, when it knows nobody yet.
        """
        if not token.startswith(PREFIX):
            return None
        async with self._database.read() as session:
            mirror = Mirror(session)
            device = await mirror.device_by(verifier_of(token))
            told = await mirror.fact(TOLD) if device is None else None
        if device is None:
            if told is None:
                raise Unavailable
            met = datetime.fromtimestamp(told["at"], UTC).isoformat()
            raise TabletUnknownHere(met_at=met, headers=CHALLENGE)
        grants = {device.assessment: frozenset({Role.ENUMERATOR})}
        return Actor(ActorKind.DEVICE, str(device.id), grants)
