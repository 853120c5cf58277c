"""Bytes to workbook: .xlsx, .xls, .csv and Markdown, told apart by content and never by name."""

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import xlrd  # type: ignore[import-untyped]
from openpyxl.reader.excel import ExcelReader
from pyxform.xls2json_backends import xls_value_to_unicode, xlsx_value_to_str

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.finding import UnreadableForm, unreadable
from usga_assessment.domain.xlsform.text_tables import cell_text, csv_tables, markdown_tables
from usga_assessment.domain.xlsform.workbook import SHEETS, Meter, Sheet, Workbook, sheet_of

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
KINDS = "an .xlsx or .xls workbook, or CSV or Markdown text in UTF-8"

LAYOUTS = {
    "xlsx": "a sheet named survey whose first row holds the columns type, name and label",
    "md": "a line `| survey |` (or a heading `# survey`), then the rows"
    " `| | type | name | label |` and `| | integer | age | How old are you? |`",
    "csv": "a line `survey`, then the rows `,type,name,label` and `,integer,age,How old are you?`",
}
"""What a survey sheet looks like in each kind of file."""

type_name = type  # `type` is also a column of every survey sheet


def read_workbook(data: bytes) -> Workbook:
    """Read a form; raises `UnreadableForm` when it is no workbook or passes a cap."""
    if len(data) > limits.MAX_FILE_BYTES:
        raise unreadable("file-too-large", f"More than {limits.MAX_FILE_BYTES} bytes.")
    try:
        workbook = _read(data)
    except UnreadableForm:
        raise
    except Exception as error:  # the readers fail in many ways on broken files
        raise unreadable(
            "unreadable", f"The file cannot be read ({type_name(error).__name__}).", hint=KINDS
        ) from error
    if "survey" not in workbook.sheets:
        raise _no_survey(workbook)
    return workbook


def _no_survey(workbook: Workbook) -> UnreadableForm:
    names = workbook.sheet_names[:5] if workbook.kind in {"xlsx", "xls"} else ()
    there = ", ".join(repr(name) for name in names)  # at most 31 characters each in Excel
    return unreadable(
        "no-survey-sheet",
        f"There is no sheet named 'survey'{f', only {there}' if there else ''}.",
        expected=LAYOUTS.get(workbook.kind, LAYOUTS["xlsx"]),
        hint="An XLSForm has the sheets survey, choices and settings; docs/forms.md shows one.",
    )


def _read(data: bytes) -> Workbook:
    if data.startswith(ZIP_MAGIC):
        return _assemble("xlsx", _only(_xlsx_tables(data)))
    if data.startswith(OLE_MAGIC):
        return _assemble("xls", _only(_xls_tables(data)))
    text = _text(data)
    first = next((line for line in text.splitlines() if line.strip(" #\t")), "").strip()
    if first.startswith("<"):
        raise unreadable("xml", "This is XML, not an XLSForm.", hint=KINDS)
    markdown = any(line.lstrip().startswith("|") for line in text[:20_000].splitlines()[:50])
    if markdown:
        return _assemble("md", _only(markdown_tables(text)))
    return _assemble("csv", csv_tables(text))


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            "not-utf-8", "This is neither a workbook nor UTF-8 text.", hint=KINDS
        ) from error
    if "\x00" in text or ("," not in text and "|" not in text):
        raise unreadable("not-a-form", "This is not an XLSForm.", hint=KINDS)
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


def _xlsx_tables(data: bytes) -> Iterator[tuple[str, Iterator[list[str | None]]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _refuse_bombs(archive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styling that a form does not need
        reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True)
        reader.read()
        try:
            for worksheet in reader.wb.worksheets:
                worksheet.reset_dimensions()  # some writers declare a wrong extent
                rows = worksheet.iter_rows(values_only=True)
                yield worksheet.title, ([_excel_text(v) for v in row] for row in rows)
        finally:
            reader.wb.close()
            reader.archive.close()


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if (
        len(parts) > limits.MAX_PARTS
        or sum(p.file_size for p in parts) > limits.MAX_UNPACKED_BYTES
    ):
        raise unreadable(
            "unpacks-too-large",
            f"The workbook unpacks to more than {limits.MAX_UNPACKED_BYTES} bytes.",
        )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096).replace(b"\x00", b""):
                    raise unreadable(
                        "document-type", "The workbook declares an XML document type."
                    )


def _excel_text(value: Any) -> str | None:
    return cell_text(xlsx_value_to_str(value)) if value is not None else None


def _xls_tables(data: bytes) -> Iterator[tuple[str, Iterator[list[str | None]]]]:
    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    try:
        for sheet in book.sheets():
            yield sheet.name, _xls_rows(book, sheet)
    finally:
        book.release_resources()


def _xls_rows(book: xlrd.book.Book, sheet: xlrd.sheet.Sheet) -> Iterator[list[str | None]]:
    for number in range(sheet.nrows):
        yield [
            cell_text(xls_value_to_unicode(cell.value, cell.ctype, book.datemode))
            if cell.value != ""
            else None
            for cell in sheet.row(number)
        ]
