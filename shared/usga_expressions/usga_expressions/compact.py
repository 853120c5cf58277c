"""The compact form of answers: positions in an instrument version instead of names (P-8, P-9).

`Layout.of(document)` reads an instrument document once; `shorten` and `expand` are each other's
inverse. Nothing is lost: whatever the short notations cannot say exactly stands as it is, and
answers that a layout cannot hold at all are refused, so that the full form is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from functools import cached_property
from typing import Any

_MOST_BITS = 52
"""Choices of one answer that a whole number can hold in every JSON reader."""
_MOST_NAMES = 100_000
"""Names of choices that one interview's answers expand to."""
_FURTHEST = 4 * 10**9
"""Seconds or days that a short moment may lie from the beginning of the interview."""


class NotCompact(ValueError):
    """These answers have no compact form in this layout, or are none of it."""


class _Kind(Enum):
    PLAIN = auto()
    CHOICE = auto()
    CHOICES = auto()
    DATE = auto()
    MOMENT = auto()
    REPEAT = auto()


_PLAIN, _CHOICE, _REPEAT = _Kind.PLAIN, _Kind.CHOICE, _Kind.REPEAT
_KINDS = {
    "select_one": _Kind.CHOICE,
    "select_multiple": _Kind.CHOICES,
    "date": _Kind.DATE,
    "today": _Kind.DATE,
    "start": _Kind.MOMENT,
    "end": _Kind.MOMENT,
    "dateTime": _Kind.MOMENT,
    "datetime": _Kind.MOMENT,
}


@dataclass(slots=True)
class _Room:
    """What one interview may still expand to."""

    started: datetime
    names: int = _MOST_NAMES


@dataclass(frozen=True, eq=False)
class _Place:
    """One position: a question or a repeat."""

    name: str
    kind: _Kind
    choices: tuple[str, ...] = ()
    inside: tuple["_Place", ...] = ()

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each choice: of two with one name the first."""
        return {name: n for n, name in reversed(list(enumerate(self.choices)))}

    @cached_property
    def positions(self) -> frozenset[str]:
        """The names inside a repeat."""
        return frozenset(place.name for place in self.inside)


class Layout:
    """The positions of one instrument version: its questions and repeats in document order."""

    def __init__(self, places: Sequence[_Place] = ()) -> None:
        self._root = _Place("", _Kind.REPEAT, inside=tuple(places))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Layout":
        """Read the positions of an instrument document; groups have none, their members have."""
        lists = document.get("choice_lists") or {}
        named = {
            str(name): tuple(str(row.get("name")) for row in rows) for name, rows in lists.items()
        }
        return cls(_places(document.get("nodes") or (), named))

    def expand(self, answers: Sequence[Any], started_at: datetime) -> dict[str, Any]:
        """The answers by name; raises NotCompact."""
        try:
            return _expand(self._root, answers, _Room(started_at))
        except (IndexError, OverflowError, ValueError) as error:
            raise NotCompact from error

    def shorten(self, answers: Mapping[str, Any], started_at: datetime) -> list[Any]:
        """The answers by position; raises NotCompact when something would be lost."""
        short = _shorten(self._root, answers, started_at)
        if self.expand(short, started_at) != _given(answers):
            raise NotCompact
        return short


def _places(nodes: Sequence[Mapping[str, Any]], lists: Mapping[str, tuple[str, ...]]) -> list[Any]:
    found: list[_Place] = []
    for node in nodes:
        kind = node.get("kind", "question")
        inside = _places(node.get("children") or (), lists)
        if kind == "group":
            found += inside
        elif kind == "repeat":
            found.append(_Place(str(node["name"]), _Kind.REPEAT, inside=tuple(inside)))
        else:
            found.append(_question(node, lists))
    return found


def _question(node: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> _Place:
    kind = _KINDS.get(str(node.get("type")), _Kind.PLAIN)
    choices: tuple[str, ...] = ()
    if kind in {_Kind.CHOICE, _Kind.CHOICES}:
        choices = lists.get(str(node.get("list")), ())
        if not choices:  # a list that comes beside the form has no numbers here
            kind = _Kind.PLAIN
    return _Place(str(node["name"]), kind, choices)


def _expand(level: _Place, row: Any, room: _Room) -> dict[str, Any]:
    """One pass over a row; what is neither skipped nor simple is looked at apart."""
    if type(row) is not list:
        raise NotCompact
    found: dict[str, Any] = {}
    at, places = 0, level.inside
    for item in row:
        kind = type(item)
        if kind is list and len(item) == 1 and type(item[0]) is int:
            at += _skipped(item[0], len(places))
            continue
        place = places[at]  # past the end: IndexError
        at += 1
        if kind is int and place.kind is _CHOICE and item >= 0:
            found[place.name] = place.choices[item]
        elif item is not None:
            found[place.name] = _value(place, item, room)
    if at > len(places):
        raise NotCompact
    return found


def _skipped(count: int, most: int) -> int:
    if not 0 < count <= most:
        raise NotCompact
    return count


def _value(place: _Place, item: Any, room: _Room) -> Any:
    form, kind = place.kind, type(item)
    if form is _REPEAT:
        if kind is not list:
            raise NotCompact
        return [_expand(place, row, room) for row in item]
    if kind is list or kind is dict:
        raise NotCompact
    if kind is not int or form is _PLAIN:
        return item
    match form:
        case _Kind.CHOICES:
            return _names(place, item, room)
        case _Kind.DATE | _Kind.MOMENT:
            return _moment(form, item, room.started)
    raise NotCompact


def _names(place: _Place, bits: int, room: _Room) -> str:
    width = min(len(place.choices), _MOST_BITS)
    if not 0 < bits < 2**width:
        raise NotCompact
    chosen = [name for n, name in enumerate(place.choices[:width]) if bits >> n & 1]
    room.names -= len(chosen)
    if room.names < 0:
        raise NotCompact
    return " ".join(chosen)


def _moment(kind: _Kind, item: int, started: datetime) -> str:
    if abs(item) > _FURTHEST:
        raise NotCompact
    if kind is _Kind.DATE:
        return (started.date() + timedelta(days=item)).isoformat()
    return (started + timedelta(seconds=item)).isoformat(timespec="seconds")


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not answered: null says as much as nothing."""
    return {
        name: [_given(row) if type(row) is dict else row for row in value]
        if type(value) is list
        else value
        for name, value in answers.items()
        if value is not None
    }


