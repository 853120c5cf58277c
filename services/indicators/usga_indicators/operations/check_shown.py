"""What a stored release shows, held against the rules of today."""

import asyncio
from collections.abc import Sequence

import orjson
from usga_shared.database.engine import Database

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.publication.standing import is_at_risk
from usga_indicators.storage.observations import Observations, StoredCell


async def shown_at_risk(
    database: Database, release: str, definitions: Sequence[Definition]
) -> int:
    """How many cells are shown that the rules hide by their own numbers."""
    async with database.read() as session:
        cells = await Observations(session).whole(release)
    return await asyncio.to_thread(_at_risk, cells, definitions)


def _at_risk(cells: Sequence[StoredCell], definitions: Sequence[Definition]) -> int:
    by_code = {each.code: each for each in definitions}
    return sum(
        orjson.loads(cell.published)["obs_value"] is not None
        and cell.indicator in by_code
        and is_at_risk(by_code[cell.indicator], cell.internal)
        for cell in cells
    )
