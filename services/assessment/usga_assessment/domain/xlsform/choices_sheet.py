"""The choices sheet: lists of choices with labels and the columns that filters use."""

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.node import Choice, FormSettings
from usga_assessment.domain.xlsform.rows import Cells, read_rows
from usga_assessment.domain.xlsform.wording import error
from usga_assessment.domain.xlsform.workbook import Sheet, Workbook

NAMED = {("list_name",), ("name",)}
Lists = dict[str, list[Choice]]


def read_choices(workbook: Workbook, settings: FormSettings) -> tuple[Lists, list[Finding]]:
    """Read all the lists; a choice without a name, or named twice, is a finding."""
    reader = _Reader(unique=not settings.allow_choice_duplicates)
    for name in ("choices", "external_choices"):
        sheet = workbook.sheet(name)
        for row in read_rows(sheet, settings.default_language):
            reader.read(sheet, row)
    return reader.lists, reader.findings


class _Reader:
    def __init__(self, *, unique: bool) -> None:
        self._unique = unique
        self._first: dict[tuple[str, str], int] = {}
        self.lists: Lists = {}
        self.findings: list[Finding] = []

    def read(self, sheet: Sheet, row: Cells) -> None:
        list_name, name = row.get("list_name"), row.get("name")
        if list_name is None:
            return  # a remark between lists, as pyxform reads it
        cell = sheet.cell(row.number, row.headers.get(("name",)))
        if name is None:
            self.findings.append(error("choice-without-name", cell, list=list_name))
            return
        first = self._first.setdefault((list_name, name), row.number)
        if first != row.number and sheet.name == "choices" and self._unique:
            self.findings.append(
                error(
                    "duplicate-choice", cell, name=name, choice=name, list=list_name, first=first
                )
            )
        extra = {
            path[0]: value
            for path, value in row.values.items()
            if len(path) == 1 and path not in NAMED
        }
        choice = Choice(name, row.texts.get("label", {}), extra, row.number, sheet.name)
        self.lists.setdefault(list_name, []).append(choice)
