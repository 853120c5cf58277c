"""The way to a server: patient with bad links, and deaf to whoever is not our server."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx
import orjson

from usga_tablet.outbox import QUEUED, Outbox

PROBLEM = "application/problem+json"
CLIENT = "usga-tablet/0.1.0"
TIMEOUT = httpx.Timeout(120.0, connect=20.0)
_MOST_TOLD = 5


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
    except (ValueError, OverflowError):
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

    def _credential(self) -> str:
        """What is shown to the server."""
        return self.outbox.setting("token") or ""

    def _told_to_wipe(self) -> None:
        """The server says that this tablet is to forget."""
        self.outbox.wipe()

    async def _json(
        self, method: str, path: str, report: SyncReport, *, wants: set[str], **options: Any
    ) -> dict[str, Any]:
        """One exchange, tried until an answer of our server comes; captive portals are silence.

        `wants` are the members without which a JSON object is somebody else's answer.
        """
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            **options.pop("headers", {}),
        }
        for attempt in range(1, self._patience.tries + 1):
            after: float | None = None
            try:
                response = await self._http.request(
                    method, path, headers=headers, timeout=TIMEOUT, **options
                )
            except httpx.TransportError:
                response = None
            if response is not None:
                if response.is_success and media_type(response) == "application/json":
                    answer = parsed(response)
                    if answer is not None and wants <= answer.keys():
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
            "USGA-Client": CLIENT,
            "USGA-Unsent": str(self.outbox.counts().get(QUEUED, 0)),
            "Date": format_datetime(self._now(), usegmt=True),
        }

    async def _wait(self, attempt: int, report: SyncReport, after: float | None) -> None:
        report.retries += 1
        pause = self._patience.pause(attempt, self._rng)
        await self._sleep(pause if after is None else after + pause)


def media_type(response: httpx.Response) -> str:
    """The type of an answer without its parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0]


def is_final(response: httpx.Response) -> bool:
    """Whether the server refuses for good; what is busy or broken is asked again."""
    again = {429, 500, 502, 503, 504}
    return media_type(response) == PROBLEM and response.status_code not in again


def parsed(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, or None."""
    try:
        value = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def retry_after(response: httpx.Response) -> float | None:
    """The pause that the server asks for, within reason."""
    value = response.headers.get("retry-after", "")
    return min(float(value), 300.0) if value.isdigit() else None


def refusal(response: httpx.Response) -> SyncStopped:
    """The refusal as what a tablet does about it."""
    kind = str((parsed(response) or {}).get("type", "")).rpartition("/")[2]
    if kind in {"content-too-large", "batch-too-long"}:
        fits = (parsed(response) or {}).get("fits")
        return TooLarge(reason(response), fits if type(fits) is int else None)
    known = {
        "invalid-cursor": CursorRefused,
        "unknown-dictionary": CodingRefused,
        "unsupported-media": CodingRefused,
        "client-outdated": Outdated,
        "not-found": NotOffered,
    }
    return known.get(kind, SyncStopped)(reason(response))


def is_to_be_wiped(response: httpx.Response) -> bool:
    """Whether a revoked tablet is told to forget: its credential opens nothing else any more."""
    document = parsed(response) or {}
    kind = str(document.get("type", "")).rpartition("/")[2]
    return kind == "invalid-credential" and document.get("wipe") is True


def reason(response: httpx.Response) -> str:
    """Why the server did not do it, in its words: of a wrong field, which and how."""
    if response.headers.get("content-type", "").startswith(PROBLEM):
        document = parsed(response) or {}
        fields = [
            f"{error.get('pointer', '').lstrip('/')}: {error.get('message')}"
            for error in document.get("errors", [])[:_MOST_TOLD]
        ]
        return "; ".join([f"{document.get('title')}: {document.get('detail')}", *fields])
    return f"the server answered {response.status_code}"
