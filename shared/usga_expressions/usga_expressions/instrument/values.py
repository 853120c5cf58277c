"""From a JSON answer to the text and number that expressions see, by the question's type."""

import math
from collections.abc import Callable
from datetime import UTC

from usga_expressions.coercion import number_text, text_number
from usga_expressions.moments import is_date, is_time, parse_moment

#: The text, the number (NaN when it is none) and whether the value fits the type.
Normal = tuple[str, float, bool]
NAN = math.nan
MAX_TEXT = 100_000
LARGEST = 2**63
_LATITUDE, _LONGITUDE = 90.0, 180.0
_POINT = (2, 3, 4)


def number(value: object) -> Normal:
    """Take a JSON number of bounded size."""
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return str(value), float(value), True
    if type(value) is float and math.isfinite(value):
        return number_text(value), value, True
    return _wrong(value)


def integer(value: object) -> Normal:
    """Take a JSON number without a fraction."""
    text, found, fits = number(value)
    return text, found, fits and found == int(found)


def text(value: object) -> Normal:
    """A text of bounded length."""
    if type(value) is str and len(value) <= MAX_TEXT:
        return value, NAN, True
    return _wrong(value)


def choice(value: object) -> Normal:
    """The name of a choice; whether it is offered is asked elsewhere."""
    if type(value) is str:
        return value, NAN, True
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return str(value), NAN, True
    return _wrong(value)


def choices(value: object) -> Normal:
    """Names of choices, blank-separated, each once."""
    if type(value) is not str:
        return choice(value)
    names = value.split(" ")
    return value, NAN, len(set(names)) == len(names) and "" not in names


def day(value: object) -> Normal:
    """A calendar date."""
    return (value, NAN, True) if isinstance(value, str) and is_date(value) else _wrong(value)


def clock(value: object) -> Normal:
    """A time of day."""
    return (value, NAN, True) if isinstance(value, str) and is_time(value) else _wrong(value)


def moment(value: object) -> Normal:
    """A date with a time."""
    fits = isinstance(value, str) and "T" in value and parse_moment(value, UTC) is not None
    return (str(value), NAN, True) if fits else _wrong(value)


def point(value: object) -> Normal:
    """A text `lat lon alt acc` with degrees in range."""
    return (value, NAN, True) if isinstance(value, str) and _is_point(value) else _wrong(value)


def line(value: object) -> Normal:
    """Points separated by semicolons."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return _wrong(value)
    parts = [part for part in value.split(";") if part.strip()]
    return (value, NAN, True) if parts and all(map(_is_point, parts)) else _wrong(value)


def file(value: object) -> Normal:
    """The name of an attachment, without a path."""
    fits = isinstance(value, str) and 0 < len(value) <= 255 and not set(value) & set("/\\\0")  # noqa: PLR2004
    return (str(value), NAN, True) if fits else _wrong(value)


def scalar(value: object) -> Normal:
    """Text, number or boolean: what a calculate may hold."""
    if type(value) is str:
        return value, text_number(value), len(value) <= MAX_TEXT
    if type(value) is bool:
        return ("true" if value else "false"), NAN, True
    return number(value)


def _is_point(value: str) -> bool:
    numbers = [text_number(part) for part in value.split()]
    if len(numbers) not in _POINT or any(math.isnan(found) for found in numbers):
        return False
    return abs(numbers[0]) <= _LATITUDE and abs(numbers[1]) <= _LONGITUDE


def _wrong(value: object) -> Normal:
    if isinstance(value, str):
        return value, text_number(value), False
    return "", NAN, False


NORMALISERS: dict[str, Callable[[object], Normal]] = {
    "integer": integer,
    "int": integer,
    "decimal": number,
    "range": number,
    "select_one": choice,
    "select_one_from_file": choice,
    "select_multiple": choices,
    "select_multiple_from_file": choices,
    "rank": choices,
    "date": day,
    "today": day,
    "time": clock,
    "dateTime": moment,
    "datetime": moment,
    "start": moment,
    "end": moment,
    "geopoint": point,
    "geotrace": line,
    "geoshape": line,
    "image": file,
    "audio": file,
    "video": file,
    "file": file,
    "calculate": scalar,
    "hidden": scalar,
}


def normaliser(type_: str) -> Callable[[object], Normal]:
    """Return the function for a question type; unknown types hold text."""
    return NORMALISERS.get(type_, text)
