"""What a tablet tells of itself with a sync, in headers that it may leave out (P-67)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_CLIENT = re.compile(r"[A-Za-z0-9._-]{1,40}/[A-Za-z0-9._+-]{1,32}\Z")
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """The last word of a tablet: nothing is decided by it."""

    at: datetime
    client: str
    unsent: int | None
    clock_skew: float | None
    """Seconds by which its clock is ahead."""

    @classmethod
    def of(cls, headers: Mapping[str, str], now: datetime) -> "DeviceReport | None":
        """Read the headers; None for a client that does not say what it is."""
        client = headers.get("usga-client", "")
        if not _CLIENT.match(client):
            return None
        unsent = headers.get("usga-unsent", "")
        known = unsent.isascii() and unsent.isdigit() and len(unsent) <= _MOST_DIGITS
        return cls(now, client, int(unsent) if known else None, _skew(headers.get("date"), now))


def _skew(date: str | None, now: datetime) -> float | None:
    if not date:
        return None
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return round((told - now).total_seconds())
