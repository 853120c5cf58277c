"""A report outlives no retraction: its release is asked about before a file is handed out."""

import asyncio
from typing import Protocol

from usga_shared.clients.base import UpstreamError
from usga_shared.problems import ReleaseRetracted
from usga_shared.wire.release import ReleaseStanding

_PATIENCE = 1.0
"""Seconds for an answer: files of releases that stand are given while indicators is down."""


class Releases(Protocol):
    """Where releases are looked up."""

    async def release(self, release: str) -> ReleaseStanding: ...


def refuse_retracted(standing: ReleaseStanding) -> None:
    """Raise ReleaseRetracted for a release that was taken back."""
    gone = standing.retraction
    if gone is not None:
        raise ReleaseRetracted(
            release=standing.id,
            since=gone.at.isoformat().replace("+00:00", "Z"),
            reason=gone.reason.value,
            because=gone.text,
            use_instead=standing.use_instead,
        )


class Known(Protocol):
    """Retractions that were heard of."""

    def get(self, release: str) -> ReleaseStanding | None: ...
    def put(self, standing: ReleaseStanding) -> None: ...


class Standings:
    """How releases stand; a retraction that was heard of is not forgotten."""

    def __init__(self, releases: Releases, known: Known) -> None:
        self._releases, self._known = releases, known

    async def check(self, release: str) -> None:
        """Raise ReleaseRetracted; where nobody answers, what was heard last counts."""
        try:
            async with asyncio.timeout(_PATIENCE):
                standing = await self._releases.release(release)
        except (UpstreamError, TimeoutError):
            known = await asyncio.to_thread(self._known.get, release)
            if known is not None:
                refuse_retracted(known)
            return
        if standing.retraction is not None:
            await asyncio.to_thread(self._known.put, standing)
        refuse_retracted(standing)
