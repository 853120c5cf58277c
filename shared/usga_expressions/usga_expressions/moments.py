"""Dates and times as text, as instants and as days since 1970-01-01."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

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
    shift = _offset(match[1])
    return timezone(shift) if abs(shift) <= _FARTHEST else None


def moment_text(moment: datetime) -> str:
    """Write a moment as forms do: milliseconds and offset."""
    return moment.isoformat(timespec="milliseconds")


def format_moment(moment: datetime, pattern: str) -> str:
    """Write a moment by the letters that ODK documents; others stay as they are."""
    parts = {
        "Y": f"{moment.year:04d}",
        "y": f"{moment.year % 100:02d}",
        "m": f"{moment.month:02d}",
        "n": str(moment.month),
        "b": _MONTHS[moment.month - 1],
        "d": f"{moment.day:02d}",
        "e": str(moment.day),
        "H": f"{moment.hour:02d}",
        "h": str(moment.hour),
        "M": f"{moment.minute:02d}",
        "S": f"{moment.second:02d}",
        "3": f"{moment.microsecond // 1000:03d}",
        "a": _WEEKDAYS[moment.weekday()],
        "%": "%",
    }
    return re.sub(r"%(.)", lambda m: parts.get(m[1], m[0]), pattern)


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
