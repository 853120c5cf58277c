"""The hand-written source of an instrument: Markdown tables of questions and of choices."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PIPE = re.compile(r"(?<!\\)\|")
MODULE = re.compile(r"^## (\w+) (.+)$")
RELEVANT = re.compile(r"^Relevant: `(.+)`$")
COLUMNS = 7
HEADS = frozenset({("list", "name"), ("name", "type"), ("group", "item"), ("in", "place")})
"""How the header rows of tables begin."""
BLOCKS = frozenset({"group", "repeat"})
"""Rows that hold the rows up to their end."""
SHARED = ""
"""The home of texts that all instruments share."""


@dataclass(frozen=True, slots=True)
class Text:
    """English words of the source, and the place by which their translations are found.

    `values` stand for the `{placeholders}` of the words, in every language.
    """

    place: str
    english: str
    home: str = SHARED
    values: tuple[tuple[str, str], ...] = ()

    def filled(self, words: str) -> str:
        """The words, English or translated, with the values in their places."""
        for name, value in self.values:
            words = words.replace(f"{{{name}}}", value)
        return words


NON_SUBSTANTIVE = (
    ("dk", Text("choice:*:dk", "Does not know")),
    ("ref", Text("choice:*:ref", "Prefers not to answer")),
    ("na", Text("choice:*:na", "Does not apply")),
)
"""The codes that a star after a list's name appends; they are never averaged."""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """One choice of a list."""

    name: str
    label: Text


@dataclass(slots=True)
class SourceRow:
    """A question, or the beginning or end of a repeat, with what dotted rows add to it."""

    name: str
    type: str
    relevant: str
    constraint: str
    sensitivity: str
    cls: str
    label: Text
    more: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)


@dataclass(slots=True)
class SourceModule:
    """A module: its letter, its title, its relevance and its rows."""

    letter: str
    title: Text
    relevant: str = ""
    rows: list[SourceRow] = field(default_factory=list)


SourceLists = dict[str, list[SourceChoice]]


@dataclass(frozen=True, slots=True)
class Source:
    """All that an instrument is made of."""

    name: str
    version: str
    title: Text
    modules: list[SourceModule]
    lists: SourceLists
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Lists of questions by name, for expressions over all of them."""
    variants: dict[str, Any] = field(default_factory=dict)
    """What `[variants.NAME]` of the instrument says, as it was read."""


def read_lists(text: str, *, home: str = SHARED) -> SourceLists:
    """Read the choice lists; a list keeps its name until the next one."""
    lists: SourceLists = {}
    starred: dict[str, bool] = {}
    name = ""
    for head, code, english, *_ in cells(text):
        if head:
            name = head.removesuffix("*")
            starred[name] = head.endswith("*")
        label = Text(f"choice:{name}:{code}", english, home)
        lists.setdefault(name, []).append(SourceChoice(code, label))
    for name, choices in lists.items():
        if starred[name]:
            choices += [SourceChoice(code, label) for code, label in NON_SUBSTANTIVE]
    return lists


def read_modules(text: str, *, home: str = SHARED) -> list[SourceModule]:
    """Read the questions, module by module."""
    modules: list[SourceModule] = []
    for line in text.splitlines():
        heading, relevant = MODULE.match(line), RELEVANT.match(line)
        if heading:
            title = Text(f"section:{heading[1]}", heading[2], home)
            modules.append(SourceModule(heading[1], title))
        elif relevant:
            modules[-1].relevant = relevant[1]
        else:
            for row in cells(line):
                _add(modules[-1].rows, row, home)
    return modules


def _add(rows: list[SourceRow], row: list[str], home: str) -> None:
    name, kind, relevant, constraint, sensitivity, cls, english = row
    if not name.startswith("."):
        label = Text(f"question:{name}:label", english, home)
        rows.append(SourceRow(name, kind, relevant, constraint, sensitivity, cls, label))
    elif kind:
        rows[-1].more[name[1:]] = kind
    else:
        text = Text(f"question:{rows[-1].name}:{name[1:]}", english, home)
        rows[-1].texts[name[1:]] = text


def cells(text: str) -> Iterator[list[str]]:
    """The body rows of Markdown tables, without header and rule."""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped.startswith("|") or not stripped.strip("|- "):
            continue
        found = [c.strip().replace(r"\|", "|") for c in PIPE.split(stripped[1:].rstrip("|"))]
        if tuple(found[:2]) in HEADS:
            continue
        yield found + [""] * (COLUMNS - len(found))
