"""Which definitions an assessment computes: the shipped ones, and its own."""

from collections.abc import Sequence

from usga_shared.database.engine import Database

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition.loader import definition_of
from usga_indicators.storage.definitions import Definitions, Stored


def read(stored: Stored) -> Definition:
    """The definition of a stored version."""
    return definition_of(stored.content, f"{stored.code} {stored.version}")


class KnownDefinitions:
    """Shipped definitions with an assessment's own."""

    def __init__(self, database: Database, shipped: Sequence[Definition]) -> None:
        self._database, self.shipped = database, tuple(shipped)

    async def computed(self, assessment: str) -> list[Definition]:
        """What a release computes: of its own the version published last of each code."""
        own = {s.code: s for s in await self._by_publication(assessment)}
        return [*self.shipped, *(read(s) for _, s in sorted(own.items()))]

    async def asked(self, assessment: str) -> list[Definition]:
        """What an extract must be able to answer: drafts and older versions too."""
        async with self._database.read() as session:
            own = await Definitions(session).all(assessment)
        return [*self.shipped, *(read(s) for s in own)]

    async def published(self, assessment: str) -> list[Definition]:
        """Every version that a release of the assessment may rest on."""
        return [*self.shipped, *(read(s) for s in await self._by_publication(assessment))]

    async def _by_publication(self, assessment: str) -> list[Stored]:
        async with self._database.read() as session:
            own = await Definitions(session).all(assessment)
        return sorted((s for s in own if s.published_at), key=lambda s: str(s.published_at))
