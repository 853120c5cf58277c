"""The names that generated code may use; nothing else is in its namespace."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from usga_expressions import coercion
from usga_expressions.coercion import number_boolean, value_boolean
from usga_expressions.environment import Environment
from usga_expressions.form import Scope
from usga_expressions.functions import chance, dates, geo, numbers, selects, strings


def first(texts: Sequence[str]) -> str:
    """The text of a node set: its first node's."""
    return texts[0] if texts else ""


def first_number(values: Sequence[float]) -> float:
    """The number of a node set: its first node's, NaN when there is none."""
    return values[0] if values else math.nan


def value_number(environment: Environment, value: object) -> float:
    """Convert as number() does a scalar of unknown type."""
    if isinstance(value, str):
        return dates.number(environment, value)
    return float(value) if isinstance(value, (int, float)) else math.nan


def any_equal(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Some node of one set equals some node of the other."""
    return not set(left).isdisjoint(right)


def any_differ(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Some node of one set differs from some node of the other."""
    return any(a != b for a in left for b in right)


def keep(items: Iterable[Any], test: Callable[[Any, int, int], bool]) -> list[Any]:
    """Filter by a predicate that may look at position and size."""
    found = list(items)
    size = len(found)
    return [item for at, item in enumerate(found, 1) if test(item, at, size)]


def nth(items: Sequence[Any], position: float) -> list[Any]:
    """Filter by position."""
    if not 1 <= position <= len(items) or position != int(position):
        return []
    return [items[int(position) - 1]]


def parents(scopes: Iterable[Scope]) -> list[Scope]:
    """The scopes around some scopes, each once."""
    return list(dict.fromkeys(scope.p for scope in scopes))


def same_moment(environment: Environment, left: str, right: str) -> bool:
    """Two dates are equal as text, or as moments."""
    return left == right or environment.days(left) == environment.days(right)


def same_known_moment(environment: Environment, left: str, right: str) -> bool:
    """Two dates are equal where neither is empty: one of them was made of a number."""
    return bool(left and right) and same_moment(environment, left, right)


def value_equal(environment: Environment, left: object, right: object) -> bool:
    """Equality of scalars of unknown types: boolean wins, then number, then text."""
    if isinstance(left, bool) or isinstance(right, bool):
        return value_boolean(left) == value_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return value_number(environment, left) == value_number(environment, right)
    return left == right


NAMESPACE: dict[str, Any] = {
    "__builtins__": {"float": float, "len": len, "enumerate": enumerate, "bool": bool, "any": any},
    "NAN": math.nan,
    "INFINITY": math.inf,
    "MINUS_INFINITY": -math.inf,
    "PI": math.pi,
    "number": dates.number,
    "number_text": coercion.number_text,
    "boolean_text": coercion.boolean_text,
    "value_text": coercion.value_text,
    "value_boolean": value_boolean,
    "number_boolean": number_boolean,
    "atan2": math.atan2,
    "absolute": abs,
}
for _function in (
    first,
    first_number,
    value_number,
    any_equal,
    any_differ,
    keep,
    nth,
    parents,
    same_moment,
    same_known_moment,
    value_equal,
):
    NAMESPACE[_function.__name__] = _function
for _module in (chance, dates, geo, numbers, selects, strings):
    for _name, _value in vars(_module).items():
        if callable(_value) and not _name.startswith("_"):
            NAMESPACE.setdefault(_name, _value)