def _shorten(level: _Place, answers: Mapping[str, Any], started: datetime) -> list[Any]:
    if not answers.keys() <= level.positions:
        raise NotCompact  # a name that the form does not have
    row: list[Any] = []
    skipped = 0
    for place in level.inside:
        value = answers.get(place.name)
        if value is None:
            skipped += 1
            continue
        if skipped:
            row.append([skipped] if skipped > 1 else None)
            skipped = 0
        if place.kind is _Kind.REPEAT:
            if type(value) is not list or not all(type(each) is dict for each in value):
                raise NotCompact
            row.append([_shorten(place, each, started) for each in value])
        else:
            row.append(_short(place, value, started))
    return row


def _short(place: _Place, value: Any, started: datetime) -> Any:
    shortening = _SHORTENINGS.get(place.kind)
    if shortening is None:
        return value
    if type(value) is not str:
        if type(value) is int:
            raise NotCompact  # here a number would be read as something else
        return value
    try:
        short = shortening(place, value, started)
    except (ValueError, OverflowError, TypeError):
        return value
    return value if short is None else short


def _short_choice(place: _Place, value: str, _started: datetime) -> int | None:
    return place.numbers.get(value)


def _short_choices(place: _Place, value: str, _started: datetime) -> int | None:
    bits, last = 0, -1
    for name in value.split(" "):
        n = place.numbers.get(name, -1)
        if not last < n < _MOST_BITS:
            return None
        bits, last = bits | 1 << n, n
    return bits


def _short_date(_place: _Place, value: str, started: datetime) -> int | None:
    days = (date.fromisoformat(value) - started.date()).days
    return days if _moment(_Kind.DATE, days, started) == value else None


def _short_moment(_place: _Place, value: str, started: datetime) -> int | None:
    seconds = (datetime.fromisoformat(value) - started) // timedelta(seconds=1)
    return seconds if _moment(_Kind.MOMENT, seconds, started) == value else None


_SHORTENINGS: Mapping[_Kind, Callable[[_Place, str, datetime], int | None]] = {
    _Kind.CHOICE: _short_choice,
    _Kind.CHOICES: _short_choices,
    _Kind.DATE: _short_date,
    _Kind.MOMENT: _short_moment,
}
