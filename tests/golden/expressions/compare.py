"""When a result counts as the expected one."""

import math
import re
from datetime import datetime
from typing import Any

_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NUMBER = re.compile(r"\s*-?(\d+\.?\d*|\.\d+)\s*")
_DATED = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")


def number(value: Any) -> float | None:
    """The number that a JSON value stands for."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        found = _SPECIAL.get(value)
        return float(value) if found is None and _NUMBER.fullmatch(value) else found
    return float(value)


def close(one: float, other: float, tolerance: dict[str, float] | None = None) -> bool:
    """Equal within the tolerance; NaN equals NaN."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other):
        return one == other
    limits = tolerance or {"rel": 1e-9, "abs": 1e-9}
    return abs(one - other) <= limits["abs"] + limits["rel"] * max(abs(one), abs(other))


def same_value(case: dict[str, Any], result: Any) -> bool:
    """A case's result is the expected one."""
    expected, kind = case["expected"], case["expected_type"]
    if kind == "error":
        return result in (None, "") or isinstance(result, dict)
    if kind == "number":
        one, other = number(expected), number(result)
        return one is not None and other is not None and close(one, other, case.get("tolerance"))
    return type(expected) is type(result) and expected == result


def same_text(expected: Any, result: str) -> bool:
    """A node's text is the expected one, as engines write it."""
    if expected == result or {expected, result} in ({"true", "1"}, {"false", "0"}):
        return True
    one, other = number(expected), number(result)
    if one is not None and other is not None:
        return close(one, other)
    parts = [[number(part) for part in re.split(r"[;\s]+", text)] for text in (expected, result)]
    if len(parts[0]) == len(parts[1]) > 1 and None not in parts[0] + parts[1]:
        return all(close(a, b) for a, b in zip(*parts, strict=True) if a and b)
    if _DATED.fullmatch(expected) and _DATED.fullmatch(result):
        return _moment(expected) == _moment(result)
    return False


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
