"""What the members of cases and designs must look like, to say which one does not."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

Test = Callable[[Any], bool]
Shape = Mapping[str, tuple[Test, str]]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _listed(of: Test) -> Test:
    return lambda value: isinstance(value, list) and all(of(each) for each in value)


def _is_scalar(value: Any) -> bool:
    return _is_text(value) or _is_number(value) or _is_flag(value)


def _is_condition(value: Any) -> bool:
    """`[column, operator, value or values]`."""
    return (
        isinstance(value, list)
        and len(value) in {2, 3}
        and all(_is_text(each) for each in value[:2])
        and all(_is_scalar(each) or _listed(_is_scalar)(each) for each in value[2:])
    )


_TEXT = (_is_text, "a text")
_TEXTS = (lambda v: _is_text(v) or _listed(_is_text)(v), "a text or a list of texts")
_NUMBERS = (_listed(_is_number), "a list of numbers")
_FLAG = (_is_flag, "true or false")
_OBJECT = (_is_object, "an object")
CASE: Shape = {
    **dict.fromkeys(("op", "design", "num", "den", "y", "group", "inner", "form"), _TEXT),
    **dict.fromkeys(("formula", "family", "interval", "qrule"), _TEXT),
    **dict.fromkeys(("by", "vars", "methods", "statistics", "jackknife"), _TEXTS),
    **dict.fromkeys(("p", "probs", "weights", "lo", "hi"), _NUMBERS),
    **dict.fromkeys(("deff", "na_rm"), _FLAG),
    "levels": (_listed(_is_scalar), "a list of levels"),
    "invert": (_listed(_is_flag), "a list of true and false"),
    "contrasts": (_listed(_listed(_is_number)), "a list of lists of numbers"),
    "domain": (_listed(_is_condition), "a list of [column, operator, value]"),
}
DESIGN: Shape = {
    **dict.fromkeys(("data", "lonely_psu", "repweights_file", "type", "kind"), _TEXT),
    **dict.fromkeys(("ids", "strata", "fpc", "weights", "probs"), _TEXTS),
    **dict.fromkeys(
        ("adjust_domain_lonely", "combined_weights", "mse", "nest", "ultimate_cluster"), _FLAG
    ),
    "as_replicate": _OBJECT,
    "factors": (
        lambda v: _is_object(v) and all(_listed(_is_scalar)(levels) for levels in v.values()),
        "an object of lists of levels",
    ),
    **dict.fromkeys(("rho", "scale"), (_is_number, "a number")),
    "rscales": (
        lambda v: _is_number(v) or _listed(_is_number)(v),
        "a number or a list of numbers",
    ),
    "adjust": (_listed(_is_object), "a list of objects"),
}


def other_shape(value: Any, shape: Shape) -> tuple[str, str] | None:
    """The first member that looks otherwise, and how it must look; null is not there."""
    if not isinstance(value, dict):
        return None
    for name, (test, looks) in shape.items():
        if value.get(name) is not None and not test(value[name]):
            return name, looks
    return None


#: Members that no computation reads, and those that need no shape.
_BESIDE = frozenset({"id", "tags", "rtol"})
_UNSHAPED = frozenset({"pps"})
#: How alike a written name must be to one that is known: `stratum` is to `strata`.
_ALIKE = 0.75


def unknown_members(value: Any, shape: Shape) -> list[str]:
    """Members that nothing reads: what they were meant to change is not changed."""
    if not isinstance(value, dict):
        return []
    known = {*shape, *_BESIDE, *_UNSHAPED}
    return [name for name in value if name not in known and not name.startswith("expected")]


def misspelt(value: Any, shape: Shape) -> tuple[str, str] | None:
    """An unknown member, and the one that it looks like, where that one is absent."""
    if not isinstance(value, dict):
        return None
    there = {name for name, given in value.items() if given is not None}
    absent = sorted((set(shape) | _UNSHAPED) - there)
    for name in unknown_members(value, shape):
        meant = get_close_matches(name, absent, n=1, cutoff=_ALIKE)
        if meant:
            return name, meant[0]
    return None
