"""Publish releases when their embargo is over."""

import asyncio
import logging

from usga_shared.clock import Clock
from usga_shared.database.engine import Database

from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.move_release import lift_embargoes
from usga_indicators.storage.extract_files import ExtractFiles

_log = logging.getLogger("usga.indicators.releases")


async def keep_embargoes(
    database: Database,
    known: KnownDefinitions,
    files: ExtractFiles,
    clock: Clock,
    *,
    seconds: float,
) -> None:
    """Look every `seconds`, until cancelled: never before the moment, soon after it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await lift_embargoes(database, known=known, files=files, clock=clock)
        except Exception:  # noqa: BLE001 -- the next look may succeed; silence is in the log
            _log.exception("embargoes_not_looked_at")
