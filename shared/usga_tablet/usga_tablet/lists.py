"""Lists that come as the rows that differ, and the digests that prove the outcome (T-11)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

Row = dict[str, Any]


class NotTheList(Exception):
    """The outcome is not the list that the server means: ask for the whole."""


def apply_rows(rows: Sequence[Row], changes: Mapping[str, Any]) -> list[Row]:
    """The newer list from the older one and what a `list_rows` says; raises NotTheList."""
    placed: list[dict[str, Any]] = changes["rows"]
    gone = {*changes["removed"], *(each["row"]["name"] for each in placed)}
    following = {each["after"]: each["row"] for each in placed}
    if len(following) != len(placed):
        raise NotTheList
    newer = list(_chain(following, None))
    for row in rows:
        if row["name"] not in gone:
            newer.append(row)
            newer.extend(_chain(following, row["name"]))
    if following or len(newer) != changes["size"]:
        raise NotTheList
    return newer


def _chain(following: dict[str | None, Row], after: str | None) -> Iterator[Row]:
    while (row := following.pop(after, None)) is not None:
        yield row
        after = row["name"]


def digest(value: Any) -> str:
    """SHA-256 of a JSON value as RFC 8785 writes it."""
    return hashlib.sha256(_text(value).encode()).hexdigest()


def _text(value: Any) -> str:
    match value:
        case dict():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return "{" + ",".join(f"{_text(n)}:{_text(value[n])}" for n in names) + "}"
        case list():
            return "[" + ",".join(_text(each) for each in value) + "]"
        case float():
            return _number(value)
        case _:
            return orjson.dumps(value).decode()


def _number(value: float) -> str:
    """As ECMAScript writes it: 17 digits at most, an exponent below 1e-6 and from 1e21 on."""
    exact = Decimal(repr(value)).normalize()
    if not exact:
        return "0"
    sign, digits, _ = exact.as_tuple()
    exponent = exact.adjusted()
    if -7 < exponent < 21:  # noqa: PLR2004 - ECMAScript's bounds
        return format(exact, "f")
    text = "".join(map(str, digits))
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{exponent:+d}"
