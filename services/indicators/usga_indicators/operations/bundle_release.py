"""All that a report needs of a release, as bytes that do not change."""

import orjson
from usga_shared.problems import NotFound

from usga_indicators.operations.withhold import of_s3
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Releases


async def bundle_release(
    releases: Releases, observations: Observations, release: str, *, s3: bool = True
) -> bytes:
    """The bundle of `wire.release.ReleaseBundle`; keys sorted, observations as published.

    Without `s3` indicators of S3 answers are left out, and named: for reports that people read
    who do not read such cells before they are published (ADR-0063).

    Raises NotFound, ReleaseRetracted.
    """
    found = await releases.any(release)
    if found is None:
        raise NotFound
    await releases.refuse_retracted(found)
    without = () if s3 else of_s3(found)
    chosen = Selection(release, without=without)
    cells = ",".join(text for _, text in await observations.published(chosen))
    left = [i for i in found.indicators if i["code"] not in without]
    named = b"" if s3 else b',"withheld":' + orjson.dumps(without)
    form = b'{"context":%s,"corrected_by":%s,"indicators":%s,"observations":[%s],"release":%s%s}'
    return form % (
        orjson.dumps(found.context, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(await releases.corrections(release)),
        orjson.dumps(left, option=orjson.OPT_SORT_KEYS),
        cells.encode(),
        orjson.dumps(found.view.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS),
        named,
    )
