"""The document that every format renders: typed blocks that hold plain text, never markup."""

from dataclasses import dataclass
from typing import Literal

Alignment = Literal["left", "right", "center"]
CellKind = Literal["text", "label", "number", "hidden", "missing", "flagged", "group"]
NoteKind = Literal["note", "warning"]
ColumnRole = Literal["value", "interval", "base", "reference", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text."""

    text: str
    style: Literal["body", "lead", "small"] = "body"
    block: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list without order."""

    items: tuple[str, ...]
    block: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A boxed note."""

    kind: NoteKind
    title: str
    text: str
    block: Literal["note"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One headline number with all that rule Q-02 asks beside it.

    `unit` says what the value is counted in where it does not say so itself.
    """

    label: str
    value: str
    state: str
    evidence: tuple[str, ...]  # interval, base, reference period
    unit: str = ""
    gauge: tuple[float, float, float] | None = None  # lower, value, upper; 0 to 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """The headline numbers of the executive summary."""

    items: tuple[KeyFigure, ...]
    block: Literal["key_figures"] = "key_figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading, alignment and share of the width."""

    title: str
    align: Alignment = "left"
    width: float = 1.0
    role: ColumnRole = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A table cell; its kind decides how it looks (rule D-11)."""

    text: str
    kind: CellKind = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A data table with its source. `reference` is the period of all its values, if it is one."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str = ""
    note: str = ""
    dense: bool = False
    listed: bool = True  # numbered
    reference: str = ""
    block: Literal["table"] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart or map. Its text alternative, source and base are not optional."""

    caption: str
    svg: str
    alt: str
    source: str
    base: str
    note: str = ""
    width: float = 1.0  # share of the text width
    categories: tuple[str, ...] = ()  # in the order drawn
    block: Literal["figure"] = "figure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Names and what they mean or hold."""

    items: tuple[tuple[str, str], ...]
    mono: bool = False
    block: Literal["terms"] = "terms"


Block = Paragraph | Bullets | Note | KeyFigures | Table | Figure | Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it. Level 1 is a chapter."""

    title: str
    level: int
    blocks: tuple[Block, ...] = ()
    number: str = ""
    anchor: str = ""
    annex: bool = False
    starts_page: bool = True  # a chapter that follows on the same page says False
    columns: int = 1  # of the page, for many small blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Cover and imprint."""

    series: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    banner: str
    imprint: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report, in one language, before any format."""

    language: str
    title: str
    description: str
    author: str
    keywords: tuple[str, ...]
    created_at: int  # seconds since 1970; from the release, never from a clock
    front: Front
    sections: tuple[Section, ...]
    labels: dict[str, str]
    probability_sample: bool
    places: tuple[tuple[str, ...], ...]  # settlements, in each order that is no ranking
    header: str
    footer: str
    banner: str
