"""Rows of the survey sheet with their columns understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyxform.aliases import BINDING_CONVERSIONS
from pyxform.parsing.sheet_headers import clean_text_values

from usga_assessment.domain.xlsform.headers import Header, parse_headers
from usga_assessment.domain.xlsform.workbook import Sheet

USGA = "usga:"


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of any sheet: plain values by path, texts by kind and language, headers by path."""

    number: int
    values: dict[tuple[str, ...], str]
    texts: dict[str, dict[str, str]]
    headers: dict[tuple[str, ...], str] = field(default_factory=dict)

    def get(self, *path: str) -> str | None:
        """The value of a column, or None."""
        return self.values.get(path)

    def bind(self, name: str) -> str | None:
        """A column of the bind, with the spelled-out booleans of XLSForm made expressions."""
        value = self.values.get(("bind", name))
        return BINDING_CONVERSIONS.get(value, value) if value is not None else None

    def attributes(self) -> dict[str, str]:
        """The `bind::usga:*` columns, without the prefix."""
        return {
            path[-1].removeprefix(USGA): value
            for path, value in self.values.items()
            if path[0] == "bind" and path[-1].startswith(USGA)
        }


def read_rows(sheet: Sheet, default_language: str) -> Iterator[Cells]:
    """Yield the rows of a sheet; a text column without a language belongs to the default one."""
    headers = parse_headers(sheet.name, sheet.columns)
    by_path: dict[tuple[str, ...], str] = {}
    for name, header in headers.items():
        by_path.setdefault(header.path, name)
        if header.text is not None:
            by_path[*header.path, header.language or default_language] = name
    for row in sheet.rows:
        values: dict[tuple[str, ...], str] = {}
        texts: dict[str, dict[str, str]] = {}
        for name, raw in row.cells.items():
            header = headers[name]
            value = str(clean_text_values(raw, strip_whitespace=header.text is None))
            _place(header, value, default_language, values, texts)
        yield Cells(row.number, values, texts, by_path)


def _place(
    header: Header,
    value: str,
    default_language: str,
    values: dict[tuple[str, ...], str],
    texts: dict[str, dict[str, str]],
) -> None:
    kind = header.text
    if kind is None:
        values[header.path] = value
    else:
        texts.setdefault(kind, {})[header.language or default_language] = value


def languages_of(sheets: list[Sheet]) -> list[str]:
    """The languages that the text columns name, in order of appearance."""
    found: dict[str, None] = {}
    for sheet in sheets:
        for header in parse_headers(sheet.name, sheet.columns).values():
            if header.text in {"label", "hint", "constraint_message"} and header.language:
                found[header.language] = None
    return list(found)


def has_plain_texts(sheets: list[Sheet]) -> bool:
    """Whether any label column names no language."""
    return any(
        header.text == "label" and header.language is None
        for sheet in sheets
        for header in parse_headers(sheet.name, sheet.columns).values()
    )
