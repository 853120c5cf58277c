"""The hand-written source of an instrument: Markdown tables of questions and of choices."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

PIPE = re.compile(r"(?<!\\)\|")
MODULE = re.compile(r"^## (\w+) (.+?) \| (.+)$")
RELEVANT = re.compile(r"^Relevant: `(.+)`$")
COLUMNS = 8
NON_SUBSTANTIVE = (
    ("dk", "Does not know", "Hajui"),
    ("ref", "Prefers not to answer", "Hapendi kujibu"),
    ("na", "Does not apply", "Haihusiki"),
)
"""The codes that a star after a list's name appends; they are never averaged."""

Both = tuple[str, str]
"""A text in English and in Swahili."""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """One choice of a list."""

    name: str
    label: Both


@dataclass(slots=True)
class SourceRow:
    """A question, or the beginning or end of a repeat, with what dotted rows add to it."""

    name: str
    type: str
    relevant: str
    constraint: str
    sensitivity: str
    cls: str
    label: Both
    more: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Both] = field(default_factory=dict)


@dataclass(slots=True)
class SourceModule:
    """A module: its letter, its title, its relevance and its rows."""

    letter: str
    title: Both
    relevant: str = ""
    rows: list[SourceRow] = field(default_factory=list)


SourceLists = dict[str, list[SourceChoice]]


def read_lists(text: str) -> SourceLists:
    """Read the choice lists; a list keeps its name until the next one."""
    lists: SourceLists = {}
    starred: dict[str, bool] = {}
    name = ""
    for head, code, english, swahili, *_ in _cells(text):
        if head:
            name = head.removesuffix("*")
            starred[name] = head.endswith("*")
        lists.setdefault(name, []).append(SourceChoice(code, (english, swahili)))
    for name, choices in lists.items():
        if starred[name]:
            choices += [SourceChoice(code, (en, sw)) for code, en, sw in NON_SUBSTANTIVE]
    return lists


def read_modules(text: str) -> list[SourceModule]:
    """Read the questions, module by module."""
    modules: list[SourceModule] = []
    for line in text.splitlines():
        heading, relevant = MODULE.match(line), RELEVANT.match(line)
        if heading:
            modules.append(SourceModule(heading[1], (heading[2], heading[3])))
        elif relevant:
            modules[-1].relevant = relevant[1]
        else:
            for cells in _cells(line):
                _add(modules[-1].rows, cells)
    return modules


def _add(rows: list[SourceRow], cells: list[str]) -> None:
    name, kind, relevant, constraint, sensitivity, cls, english, swahili = cells
    if not name.startswith("."):
        rows.append(
            SourceRow(name, kind, relevant, constraint, sensitivity, cls, (english, swahili))
        )
    elif kind:
        rows[-1].more[name[1:]] = kind
    else:
        rows[-1].texts[name[1:]] = (english, swahili)


def _cells(text: str) -> Iterator[list[str]]:
    """The body rows of Markdown tables, without header and rule."""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped.startswith("|") or not stripped.strip("|- "):
            continue
        cells = [c.strip().replace(r"\|", "|") for c in PIPE.split(stripped[1:].rstrip("|"))]
        if cells[0] in {"list", "name"} and cells[1] in {"name", "type"}:
            continue
        yield cells + [""] * (COLUMNS - len(cells))
