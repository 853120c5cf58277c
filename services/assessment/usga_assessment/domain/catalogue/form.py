"""Source to XLSForm: the sheets of a form, as CSV text and as an .xlsx workbook."""

import csv
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from openpyxl import Workbook

from usga_assessment.domain.catalogue.phrases import hint, message
from usga_assessment.domain.catalogue.shorthand import Shorthand
from usga_assessment.domain.catalogue.shown import with_notes
from usga_assessment.domain.catalogue.source import BLOCKS, Source, SourceModule, SourceRow
from usga_assessment.domain.catalogue.wording import ENGLISH, Wording

NAMESPACE = 'usga="urn:usga:xlsform:1"'
TYPES = {"one": "select_one", "many": "select_multiple", "one_file": "select_one_from_file"}
CLASSES = {
    "text": "text", "geopoint": "location", "geoshape": "location", "image": "identifier",
    "deviceid": "identifier",
}  # fmt: skip
"""How answers of a type are kept when the source says nothing else."""
ATTRIBUTES = ("role", "preload", "list", "notice", "implied")
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # the same source makes the same bytes

Table = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class FormSheets:
    """The three sheets of an XLSForm, each a list of rows by column."""

    survey: Table
    choices: Table
    settings: Table

    def named(self) -> list[tuple[str, Table]]:
        """The sheets with their names."""
        return [("survey", self.survey), ("choices", self.choices), ("settings", self.settings)]


def build_form(source: Source, wording: Wording) -> FormSheets:
    """Expand the source of an instrument."""
    shorthand = Shorthand(source.modules, source.lists, source.sets)
    survey: Table = []
    questions = {row.name: row for module in source.modules for row in module.rows}
    for module in source.modules:
        rows = with_notes(module.rows, questions, source.lists)
        survey += _module(replace(module, rows=[*rows]), shorthand, wording)
    settings = {
        "form_title": source.title.english,
        "form_id": source.name,
        "version": source.version,
        "default_language": ENGLISH,
        **wording.cells("public_title", source.title),
        "namespaces": NAMESPACE,
    }
    return FormSheets(survey, _choices(source, wording), [settings])


def _module(module: SourceModule, shorthand: Shorthand, wording: Wording) -> Table:
    begin = {
        "type": "begin_group",
        "name": f"m_{module.letter.lower()}",
        **wording.cells("label", module.title),
        "relevant": module.relevant,
        "bind::usga:module": module.letter,
    }
    table: Table = [begin]
    open_blocks: list[str] = []
    for row in (copy for each in module.rows for copy in _times(each)):
        if row.name:
            table.append(_row(row, module.letter, shorthand, wording))
            if row.type in BLOCKS:
                open_blocks.append(row.type)
        else:
            table.append({"type": f"end_{open_blocks.pop()}"})
    return [*table, {"type": "end_group"}]


def _times(row: SourceRow) -> list[SourceRow]:
    """A row that asks for copies, numbered from 1 in the place of {n}; else the row itself."""
    count = int(row.more.get("times", "1"))
    if "{n}" not in row.name:
        return [row]
    return [
        replace(
            row,
            name=row.name.replace("{n}", str(n)),
            label=replace(row.label, values=(("n", str(n)),)),
        )
        for n in range(1, count + 1)
    ]


def _row(row: SourceRow, module: str, shorthand: Shorthand, wording: Wording) -> dict[str, str]:
    base, _, list_name = row.type.partition(" ")
    many = base == "many"
    alone = shorthand.alone(list_name) if many else ""
    constraint = " and ".join(f"({c})" for c in (alone, row.constraint) if c)
    if not (alone and row.constraint):
        constraint = alone or row.constraint
    made = {
        "type": f"begin_{base}" if base in BLOCKS else f"{TYPES.get(base, base)} {list_name}",
        "name": row.name,
        **wording.cells("label", row.label),
        **wording.cells("hint", *hint(row)),
        "relevant": shorthand.expand(row.relevant, module),
        "constraint": constraint,
        **wording.cells("constraint_message", *(message(row, many=many) if constraint else [])),
        "bind::usga:sensitivity": row.sensitivity,
        "bind::usga:field_class": row.more.get("class", _implied_class(base, row)),
        "bind::usga:cls": row.cls,
    }
    made["type"] = made["type"].strip()
    for column in ("calculation", "choice_filter"):
        made[column] = shorthand.expand(row.more.get(column, ""), module, many=many)
    for column in ("required", "default", "repeat_count", "appearance", "parameters"):
        made[column] = row.more.get(column, "")
    for attribute in ATTRIBUTES:
        made[f"bind::usga:{attribute}"] = row.more.get(attribute, "")
    if base == "audit":  # XLSForm knows it by this name alone
        made |= {"name": "audit", "bind::usga:variable": row.name}
    return made


def _implied_class(base: str, row: SourceRow) -> str:
    return "s3" if row.sensitivity == "3" else CLASSES.get(base, "open")


def _choices(source: Source, wording: Wording) -> Table:
    rows = [row for module in source.modules for row in module.rows]
    used = {row.type.partition(" ")[2] for row in rows}
    used |= {row.more["list"] for row in rows if "list" in row.more}
    return [
        {"list_name": name, "name": choice.name, **wording.cells("label", choice.label)}
        for name, choices in source.lists.items()
        if name in used
        for choice in choices
    ]


def _columns(table: Table) -> list[str]:
    """The columns that hold anything, in the order in which rows bring them."""
    return [
        c for c in dict.fromkeys(c for row in table for c in row) if any(r.get(c) for r in table)
    ]


def as_csv(sheets: FormSheets) -> str:
    """The form as one CSV text, sheet after sheet, as pyxform reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for name, table in sheets.named():
        columns = _columns(table)
        writer.writerow([name])
        writer.writerow(["", *columns])
        writer.writerows(["", *(row.get(column, "") for column in columns)] for row in table)
    return out.getvalue()


def as_xlsx(sheets: FormSheets) -> bytes:
    """The form as a workbook for people and for other tools."""
    workbook = Workbook(write_only=True)
    workbook.properties.created = workbook.properties.modified = MADE_AT.replace(tzinfo=None)
    workbook.properties.creator = "USGA"
    for name, table in sheets.named():
        sheet = workbook.create_sheet(name)
        columns = _columns(table)
        sheet.append(columns)
        for row in table:
            sheet.append([row.get(column) or None for column in columns])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()
