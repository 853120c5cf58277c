"""The survey sheet: rows to a tree of questions, groups and repeats."""

import re
from dataclasses import dataclass, field

from pyxform.errors import PyXFormError
from pyxform.parsing.parameters import parse as parse_parameters

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.node import Choice, FormSettings, Node
from usga_assessment.domain.xlsform.rows import Cells, read_rows
from usga_assessment.domain.xlsform.spelling import LONGEST, MOST_HINTS, did_you_mean
from usga_assessment.domain.xlsform.types import (
    EXTERNAL_INSTANCES,
    GroupMark,
    QuestionType,
    meant_type,
    parse_group,
    parse_type,
)
from usga_assessment.domain.xlsform.workbook import Sheet, Workbook

NAME = re.compile(r"^[A-Za-z_][\w.\-]*$")
FALSE = {"false()", "false", "no"}


@dataclass(slots=True)
class Survey:
    """What the survey sheet gives: the tree, the external lists, and what is wrong."""

    sheet: Sheet
    nodes: list[Node] = field(default_factory=list)
    external_lists: dict[str, None] = field(default_factory=dict)
    headers: dict[tuple[str, ...], str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    abandoned: bool = False  # too deep to be walked by anything, so nothing else is said of it

    def cell(self, row: int, *path: str) -> str:
        """The address of a cell of the survey sheet by its column's meaning."""
        return self.sheet.cell(row, self.headers.get(path))

    def error(
        self, code: str, row: int, path: tuple[str, ...], message: str, **more: str | None
    ) -> None:
        """Record an error at a cell."""
        self.findings.append(Finding(code, Severity.ERROR, self.cell(row, *path), message, **more))

    def abandon(self, row: int) -> None:
        """Give up on a form whose groups stand too deep inside one another."""
        self.abandoned = True
        self.nodes.clear()
        self.error(
            "nested-too-deep",
            row,
            ("type",),
            f"Groups stand inside one another more than {limits.MAX_NESTING} deep.",
        )


def read_survey(workbook: Workbook, settings: FormSettings, lists: Lists) -> Survey:
    """Read the survey sheet; everything wrong in it becomes a finding, all at once."""
    survey = Survey(workbook.sheet("survey"))
    stack: list[Node] = []
    count = 0
    for row in read_rows(survey.sheet, settings.default_language):
        survey.headers = row.headers
        text = row.get("type")
        if text is None:
            if row.get("name") is not None:
                survey.error("no-type", row.number, ("type",), "A question has no type.")
            continue
        if (row.get("disabled") or "").lower() in {"yes", "true", "true()"}:
            continue
        siblings = stack[-1].children if stack else survey.nodes
        mark = parse_group(text)
        if mark is not None and mark.opens and len(stack) >= limits.MAX_NESTING:
            survey.abandon(row.number)
            return survey
        if mark is not None:
            _group(survey, row, mark, stack, siblings)
            continue
        count += 1
        if count <= limits.MAX_QUESTIONS:
            _question(survey, row, parse_type(text), siblings, lists)
    if count > limits.MAX_QUESTIONS:
        survey.error("too-many-questions", 2, (), f"More than {limits.MAX_QUESTIONS} questions.")
    for group in stack:
        survey.error(
            "group-not-closed", group.row, ("type",),
            f"The {group.kind} {group.name!r} is never closed.",
            hint=f"Add an end_{group.kind} row.",
        )  # fmt: skip
    return survey


def _group(
    survey: Survey, row: Cells, mark: GroupMark, stack: list[Node], siblings: list[Node]
) -> None:
    if mark.opens:
        node = _node(survey, row, mark.kind, "")
        node.repeat_count = row.get("control", "jr:count")
        siblings.append(node)
        stack.append(node)
        return
    if not stack or stack[-1].kind != mark.kind:
        survey.error(
            "group-not-opened", row.number, ("type",),
            f"This row ends a {mark.kind} that is not open.",
            expected=f"end_{stack[-1].kind}" if stack else "no end row here",
        )  # fmt: skip
        return
    stack.pop()


def _unknown_type(survey: Survey, row: int, text: str) -> None:
    survey.error(
        "unknown-type", row, ("type",), f"There is no question type {text[:LONGEST]!r}.",
        expected="a type of XLSForm: text, integer, decimal, date, note, select_one LIST, ...",
        hint=meant_type(text) if len(survey.findings) < MOST_HINTS else None,
    )  # fmt: skip


def _question(
    survey: Survey, row: Cells, kind: QuestionType, siblings: list[Node], lists: Lists
) -> None:
    if kind.base in EXTERNAL_INSTANCES:
        suffix = "xml" if kind.base.startswith("xml") else "csv"
        survey.external_lists[f"{row.get('name')}.{suffix}"] = None
        return
    if not kind.known:
        _unknown_type(survey, row.number, row.get("type") or "")
    node = _node(survey, row, "question", kind.base)
    if kind.list_name is not None:
        _choose_list(survey, node, kind, lists)
    node.constraint = node.constraint or kind.constraint
    siblings.append(node)
    if kind.or_other and kind.list_name is not None:
        _add_other(node, lists.get(kind.list_name, []), siblings)


def _choose_list(survey: Survey, node: Node, kind: QuestionType, lists: Lists) -> None:
    name = kind.list_name or ""
    node.list_name = name
    if kind.from_file:
        survey.external_lists[name] = None
        node.list_name = name.rpartition(".")[0] or name
    elif name not in lists and not name.startswith("${"):
        survey.error(
            "unknown-list", node.row, ("type",), f"The list {name!r} is not on the choices sheet.",
            expected="one of the lists: " + ", ".join(sorted(lists)[:20]) if lists else None,
            hint=did_you_mean(name, lists) if len(survey.findings) < MOST_HINTS else None,
        )  # fmt: skip


def _add_other(node: Node, choices: list[Choice], siblings: list[Node]) -> None:
    if not any(choice.name == "other" for choice in choices):
        choices.append(Choice("other", dict.fromkeys(node.label, "Other"), {}, node.row))
    other = Node("question", f"{node.name}_other", "text", node.row)
    other.label = dict.fromkeys(node.label, "Specify other.")
    other.relevant = f"selected(${{{node.name}}}, 'other')"
    siblings.append(other)


def _node(survey: Survey, row: Cells, kind: str, base: str) -> Node:
    node = Node(kind, _name(survey, row, base), base, row.number)
    node.label = row.texts.get("label", {})
    node.hint = row.texts.get("hint", {})
    node.constraint_message = row.texts.get("constraint_message", {})
    node.relevant = row.bind("relevant")
    node.constraint = row.bind("constraint")
    required = row.bind("required")
    node.required = None if required in FALSE else required
    node.calculation = row.bind("calculate")
    node.default = row.get("default")
    node.choice_filter = row.get("choice_filter")
    node.read_only = (row.bind("readonly") or "false()") not in FALSE or base == "note"
    node.appearance = row.get("control", "appearance")
    node.attributes = row.attributes()
    node.parameters = _parameters(survey, row)
    return node


def _parameters(survey: Survey, row: Cells) -> dict[str, str]:
    try:
        parsed = parse_parameters(row.get("parameters") or "", row.number)
    except PyXFormError:
        survey.error(
            "parameters", row.number, ("parameters",), "The parameters cannot be read.",
            expected="key=value key=value",
        )  # fmt: skip
        return {}
    return {str(key): str(value) for key, value in parsed.items()}


def _name(survey: Survey, row: Cells, base: str) -> str:
    if base == "audit":
        return "audit"
    name = row.get("name")
    if name is None:
        if base != "note":
            survey.error("no-name", row.number, ("name",), "A question or group has no name.")
        return f"generated_note_name_{row.number}"
    if not NAME.match(name):
        survey.error(
            "bad-name", row.number, ("name",), f"The name {name[:64]!r} cannot be used.",
            expected="a letter or underscore, then letters, digits, _ - .",
        )  # fmt: skip
    return name
