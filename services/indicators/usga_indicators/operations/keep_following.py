"""Follow the feeds in the background, so that what was withdrawn leaves soon (rule C-02)."""

import asyncio
import logging
from collections.abc import Sequence

from usga_shared.clients.base import UpstreamError
from usga_shared.database.engine import Database
from usga_shared.problems import Conflict

from usga_indicators.domain.definition import Definition
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.storage.extracts import Extracts

_log = logging.getLogger("usga.indicators.feed")


async def keep_following(
    follower: FeedFollower,
    database: Database,
    definitions: Sequence[Definition],
    *,
    seconds: float,
) -> None:
    """Every `seconds`, until cancelled; whatever fails is tried again the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await follow_every(follower, database, definitions)
        except Exception:  # noqa: BLE001 -- the next look may succeed; silence is in the log
            _log.exception("feed_not_followed")


async def follow_every(
    follower: FeedFollower, database: Database, definitions: Sequence[Definition]
) -> None:
    """Bring every extract that exists up to date; what cannot be waits for the next time."""
    known = KnownDefinitions(database, definitions)
    async with database.read() as session:
        assessments = await Extracts(session).assessments()
    for assessment in assessments:
        try:
            await follower.keep_up(assessment, await known.asked(assessment))
        except UpstreamError as error:
            _log.warning("feed_unreachable", extra={"assessment": assessment, "kind": error.slug})
        except Conflict:
            _log.info("feed_followed_elsewhere", extra={"assessment": assessment})
        except Exception:  # noqa: BLE001 - a broken one must not keep others from forgetting
            _log.exception("feed_not_followed", extra={"assessment": assessment})
