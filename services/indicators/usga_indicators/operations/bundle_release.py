"""All that a report needs of a release, as bytes that do not change."""

import orjson
from usga_shared.problems import NotFound

from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Releases


async def bundle_release(releases: Releases, observations: Observations, release: str) -> bytes:
    """The bundle of `wire.release.ReleaseBundle`; keys sorted, observations as published.

    Raises NotFound, ReleaseRetracted.
    """
    found = await releases.any(release)
    if found is None:
        raise NotFound
    await releases.refuse_retracted(found)
    cells = ",".join(text for _, text in await observations.published(Selection(release)))
    return b'{"context":%s,"corrected_by":%s,"indicators":%s,"observations":[%s],"release":%s}' % (
        orjson.dumps(found.context, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(await releases.corrections(release)),
        orjson.dumps(found.indicators, option=orjson.OPT_SORT_KEYS),
        cells.encode(),
        orjson.dumps(found.view.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS),
    )
