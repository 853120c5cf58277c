"""Tablets at a hub: known by what they show to this hub alone."""

from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.database.engine import Database

from usga_assessment.domain.hub.courier import PREFIX, verifier_of
from usga_assessment.storage.hub.mirror import Mirror


class TabletsAtHub:
    """Finds the tablet of a credential among those that the centre named to this hub."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def authenticate(self, token: str) -> Actor | None:
        """The tablet; None for everybody else, a token of the centre included."""
        if not token.startswith(PREFIX):
            return None
        async with self._database.read() as session:
            device = await Mirror(session).device_by(verifier_of(token))
        if device is None:
            return None
        grants = {device.assessment: frozenset({Role.ENUMERATOR})}
        return Actor(ActorKind.DEVICE, str(device.id), grants)
