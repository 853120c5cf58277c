"""Values that can never be: defaults of another type, answers that no choice gives."""

import re
from collections import Counter
from collections.abc import Iterator

from pyxform.utils import default_is_dynamic

from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.headers import parse_headers
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.rows import read_rows
from usga_assessment.domain.xlsform.survey_sheet import Survey, usable_name
from usga_assessment.domain.xlsform.wording import error, warning
from usga_assessment.domain.xlsform.workbook import Workbook

WRITTEN = {
    "integer": re.compile(r"[+-]?\d+"),
    "decimal": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"),
    "date": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "time": re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?"),
    "dateTime": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T\d\d:\d\d.*"),
}
"""How a default of each type is written."""

EXAMPLES = {
    "integer": "12", "decimal": "1.5", "date": "2026-12-31", "time": "14:30",
    "dateTime": "2026-12-31T14:30",
}  # fmt: skip
SELECTS = frozenset({"select_one", "select_multiple", "rank"})
COMPARED = re.compile(
    r"""\$\{\s*([\w.\-]+)\s*\}\s*!?=\s*(?:'([^']+)'|"([^"]+)")"""
    r"""|selected\(\s*\$\{\s*([\w.\-]+)\s*\}\s*,\s*(?:'([^']+)'|"([^"]+)")\s*\)"""
)
EMPTY = re.compile(r"\$\{\s*\}")
WEB = re.compile(r"https?://", re.IGNORECASE)
ELEMENT = re.compile(r"[^\W\d][\w.-]*")
OF_CHOICES = frozenset({"label", "media", "image", "audio", "video", "big-image"})
LABEL_OF = re.compile(
    r"""instance\(\s*['"]([^'"]+)['"]\s*\)\s*/root/item\s*(?:\[[^\[\]]*\]\s*)*/label\b"""
)
TO_BE_SET = re.compile(r"\bto be set\)|\(placeholder\)", re.IGNORECASE)
NOT_A_NUMBER = "NaN"
"""Written in comparisons by authors who know how empty answers become numbers."""

SHOWN = 20


def lint_values(workbook: Workbook, survey: Survey, lists: Lists) -> list[Finding]:
    """Find defaults and comparisons that no answer meets, and other values without effect."""
    findings = [*_submission(workbook), *_empty_references(workbook), *_homeless(workbook)]
    findings += [*_entities(workbook, survey), *_column_names(workbook, survey)]
    findings += _labels_by_language(workbook, survey, lists)
    findings += _to_be_set(workbook, lists)
    return findings + lint_answers(survey, lists)


def lint_answers(survey: Survey, lists: Lists) -> list[Finding]:
    """Find the defaults and comparisons that no answer meets, in a form of any kind."""
    findings: list[Finding] = []
    nodes = [node for node, _ in walk(survey.nodes)]
    names = Counter(node.name for node in nodes)
    asked = {node.name: node for node in nodes if names[node.name] == 1}
    for node in nodes:
        findings += _default(survey, lists, node)
        findings += _compared(survey, lists, asked, node)
    return findings


def _default(survey: Survey, lists: Lists, node: Node) -> Iterator[Finding]:
    text = (node.default or "").strip()
    if not text or "${" in text or "(" in text or default_is_dynamic(text, node.type):
        return
    cell = survey.cell(node.row, *COLUMNS["default"])
    pattern = WRITTEN.get(node.type)
    if pattern is not None and not pattern.fullmatch(text):
        yield warning(
            "default-of-other-type", cell, name=node.name, default=text, type=node.type,
            example=EXAMPLES[node.type],
        )  # fmt: skip
    known = choices_of(lists, node)
    wanted = [text] if node.type == "select_one" else text.split()
    for value in wanted if known else ():
        if value not in known:
            yield _no_choice(cell, node, node, value, known)
            return


def _compared(
    survey: Survey, lists: Lists, asked: dict[str, Node], node: Node
) -> Iterator[Finding]:
    for column, expression in node.expressions():
        for match in COMPARED.finditer(expression):
            name = match[1] or match[4]
            value = match[2] or match[3] or match[5] or match[6]
            question = asked.get(name)
            known = choices_of(lists, question) if question is not None else ()
            if question is None or not known or value in {*known, NOT_A_NUMBER}:
                continue
            if question.type == "select_one" or " " not in value:
                cell = survey.cell(node.row, *COLUMNS[column])
                yield _no_choice(cell, node, question, value, known)


