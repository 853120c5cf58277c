"""The settings sheet: name, version, titles and languages of a form."""

import re
from hashlib import sha256

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.headers import UNDETERMINED, language_code, parse_headers
from usga_assessment.domain.xlsform.identity import carried_name, carried_version
from usga_assessment.domain.xlsform.node import FormSettings
from usga_assessment.domain.xlsform.rows import Cells, has_plain_texts, languages_of, read_rows
from usga_assessment.domain.xlsform.wording import error, unreadable, warning
from usga_assessment.domain.xlsform.workbook import Sheet, Workbook

START = "urn:usga:xlsform:"
EXTENSION = re.compile(re.escape(START) + r"([^\"'\s]*)")
TEXT_SHEETS = ("survey", "choices")


def read_settings(workbook: Workbook, data: bytes) -> tuple[FormSettings, list[Finding]]:
    """Read the settings; a form without a name or a version gets one, and a warning.

    Raises UnreadableForm when the form has more languages than the cap.
    """
    sheet = workbook.sheet("settings")
    texts = [workbook.sheet(name) for name in TEXT_SHEETS]
    languages = languages_of(texts)
    default = _default_language(sheet, languages, plain=has_plain_texts(texts))
    if default not in languages:
        languages.insert(0, default)
    if len(languages) > limits.MAX_LANGUAGES:
        raise unreadable("too-many-languages", limit=limits.MAX_LANGUAGES)
    row = next(read_rows(sheet, default), Cells(sheet.header_row + 1, {}, {}))
    findings: list[Finding] = []
    name = written = row.get("id_string") or row.get("name") or ""
    if not name:
        name = written = "form"
        findings.append(_missing(sheet, "form_id", name))
    name, more = carried_name(name, _cell(sheet, row, "id_string", "name"))
    findings += more
    version = row.get("version") or ""
    if not version:
        version = sha256(data).hexdigest()[:12]
        findings.append(_missing(sheet, "version", version))
    version, more = carried_version(version, _cell(sheet, row, "version"))
    findings += more
    findings += _extension(sheet, row)
    settings = FormSettings(
        name=name,
        version=version,
        title=row.texts.get("title") or {default: written},
        public_title=row.texts.get("public_title", {}),
        public_intro=row.texts.get("public_intro", {}),
        default_language=default,
        languages=tuple(languages),
        allow_choice_duplicates=(row.get("allow_choice_duplicates") or "").lower()
        in {"yes", "true"},
    )
    return settings, findings


def _default_language(sheet: Sheet, languages: list[str], *, plain: bool) -> str:
    headers = parse_headers(sheet.name, sheet.columns)
    first = next(iter(sheet.rows), None)
    if first is not None:
        for column, value in first.cells.items():
            if headers[column].path == ("default_language",):
                return language_code(value)
    return UNDETERMINED if plain or not languages else languages[0]


def _extension(sheet: Sheet, row: Cells) -> list[Finding]:
    """Columns of our own in a version that is not known here would be read as another's."""
    known = EXTENSION.findall(row.get("namespaces") or "")
    return [
        error("unknown-extension", _cell(sheet, row, "namespaces"), written=f"{START}{version}")
        for version in known
        if version != "1"
    ]


def _cell(sheet: Sheet, row: Cells, *columns: str) -> str:
    header = next((row.headers[column,] for column in columns if row.get(column)), None)
    return sheet.cell(row.number, header)


def _missing(sheet: Sheet, column: str, made: str) -> Finding:
    cell = sheet.cell(sheet.header_row + 1, column) if sheet.columns else "settings"
    return warning(f"missing-{column.replace('_', '-')}", cell, made=made)
