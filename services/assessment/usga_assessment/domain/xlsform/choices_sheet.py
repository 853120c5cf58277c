"""The choices sheet: lists of choices with labels and the columns that filters use."""

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.node import Choice, FormSettings
from usga_assessment.domain.xlsform.rows import Cells, read_rows
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
            self.findings.append(_nameless(cell, list_name))
            return
        first = self._first.setdefault((list_name, name), row.number)
        if first != row.number and sheet.name == "choices" and self._unique:
            self.findings.append(_duplicate(cell, name, list_name, first))
        extra = {
            path[0]: value
            for path, value in row.values.items()
            if len(path) == 1 and path not in NAMED
        }
        choice = Choice(name, row.texts.get("label", {}), extra, row.number)
        self.lists.setdefault(list_name, []).append(choice)


def _nameless(cell: str, list_name: str) -> Finding:
    return Finding(
        "choice-without-name",
        Severity.ERROR,
        cell,
        f"A choice of the list {list_name!r} has no name.",
        hint="Every choice needs a short code in the column 'name'.",
    )


def _duplicate(cell: str, name: str, list_name: str, first: int) -> Finding:
    return Finding(
        "duplicate-choice",
        Severity.ERROR,
        cell,
        f"The choice {name!r} stands twice in the list {list_name!r}, first in row {first}.",
        expected="names that are unique in their list",
        hint="Rename one; where a filter tells them apart, set allow_choice_duplicates to yes.",
    )
