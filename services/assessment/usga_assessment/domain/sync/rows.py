"""Lists as rows: their digest, and what turns one version into the next (protocol P-68).

The digest is of the rows as RFC 8785 writes them, so that a tablet in another language can
compute it again.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

_LEAST_DECIMAL = 1e-6
_MOST_DECIMAL = 1e21

Index = Sequence[tuple[str, str]]
"""Name and print of each row, in order: all that a difference needs of the older version."""


def canonical(value: Any) -> str:
    """The text of a JSON value by RFC 8785: sorted names, no blanks, numbers as ECMAScript's."""
    if isinstance(value, dict):
        named = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in named) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(canonical, value)) + "]"
    if type(value) is float:
        return _number(value)
    return orjson.dumps(value).decode()


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < _MOST_DECIMAL:
        return str(int(value))
    text = repr(value)
    if "e" not in text:
        return text
    digits, _, exponent = text.partition("e")
    if _LEAST_DECIMAL <= abs(value) < 1:
        sign, digits = ("-", digits[1:]) if value < 0 else ("", digits)
        return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits.replace('.', '')}"
    return f"{digits}e{int(exponent):+d}"


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def digest_of_plain(value: Any) -> str:
    """The same, ten times as fast, for ASCII names and whole numbers alone."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def print_of(value: Any) -> str:
    """Eight bytes that change with the value: enough to see a change here, no proof to others."""
    return digest_of_plain(value)[:16]


def index_of(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What is kept of a version to compare later ones with."""
    return [(row["name"], print_of(dict(row))) for row in rows]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What turns an older version of a list into a newer one.

    Apply: take out what is `removed` or `placed`; then each placed row, in order, stands right
    after the row named `after`, or at the beginning.
    """

    removed: tuple[str, ...]
    placed: tuple[tuple[str | None, dict[str, Any]], ...]


def changes_between(older: Index, newer: Sequence[Mapping[str, Any]]) -> RowChanges:
    """The fewest rows that say how `newer` differs from `older`; names are unique in each."""
    prints, order = dict(older), {name: place for place, (name, _) in enumerate(older)}
    names = [row["name"] for row in newer]
    known = [name for name in names if name in order]
    stay = {known[i] for i in _longest_rise([order[name] for name in known])}
    placed: list[tuple[str | None, dict[str, Any]]] = []
    before: str | None = None
    for name, row in zip(names, newer, strict=True):
        if name not in stay or prints[name] != print_of(dict(row)):
            placed.append((before, dict(row)))
        before = name
    kept = set(names)
    return RowChanges(tuple(name for name, _ in older if name not in kept), tuple(placed))


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """Places of a longest rising subsequence (patience sorting): rows that need not move."""
    tops: list[int] = []
    places: list[int] = []
    back: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        back.append(places[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(number)
            places.append(place)
        else:
            tops[pile], places[pile] = number, place
    chosen: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        chosen.append(place)
        place = back[place]
    return chosen[::-1]
