"""CSV that no spreadsheet takes for a formula (RFC 4180, UTF-8; threat T14)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

_DANGEROUS = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
_SKIPPED = (
    " \"'`\u00a0\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069"
)
_SPECIAL = re.compile('[",\r\n]')
_SHORT, _MOST = 40, 8192
"""Which texts are kept ready, in characters, and how many: some megabytes at most."""
_NO_COLUMN = frozenset({"note"})


def safe(value: Any) -> Any:
    """A cell that stays text: what could begin a formula gets an apostrophe before it."""
    if type(value) is not str:
        return value if isinstance(value, (int, float)) or value is None else str(value)
    if value and value.isalnum():
        return value
    first = value.lstrip(_SKIPPED)[:1]
    return f"'{value}" if first in _DANGEROUS and first else value


class _Cells(dict[Any, str]):
    """How values stand in the file, safe and quoted; texts that come often are kept.

    Nearly all answers are one of few: they are looked up without a line of Python being run.
    Numbers are never kept: 1, 1.0 and True would be the same key.
    """

    def __missing__(self, value: Any) -> str:
        if type(value) is int:
            return str(value)
        if value is None:
            return self.setdefault(None, "")
        cell = _quoted(str(safe(value)))
        if type(value) is str and len(value) <= _SHORT:
            if len(self) >= _MOST:
                self.clear()
            self[value] = cell
        return cell

    def of(self, value: Any) -> str:
        """The same of what may not be looked up: a list, an object."""
        return self[str(value) if isinstance(value, (list, dict)) else value]


def _quoted(text: str) -> str:
    """A cell in quotation marks where it needs them (RFC 4180, 2.5 to 2.7)."""
    if text.isalnum() or not _SPECIAL.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


class CsvWriter:
    """Writes rows to text, some at a time."""

    def __init__(self) -> None:
        self.kept = _Cells()
        self._lines: list[str] = []

    def header(self, names: Sequence[str]) -> None:
        """The first row."""
        self.row(names)

    def row(self, cells: Sequence[Any]) -> None:
        """One row, made safe."""
        try:
            line = ",".join(map(self.kept.__getitem__, cells))
        except TypeError:
            line = ",".join(map(self.kept.of, cells))
        self._lines.append(line)

    def take(self) -> bytes:
        """What was written since the last time."""
        self._lines.append("")
        text = "\r\n".join(self._lines)
        self._lines.clear()
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
