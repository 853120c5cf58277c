"""Bytes to workbook: .xlsx, .xls, .csv and Markdown, told apart by content and never by name."""

import codecs
from collections.abc import Iterable, Iterator
from itertools import islice

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.columns import no_header
from usga_assessment.domain.xlsform.excel_tables import xls_tables, xlsx_tables
from usga_assessment.domain.xlsform.finding import UnreadableForm
from usga_assessment.domain.xlsform.text_tables import csv_tables, markdown_tables
from usga_assessment.domain.xlsform.wording import NOTHING, unreadable
from usga_assessment.domain.xlsform.workbook import SHEETS, Meter, Sheet, Workbook, sheet_of

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
OTHERS = (b"%PDF", b"{", b"[", b"\xff\xd8", b"\x89PNG", b"{\\rtf")
"""How files begin that some take for a form: documents, data and pictures."""

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LAYOUTS = {"md": "layout-md", "csv": "layout-csv"}
"""What a survey sheet looks like in each kind of file; in a workbook: layout-xlsx."""

SHOWN = 5
type_name = type  # `type` is also a column of every survey sheet


def looks_like_xml(data: bytes) -> bool:
    """Whether the bytes are XML, in any encoding that XML is written in."""
    start = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")


def read_workbook(data: bytes) -> Workbook:
    """Read a form; raises `UnreadableForm` when it is no workbook or passes a cap."""
    if len(data) > limits.MAX_FILE_BYTES:
        raise unreadable("file-too-large", limit=limits.MAX_FILE_BYTES)
    try:
        workbook = _read(data)
    except UnreadableForm:
        raise
    except Exception as problem:  # the readers fail in many ways on broken files
        raise unreadable("unreadable", error=type_name(problem).__name__) from problem
    if "survey" not in workbook.sheets:
        raise _no_survey(workbook)
    if not workbook.sheet("survey").columns:
        raise no_header("survey", 1)
    return workbook


def _no_survey(workbook: Workbook) -> UnreadableForm:
    names = workbook.sheet_names[:SHOWN] if workbook.kind in {"xlsx", "xls"} else ()
    there = ", ".join(repr(name[:31]) for name in names)  # at most 31 characters each in Excel
    layout = LAYOUTS.get(workbook.kind, "layout-xlsx")
    blank = next((each for each in names if each.strip().lower() == "survey"), None)
    more = {"hints": "sheet-with-blank", "sheet": blank} if blank is not None else {}
    return unreadable("no-survey-sheet", sheets=there or NOTHING, expects=layout, **more)


def _read(data: bytes) -> Workbook:
    if data.startswith(ZIP_MAGIC):
        return _assemble("xlsx", _only(xlsx_tables(data)))
    if data.startswith(OLE_MAGIC):
        if ENCRYPTED in data:
            raise unreadable("protected-workbook")
        return _assemble("xls", _only(xls_tables(data)))
    if data.startswith(OTHERS):
        raise unreadable("not-a-form")
    text = _text(data)
    markdown = any(line.lstrip().startswith("|") for line in text[:20_000].splitlines()[:50])
    if markdown:
        return _assemble("md", _only(markdown_tables(text)))
    return _assemble("csv", csv_tables(text))


def _text(data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as problem:
        raise unreadable("not-utf-8") from problem
    if sum(text.count(sign) for sign in ",|;\t") > limits.MAX_DELIMITERS:
        raise unreadable("too-many-cells", limit=limits.MAX_CELLS)
    if "\x00" in text or not any(sign in text for sign in ",|;\t"):
        raise unreadable("not-a-form")
    return text


def _assemble(kind: str, tables: Iterable[tuple[str, Iterator[list[str | None]]]]) -> Workbook:
    meter = Meter()
    names: list[str] = []
    sheets: dict[str, Sheet] = {}
    for name, table in tables:
        names.append(name)
        lowered = name.lower()
        if lowered in SHEETS:
            sheets[lowered] = sheet_of(lowered, table, meter)
    return Workbook(kind, sheets, tuple(names))


def _only(
    tables: Iterator[tuple[str, Iterator[list[str | None]]]],
) -> Iterator[tuple[str, Iterator[list[str | None]]]]:
    """A single sheet is the survey, whatever its name (as pyxform reads it)."""
    first = next(tables, None)
    if first is None:
        return
    name, table = first
    rows = list(islice(table, limits.MAX_ROWS + 2))  # one more than the meter lets pass
    second = next(tables, None)
    yield (name if second is not None or name.lower() in SHEETS else "survey"), iter(rows)
    if second is not None:
        yield second
        yield from tables
