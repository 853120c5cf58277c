"""CSV that no spreadsheet takes for a formula (RFC 4180, UTF-8; threat T14)."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

_DANGEROUS = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
_SKIPPED = (
    " \"'`\u00a0\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069"
)
_NO_COLUMN = frozenset({"note"})


def safe(value: Any) -> Any:
    """A cell that stays text: what could begin a formula gets an apostrophe before it."""
    if type(value) is not str:
        return value if isinstance(value, (int, float)) or value is None else str(value)
    if value and value.isalnum():
        return value
    first = value.lstrip(_SKIPPED)[:1]
    return f"'{value}" if first in _DANGEROUS and first else value


class CsvWriter:
    """Writes rows to text, some at a time."""

    def __init__(self) -> None:
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer, lineterminator="\r\n")

    def header(self, names: Sequence[str]) -> None:
        """The first row."""
        self._writer.writerow([safe(name) for name in names])

    def row(self, cells: Iterable[Any]) -> None:
        """One row, made safe."""
        self._writer.writerow([safe(cell) for cell in cells])

    def take(self) -> bytes:
        """What was written since the last time."""
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode()


def columns(
    documents: Iterable[Mapping[str, Any]], classes: frozenset[FieldClass], repeat: str | None
) -> list[str]:
    """The questions of these classes in the order of the form; of one repeat, or outside all.

    Several versions of a form give the union, newer questions after older ones.
    """
    found: dict[str, None] = {}
    for document in documents:
        for name in _names(document["nodes"], classes, repeat, inside=None):
            found.setdefault(name)
    return list(found)


def _names(
    nodes: Iterable[Mapping[str, Any]],
    classes: frozenset[FieldClass],
    repeat: str | None,
    *,
    inside: str | None,
) -> Iterable[str]:
    for node in nodes:
        children = node.get("children") or ()
        match node["kind"]:
            case "group":
                yield from _names(children, classes, repeat, inside=inside)
            case "repeat":
                yield from _names(children, classes, repeat, inside=node["name"])
            case _ if inside == repeat and node["type"] not in _NO_COLUMN:
                if FieldClass(node["field_class"]) in classes:
                    yield node["name"]


def repeats(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the repeats of these documents."""
    found: dict[str, None] = {}
    for document in documents:
        for name in _repeats(document["nodes"]):
            found.setdefault(name)
    return list(found)


def _repeats(nodes: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for node in nodes:
        if node["kind"] == "repeat":
            yield node["name"]
        yield from _repeats(node.get("children") or ())
