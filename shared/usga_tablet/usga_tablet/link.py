"""The way to a server: patient with bad links, and deaf to whoever is not our server."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx

from usga_tablet.answers import (
    TIMEOUT,
    Shape,
    exchange,
    mapping,
    number_of,
    problem,
    slug,
    told,
)
from usga_tablet.outbox import QUEUED, Outbox
from usga_tablet.refused_files import RefusedFile

__all__ = [
    "CLIENT", "TIMEOUT", "CodingRefused", "CursorRefused", "Link", "NotOffered", "Outdated",
    "Patience", "SyncReport", "SyncStopped", "TooLarge", "UnknownHere", "is_final",
    "is_to_be_wiped", "reason", "refusal", "retry_after",
]  # fmt: skip

CLIENT = "usga-tablet/0.1.0"
_MOST_TOLD = 5
_LONGEST_WAIT = 300


class SyncStopped(Exception):
    """Going on makes no sense now: revoked, or patience is over. The queue is kept."""


class CursorRefused(SyncStopped):
    """The server does not know this cursor (any more)."""


class CodingRefused(SyncStopped):
    """The server cannot undo this coding, or does not know its dictionary."""


class Outdated(SyncStopped):
    """The server gives this version of the app nothing new; what was finished it still takes."""


class NotOffered(SyncStopped):
    """The server does not have what was asked for: it is of an earlier version."""


class UnknownHere(SyncStopped):
    """A hub does not know this tablet yet: it has not met the centre since. Try it again later."""


class TooLarge(SyncStopped):
    """The server takes no batch of this size; `fits` is how many of it do, if it said so."""

    def __init__(self, reason: str, fits: int | None = None) -> None:
        super().__init__(reason)
        self.fits = fits


@dataclass(slots=True)
class SyncReport:
    """What one sync did, for the screen and for tests."""

    sent: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    retries: int = 0
    pulled: int = 0
    bytes_sent: int = 0
    refused_files: list[RefusedFile] = field(default_factory=list)
    """Files of the interviews that were sent for which no upload will be taken."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential back-off with full jitter; bounded in tries."""

    tries: int = 8
    first: float = 0.5
    longest: float = 60.0

    def pause(self, attempt: int, rng: random.Random) -> float:
        """Seconds to wait before the try after `attempt` (1, 2, ...)."""
        return rng.uniform(0, min(self.longest, self.first * 2 ** (attempt - 1)))


def _seconds(date: str) -> int | None:
    """A header's time in seconds since the epoch, if it is one."""
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


class Link:
    """A tablet's exchanges with one server, on behalf of its outbox."""

    def __init__(
        self,
        outbox: Outbox,
        http: httpx.AsyncClient,
        *,
        rng: random.Random,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.outbox, self._now = outbox, now
        self._http, self._rng, self._sleep = http, rng, sleep
        self._patience = patience or Patience()
        self._server_time: int | None = None
        self.language = self.outbox.setting("language") or "en"
        """In which refusals are told to the person who holds the tablet."""

    def _credential(self) -> str:
        """What is shown to the server."""
        return self.outbox.setting("token") or ""

    def _told_to_wipe(self) -> None:
        """The server says that this tablet is to forget."""
        self.outbox.wipe()

    async def _json(
        self, method: str, path: str, report: SyncReport, *, wants: Shape, **options: Any
    ) -> dict[str, Any]:
        """One exchange, tried until an answer of our server comes; captive portals are silence.

        `wants` is the shape without which a JSON object is somebody else's answer.
        """
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            **options.pop("headers", {}),
        }
        for attempt in range(1, self._patience.tries + 1):
            after: float | None = None
            response = await exchange(self._http, method, path, headers=headers, **options)
            if response is not None:
                answer = told(response, wants)
                if answer is not None:
                    self._server_time = _seconds(response.headers.get("date", ""))
                    return answer
                if is_final(response):
                    if is_to_be_wiped(response):
                        self._told_to_wipe()
                    raise refusal(response)
                after = retry_after(response)
            await self._wait(attempt, report, after)
        raise SyncStopped("no answer from the server; what is queued is kept")

    def _headers(self) -> dict[str, str]:
        """Who asks, and what it tells of itself (P-67)."""
        shown = self._credential()
        return {
            **({"Authorization": f"Bearer {shown}"} if shown else {}),
            "Accept-Language": self.language,
            "USGA-Client": CLIENT,
            "USGA-Unsent": str(self.outbox.counts().get(QUEUED, 0)),
            "Date": format_datetime(self._now(), usegmt=True),
        }

    async def _wait(self, attempt: int, report: SyncReport, after: float | None) -> None:
        report.retries += 1
        pause = self._patience.pause(attempt, self._rng)
        await self._sleep(pause if after is None else after + pause)


def is_final(response: httpx.Response) -> bool:
    """Whether the server refuses for good; what is busy or broken is asked again."""
    again = {429, 500, 502, 503, 504}
    return problem(response) is not None and response.status_code not in again


def retry_after(response: httpx.Response) -> float | None:
    """The pause that the server asks for, within reason."""
    value = response.headers.get("retry-after", "")
    if not (value.isascii() and value.isdigit()):
        return None
    known = number_of(value, most=_LONGEST_WAIT)
    return float(_LONGEST_WAIT if known is None else known)


def refusal(response: httpx.Response) -> SyncStopped:
    """The refusal as what a tablet does about it."""
    document = problem(response) or {"type": ""}
    kind = slug(document)
    if kind in {"content-too-large", "batch-too-long"}:
        fits = document.get("fits")
        return TooLarge(reason(response), fits if type(fits) is int else None)
    known = {
        "invalid-cursor": CursorRefused,
        "unknown-dictionary": CodingRefused,
        "unsupported-media": CodingRefused,
        "client-outdated": Outdated,
        "not-found": NotOffered,
        "tablet-unknown-here": UnknownHere,
    }
    return known.get(kind, SyncStopped)(reason(response))


def is_to_be_wiped(response: httpx.Response) -> bool:
    """Whether a revoked tablet is told to forget: its credential opens nothing else any more."""
    document = problem(response)
    return (
        document is not None
        and response.status_code == httpx.codes.UNAUTHORIZED
        and slug(document) == "invalid-credential"
        and document.get("wipe") is True
    )


def reason(response: httpx.Response) -> str:
    """Why the server did not do it, in its words: of a wrong field, which and how."""
    document = problem(response)
    if document is None:
        return f"the server answered {response.status_code}"
    errors = document.get("errors")
    fields = [
        f"{str(error.get('pointer', '')).lstrip('/')}: {error.get('message')}"
        for error in (errors[:_MOST_TOLD] if isinstance(errors, list) else [])
        if mapping(error)
    ]
    return "; ".join([f"{document.get('title')}: {document.get('detail')}", *fields])
