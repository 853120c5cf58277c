"""Date functions; a date is ISO 8601 text, in the zone of the environment."""

import math
from datetime import UTC

from usga_expressions.coercion import text_number
from usga_expressions.environment import Environment
from usga_expressions.moments import (
    days_of,
    format_moment,
    moment_of_days,
    moment_text,
    parse_time,
)


def number(environment: Environment, text: str) -> float:
    """Read text as a number, else as the days of a date or moment, else NaN."""
    found = text_number(text)
    return found if found == found else environment.days(text)  # noqa: PLR0124


def date_of_text(environment: Environment, text: str) -> str:
    """Return the local calendar date of a date, a moment or a number in text; empty for others."""
    moment = environment.moment(text)
    if moment is None:
        days = text_number(text)
        return date_of_number(environment, days)
    return moment.astimezone(environment.zone).date().isoformat()


def date_of_number(environment: Environment, days: float) -> str:
    """Return the local calendar date of a number of days; empty for NaN."""
    if math.isnan(days):
        return ""
    moment = moment_of_days(days, UTC if environment.whole_days else environment.zone)
    return "" if moment is None else moment.date().isoformat()


def date_of(environment: Environment, value: object) -> str:
    """Convert as date() does, from text or a number of days."""
    if isinstance(value, str):
        return date_of_text(environment, value)
    return date_of_number(
        environment, float(value) if isinstance(value, (int, float)) else math.nan
    )


def date_time_of(environment: Environment, value: object) -> str:
    """Convert as date-time() does, from text or a number of days, to a local moment."""
    if isinstance(value, str):
        moment = environment.moment(value)
        if moment is None:
            value = text_number(value)
        else:
            return moment_text(moment.astimezone(environment.zone))
    days = float(value) if isinstance(value, (int, float)) else math.nan
    moment = None if math.isnan(days) else moment_of_days(days, environment.zone)
    return "" if moment is None else moment_text(moment)


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
    moment = environment.moment(text)
    if moment is None:
        days = text_number(text)
        moment = None if math.isnan(days) else moment_of_days(days, environment.zone)
    return "" if moment is None else format_moment(moment.astimezone(environment.zone), pattern)
