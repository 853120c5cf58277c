"""Dates and times as text, as instants and as days since 1970-01-01."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([+-]\d\d(?::?\d\d)?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400.0
_DATE_LENGTH = len("2024-02-29")
_FARTHEST = timedelta(hours=14)
_FIRST_YEAR, _LAST_YEAR = 2, 9998  # a day more or less in another zone stays a date
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LETTER = re.compile(r"%(.)")
_LETTERS: dict[str, Callable[[datetime], str]] = {
    "Y": lambda moment: f"{moment.year:04d}",
    "y": lambda moment: f"{moment.year % 100:02d}",
    "m": lambda moment: f"{moment.month:02d}",
    "n": lambda moment: str(moment.month),
    "b": lambda moment: _MONTHS[moment.month - 1],
    "d": lambda moment: f"{moment.day:02d}",
    "e": lambda moment: str(moment.day),
    "H": lambda moment: f"{moment.hour:02d}",
    "h": lambda moment: str(moment.hour),
    "M": lambda moment: f"{moment.minute:02d}",
    "S": lambda moment: f"{moment.second:02d}",
    "3": lambda moment: f"{moment.microsecond // 1000:03d}",
    "a": lambda moment: _WEEKDAYS[moment.weekday()],
    "%": lambda _moment: "%",
}


def is_date(text: str) -> bool:
    """Tell whether the text is a calendar date."""
    return _plain_date(text) is not None


def is_time(text: str) -> bool:
    """Tell whether the text is a time of day, with or without an offset."""
    return parse_time(text.removesuffix("Z")) is not None


def parse_moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a date (its local midnight) or a date with time; None when it is neither."""
    if len(text) == _DATE_LENGTH:
        day = _plain_date(text)
        return None if day is None else datetime.combine(day, time(), zone)
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    offset = moment.utcoffset()
    if offset is None:
        return moment.replace(tzinfo=zone)
    return moment if abs(offset) <= _FARTHEST else None


def parse_time(text: str) -> tuple[time, timedelta | None] | None:
    """Read a time of day and its offset; a time in UTC without digits (`Z`) is not read."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, offset = match.groups()
    try:
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        moment = time(int(hour), int(minute), int(second or 0), micro)
    except ValueError:
        return None
    return moment, None if offset is None else _offset(offset)


def days_of(text: str, zone: tzinfo) -> float:
    """Return the days since 1970-01-01T00:00Z of a date or moment, NaN for other text."""
    moment = parse_moment(text, zone)
    if moment is None:
        return math.nan
    return (moment - _EPOCH).total_seconds() / _DAY


def whole_days_of(text: str, zone: tzinfo) -> float:
    """Return days as JavaRosa counts them: a plain date is a whole number."""
    day = _plain_date(text)
    if day is not None:
        return float(day.toordinal() - 719_163)
    return days_of(text, zone)


def moment_of_days(days: float, zone: tzinfo) -> datetime | None:
    """Return the local moment of a number of days, None when it is out of range."""
    try:
        return (_EPOCH + timedelta(days=days)).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def offset_of(text: object) -> tzinfo | None:
    """Return the zone that a moment's text states by an offset; None for UTC without digits."""
    match = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] in (None, "Z"):
        return None
    return _zone(match[1])


@lru_cache(maxsize=256)
def _zone(offset: str) -> tzinfo | None:
    shift = _offset(offset)
    return timezone(shift) if abs(shift) <= _FARTHEST else None


def moment_text(moment: datetime) -> str:
    """Write a moment as forms do: milliseconds and offset."""
    return moment.isoformat(timespec="milliseconds")


def format_moment(moment: datetime, pattern: str) -> str:
    """Write a moment by the letters that ODK documents; others stay as they are."""
    return _LETTER.sub(lambda found: _letter(moment, found), pattern)


def _letter(moment: datetime, found: re.Match[str]) -> str:
    write = _LETTERS.get(found[1])
    return found[0] if write is None else write(moment)


def _plain_date(text: str) -> date | None:
    if _DATE.fullmatch(text) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _offset(text: str) -> timedelta:
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
