"""Values of a parsed document, checked: the place of what is wrong is a path into it."""

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from usga_indicators.cli.inputs.errors import InputError

#: Larger numbers lose whole units in sums of floating-point numbers.
LARGEST = 1e15


def reject_unless(holds: object, place: str, message: str, *, code: str = "input-invalid") -> None:
    """Raise InputError unless `holds`."""
    if not holds:
        raise InputError(place, message, code=code)


def member(record: Any, name: str, *, place: str = "") -> Any:
    """A member that must be there."""
    reject_unless(isinstance(record, Mapping), place, "must be an object")
    joint = f"{place}.{name}" if place else name
    reject_unless(record.get(name) is not None, joint, "is missing", code="missing")
    return record[name]


def optional(record: Mapping[str, Any], name: str, default: Any) -> Any:
    """A member, or its default where absent or null."""
    found = record.get(name)
    return default if found is None else found


def listed(value: Any, place: str, *, least: int = 0, most: int) -> list[Any]:
    """A list of a stated size."""
    reject_unless(isinstance(value, list), place, "must be a list")
    reject_unless(
        least <= len(value) <= most, place, f"has {len(value)} entries, not {least} to {most}"
    )
    return list(value)


def number(value: Any, place: str, *, least: float = -LARGEST, most: float = LARGEST) -> float:
    """A finite number within limits."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    reject_unless(is_number, place, "must be a number", code="not-a-number")
    reject_unless(
        not isinstance(value, float) or isfinite(value), place, "is not finite", code="not-finite"
    )
    if value < least and least == 0:
        raise InputError(place, "is negative", code="negative")
    reject_unless(
        least <= value <= most, place, f"is not within {least:g} and {most:g}", code="out-of-range"
    )
    return float(value)


def numbers(value: Any, place: str, *, least: float = -LARGEST, most_entries: int) -> list[float]:
    """A list of finite numbers."""
    found = listed(value, place, most=most_entries)
    return [number(v, f"{place}[{at}]", least=least) for at, v in enumerate(found)]


def integer(value: Any, place: str, *, least: int, most: int) -> int:
    """A whole number within limits."""
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    reject_unless(is_integer, place, "must be a whole number", code="not-a-number")
    reject_unless(
        least <= value <= most, place, f"is not within {least} and {most}", code="out-of-range"
    )
    return int(value)


def integers(value: Any, place: str, *, least: int, most: int, most_entries: int) -> list[int]:
    """A list of whole numbers within limits."""
    found = listed(value, place, most=most_entries)
    return [integer(v, f"{place}[{at}]", least=least, most=most) for at, v in enumerate(found)]


def word(value: Any, place: str, known: Collection[str]) -> str:
    """One word of a list of words."""
    reject_unless(
        isinstance(value, str) and value in known,
        place,
        f"must be one of {', '.join(sorted(known))}",
        code="unknown",
    )
    return str(value)