def choices_of(lists: Lists, node: Node) -> tuple[str, ...]:
    """The names that may be chosen, or none where the list comes from elsewhere."""
    if node.type not in SELECTS or "search(" in (node.appearance or ""):
        return ()
    return tuple(choice.name for choice in lists.get(node.list_name or "", ()))


def _no_choice(
    cell: str, node: Node, question: Node, value: str, known: tuple[str, ...]
) -> Finding:
    return warning(
        "no-such-choice", cell, name=node.name, value=value, question=question.name,
        list=question.list_name, choices=", ".join(known[:SHOWN]),
    )  # fmt: skip


def _empty_references(workbook: Workbook) -> Iterator[Finding]:
    sheet = workbook.sheet("survey")
    for row in sheet.rows:
        for header, value in row.cells.items():
            if EMPTY.search(value):
                yield error("broken-reference", sheet.cell(row.number, header), text=value)


def _homeless(workbook: Workbook) -> Iterator[Finding]:
    """A choice without a list is a remark to the converter, though hardly meant as one."""
    sheet = workbook.sheet("choices")
    for row in read_rows(sheet, "default"):
        if row.get("list_name") is None and row.get("name") and row.texts.get("label"):
            cell = sheet.cell(row.number, row.headers.get(("list_name",)))
            yield warning("choice-without-list", cell, name=row.get("name"))


def _column_names(workbook: Workbook, survey: Survey) -> Iterator[Finding]:
    """Columns of choices that no XForm can carry: it writes an element of that name."""
    sheet = workbook.sheet("choices")
    headers = parse_headers(sheet.name, sheet.columns)
    used = {node.list_name for node, _ in walk(survey.nodes)}
    lists = next((text for text, h in headers.items() if h.path == ("list_name",)), "")
    filled = {c for row in sheet.rows if row.cells.get(lists) in used for c in row.cells}
    for text, header in headers.items():
        is_text = header.path[0] in OF_CHOICES
        if text in filled and " " not in text and not is_text and not ELEMENT.fullmatch(text):
            cell = sheet.cell(sheet.header_row, text)
            yield error("choice-column-name", cell, column=text, better=usable_name(text))


def _to_be_set(workbook: Workbook, lists: Lists) -> Iterator[Finding]:
    """Labels of the shipped forms that each assessment writes itself, such as bands of income."""
    sheet = workbook.sheet("choices")
    headers = parse_headers(sheet.name, sheet.columns)
    column = next((text for text, h in headers.items() if h.path == ("label",)), None)
    for name, choices in lists.items():
        waiting = [each for each in choices if any(map(TO_BE_SET.search, each.label.values()))]
        if waiting and waiting[0].sheet == sheet.name:
            cell = sheet.cell(waiting[0].row, column)
            yield warning("label-to-be-set", cell, list=name, count=len(waiting))


def _labels_by_language(workbook: Workbook, survey: Survey, lists: Lists) -> Iterator[Finding]:
    """A label in several languages is a text elsewhere in the XForm, and its element is empty."""
    sheet = workbook.sheet("choices")
    headers = parse_headers(sheet.name, sheet.columns).values()
    if not any(header.path == ("label",) and header.language for header in headers):
        return
    for node, _ in walk(survey.nodes):
        for column, expression in node.expressions():
            for match in LABEL_OF.finditer(expression):
                if match[1] in lists:
                    cell = survey.cell(node.row, *COLUMNS[column])
                    yield warning("label-by-language", cell, name=node.name, list=match[1])


def _submission(workbook: Workbook) -> Iterator[Finding]:
    sheet = workbook.sheet("settings")
    headers = parse_headers(sheet.name, sheet.columns)
    for row in sheet.rows[:1]:
        for header, value in row.cells.items():
            if headers[header].path[-1] == "submission_url" and not WEB.match(value):
                yield error("submission-url", sheet.cell(row.number, header))


def _entities(workbook: Workbook, survey: Survey) -> Iterator[Finding]:
    """A form that updates entities reads their versions from their list, as a file of its own."""
    sheet = workbook.sheet("entities")
    lists = {name.rpartition(".")[0] for name in survey.external_lists}
    for row in sheet.rows:
        cells = {header.lower(): value for header, value in row.cells.items()}
        name = cells.get("list_name") or cells.get("dataset")
        if cells.get("entity_id") and name and name not in lists:
            header = next(h for h, value in row.cells.items() if value == name)
            cell = sheet.cell(row.number, header)
            yield error("entity-list-not-attached", cell, list=name)
