"""Date functions; a date is ISO 8601 text, in the zone of the environment."""

import math
import re
from datetime import UTC, time

from usga_expressions.coercion import text_number
from usga_expressions.environment import Environment
from usga_expressions.moments import (
    days_of,
    format_moment,
    moment_of_days,
    moment_text,
    parse_time,
)

_SHORT = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(T.*)?", re.ASCII)


def number(environment: Environment, text: str) -> float:
    """Read text as a number, else as the days of a date or moment, else NaN."""
    found = text_number(text)
    return found if found == found else environment.days(text)  # noqa: PLR0124


def date_of_text(environment: Environment, text: str) -> str:
    """Return the local calendar date of a date or a moment; empty for other text."""
    moment = environment.moment(padded(text))
    return "" if moment is None else moment.astimezone(environment.zone).date().isoformat()


def date_of_number(environment: Environment, days: float) -> str:
    """Return the local calendar date of a number of days; empty for NaN."""
    if math.isnan(days):
        return ""
    moment = moment_of_days(days, UTC if environment.whole_days else environment.zone)
    return "" if moment is None else moment.date().isoformat()


def date_of(environment: Environment, value: object) -> str:
    """Convert as date() does, from text or a number of days; empty for a boolean."""
    if isinstance(value, str):
        return date_of_text(environment, value)
    return date_of_number(environment, _days(value))


def date_time_of(environment: Environment, value: object) -> str:
    """Convert as date-time() does, from text or a number of days, to a local moment.

    A local midnight is written as a date, as every engine does.
    """
    if isinstance(value, str):
        moment = environment.moment(padded(value))
    else:
        days = _days(value)
        moment = None if math.isnan(days) else moment_of_days(days, environment.zone)
    if moment is None:
        return ""
    local = moment.astimezone(environment.zone)
    return local.date().isoformat() if local.time() == time() else moment_text(local)


def _days(value: object) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if known else math.nan  # type: ignore[arg-type]


def days_or_text(text: str) -> float | str:
    """Return the number that a calculated text is, else the text."""
    found = text_number(text)
    return text if math.isnan(found) else found


def padded(text: str) -> str:
    """Return a date that was written without leading noughts with them; other text as it is."""
    match = _SHORT.fullmatch(text)
    return text if match is None else f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}{match[4] or ''}"


def today(environment: Environment) -> str:
    """Return the local date of the environment's clock."""
    return environment.now.astimezone(environment.zone).date().isoformat()


def now(environment: Environment) -> str:
    """Return the local moment of the environment's clock."""
    return moment_text(environment.now.astimezone(environment.zone))


def decimal_date_time(environment: Environment, text: str) -> float:
    """Return a date or moment as days since 1970-01-01 in UTC."""
    return days_of(text, environment.zone)


def decimal_time(environment: Environment, text: str) -> float:
    """Return the fraction of the day in the local zone; NaN for what is no time."""
    parsed = parse_time(text)
    if parsed is None:
        return math.nan
    moment, offset = parsed
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    if offset is not None:
        local = environment.now.astimezone(environment.zone).utcoffset()
        seconds += (local.total_seconds() if local else 0.0) - offset.total_seconds()
    return (seconds / 86_400.0) % 1.0


def format_date(environment: Environment, text: str, pattern: str) -> str:
    """Write a date or moment by a pattern; empty for what is neither."""
    moment = environment.moment(padded(text))
    if moment is None:
        days = text_number(text)
        moment = None if math.isnan(days) else moment_of_days(days, environment.zone)
    return "" if moment is None else format_moment(moment.astimezone(environment.zone), pattern)
