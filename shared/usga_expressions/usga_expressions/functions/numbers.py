"""Numeric functions and operators over IEEE 754 doubles."""

import math
from collections.abc import Callable, Iterable


def divide(left: float, right: float) -> float:
    """Divide; by zero gives an infinity or NaN."""
    try:
        return left / right
    except ZeroDivisionError:
        if left == 0 or left != left:  # noqa: PLR0124
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """Return the remainder with the sign of the dividend."""
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


def integer(number: float) -> float:
    """Cut the fraction off."""
    return float(math.trunc(number)) if math.isfinite(number) else number


def rounded(number: float, digits: float = 0.0) -> float:
    """Round; a half goes towards positive infinity, and what is below 0 to -0 (XPath 1.0, 4.4)."""
    if not math.isfinite(number):
        return number
    return _rounded(number, digits) or math.copysign(0.0, number)


def _rounded(number: float, digits: float) -> float:
    if not digits:
        return float(math.floor(number + 0.5))
    try:
        factor = 10.0 ** abs(int(digits))
        if digits < 0:
            return math.floor(number / factor + 0.5) * factor
        return math.floor(number * factor + 0.5) / factor
    except (OverflowError, ValueError):
        return number


def ceiling(number: float) -> float:
    """Round up to a whole number."""
    if not math.isfinite(number):
        return number
    return float(math.ceil(number)) or math.copysign(0.0, number)


def floor(number: float) -> float:
    """Round down to a whole number."""
    return float(math.floor(number)) if math.isfinite(number) else number


def total(numbers: Iterable[float]) -> float:
    """Add from left to right, as the engines do."""
    result = 0.0
    for number in numbers:
        result += number
    return result


def smallest(numbers: Iterable[float]) -> float:
    """Return the least; NaN when there is none or one of them is NaN."""
    return _extreme(numbers, min)


def largest(numbers: Iterable[float]) -> float:
    """Return the greatest; NaN when there is none or one of them is NaN."""
    return _extreme(numbers, max)


def known(numbers: Iterable[float]) -> list[float]:
    """Leave NaN out, as JavaRosa does in sums, minima and maxima."""
    return [number for number in numbers if number == number]  # noqa: PLR0124


def _extreme(numbers: Iterable[float], choose: Callable[[list[float]], float]) -> float:
    values = list(numbers)
    if not values or any(value != value for value in values):  # noqa: PLR0124
        return math.nan
    return choose(values)


def power(base: float, exponent: float) -> float:
    """Raise to a power; NaN where there is no real result."""
    try:
        result = base**exponent
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return result if isinstance(result, float) else math.nan


def _safe(function: Callable[[float], float]) -> Callable[[float], float]:
    def call(number: float) -> float:
        try:
            return function(number)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return call


def logarithm(number: float) -> float:
    """Natural logarithm; minus infinity at 0, NaN below."""
    return -math.inf if number == 0 else _log(number)


def decimal_logarithm(number: float) -> float:
    """Logarithm to base 10; minus infinity at 0, NaN below."""
    return -math.inf if number == 0 else _log10(number)


_log = _safe(math.log)
_log10 = _safe(math.log10)
square_root = _safe(math.sqrt)
exponential = _safe(math.exp)
decimal_exponential = _safe(lambda number: 10.0**number)
sine = _safe(math.sin)
cosine = _safe(math.cos)
tangent = _safe(math.tan)
arcsine = _safe(math.asin)
arccosine = _safe(math.acos)
arctangent = _safe(math.atan)
