"""The survey sheet: rows to a tree of questions, groups and repeats."""

import re
from dataclasses import dataclass, field, replace

from pyxform.errors import PyXFormError
from pyxform.parsing.parameters import parse as parse_parameters

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.expression_slips import unreadable
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.loops import expanded, size_of
from usga_assessment.domain.xlsform.node import Choice, FormSettings, Node
from usga_assessment.domain.xlsform.repeat_choices import from_answers
from usga_assessment.domain.xlsform.rows import Cells, read_rows
from usga_assessment.domain.xlsform.spelling import LONGEST, MOST_HINTS, did_you_mean
from usga_assessment.domain.xlsform.types import (
    EXTERNAL_INSTANCES,
    GroupMark,
    QuestionType,
    is_visible,
    meant_type,
    misspelt_group,
    parse_group,
    parse_type,
)
from usga_assessment.domain.xlsform.wording import error
from usga_assessment.domain.xlsform.workbook import Sheet, Workbook

NAME = re.compile(r"^[^\W\d][\w.\-]*$")
"""A name of XML without colon: letters of any alphabet (ODK XForms specification, bindings)."""

FALSE = {"false()", "false", "no"}


@dataclass(slots=True)
class Survey:
    """What the survey sheet gives: the tree, the external lists, and what is wrong."""

    sheet: Sheet
    nodes: list[Node] = field(default_factory=list)
    lists: Lists = field(default_factory=dict)
    external_lists: dict[str, None] = field(default_factory=dict)
    unasked: dict[str, None] = field(default_factory=dict)  # names that are no questions
    headers: dict[tuple[str, ...], str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    loops: dict[int, list[Choice]] = field(default_factory=dict)  # open ones, by their node
    offered: dict[bool, list[str]] = field(default_factory=dict)  # lists, external or not
    meant: dict[int, str] = field(default_factory=dict)  # types of rows that are misspelt
    abandoned: bool = False  # too deep to be walked by anything, so nothing else is said of it

    def cell(self, row: int, *path: str) -> str:
        """The address of a cell of the survey sheet by its column's meaning."""
        return self.sheet.cell(row, self.headers.get(path))

    def error(self, code: str, row: int, *path: str, **values: object) -> None:
        """Record an error at a cell; `values` fill its words."""
        self.findings.append(error(code, self.cell(row, *path), **values))

    def abandon(self, row: int) -> None:
        """Give up on a form whose groups stand too deep inside one another."""
        self.abandoned = True
        self.nodes.clear()
        self.error("nested-too-deep", row, "type", limit=limits.MAX_NESTING)

    def corrected(self, workbook: Workbook) -> Workbook:
        """The workbook with the misspelt types as they were meant."""
        column = self.headers.get(("type",))
        if not self.meant or column is None:
            return workbook
        rows = tuple(
            replace(row, cells={**row.cells, column: self.meant[row.number]})
            if row.number in self.meant
            else row
            for row in self.sheet.rows
        )
        return replace(
            workbook, sheets={**workbook.sheets, "survey": replace(self.sheet, rows=rows)}
        )


def read_survey(workbook: Workbook, settings: FormSettings, lists: Lists) -> Survey:
    """Read the survey sheet; everything wrong in it becomes a finding, all at once."""
    survey = Survey(workbook.sheet("survey"), lists=lists)
    stack: list[Node] = []
    count = 0
    for row in read_rows(survey.sheet, settings.default_language):
        survey.headers = row.headers
        text = row.get("type")
        if text is None:
            if row.get("name") is not None:
                survey.error("no-type", row.number, "type")
            continue
        if (row.get("disabled") or "").lower() in {"yes", "true", "true()"}:
            continue
        siblings = stack[-1].children if stack else survey.nodes
        mark = parse_group(text) or _meant_mark(survey, row.number, text)
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
        survey.error("too-many-questions", 2, limit=limits.MAX_QUESTIONS)
    for group in stack:
        survey.error("group-not-closed", group.row, "type", kind=group.kind, group=group.name)
    return survey


def _group(
    survey: Survey, row: Cells, mark: GroupMark, stack: list[Node], siblings: list[Node]
) -> None:
    if mark.opens:
        node = _node(survey, row, mark.kind, "")
        node.repeat_count = row.get("control", "jr:count")
        siblings.append(node)
        stack.append(node)
        if mark.over is not None:
            survey.loops[id(node)] = survey.lists.get(mark.over, [])
        return
    if not stack or stack[-1].kind != mark.kind:
        awaited = {"end": f"end_{stack[-1].kind}", "expects": "end-of-open"} if stack else {}
        survey.error("group-not-opened", row.number, "type", kind=mark.kind, **awaited)
        return
    closed = stack.pop()
    choices = survey.loops.pop(id(closed), None)
    if choices is not None:
        _expand(survey, closed, choices)
    if closed.kind == "group" and not any(is_visible(child) for child in closed.children):
        survey.error("too-little-in-group", closed.row, "type", kind="group", group=closed.name)


def _expand(survey: Survey, loop: Node, choices: list[Choice]) -> None:
    if size_of(loop, choices) > limits.MAX_QUESTIONS:
        survey.error("too-many-questions", loop.row, "type", limit=limits.MAX_QUESTIONS)
        return
    loop.children = expanded(loop, choices)


def _meant_mark(survey: Survey, row: int, text: str) -> GroupMark | None:
    """Read a misspelt mark as what was meant: it is told once, and nothing follows of it."""
    meant = misspelt_group(text)
    if meant is None:
        return None
    survey.error(
        "unknown-type", row, "type", type=text[:LONGEST], hints="did-you-mean", meant=meant
    )
    survey.meant[row] = meant
    return parse_group(meant)


def _unknown_type(survey: Survey, row: int, text: str) -> None:
    hints, meant = meant_type(text) if len(survey.findings) < MOST_HINTS else (None, None)
    survey.error("unknown-type", row, "type", type=text[:LONGEST], hints=hints, meant=meant)


def _question(
    survey: Survey, row: Cells, kind: QuestionType, siblings: list[Node], lists: Lists
) -> None:
    if kind.base in EXTERNAL_INSTANCES:
        suffix = "xml" if kind.base.startswith("xml") else "csv"
        survey.external_lists[f"{row.get('name')}.{suffix}"] = None
        survey.unasked[row.get("name") or ""] = None
        return
    if not kind.known:
        _unknown_type(survey, row.number, row.get("type") or "")
        if row.get("name") is None:
            return  # as of a mark of another program: whatever it is, it asks nothing
    node = _node(survey, row, "question", kind.base)
    if kind.list_name is not None:
        _choose_list(survey, node, kind, lists)
    node.constraint = node.constraint or kind.constraint
    siblings.append(node)
    if kind.or_other and kind.list_name is not None:
        _add_other(node, lists.get(kind.list_name, []), siblings)


PLAIN = QuestionType("select_one")


def _choose_list(survey: Survey, node: Node, kind: QuestionType, lists: Lists) -> None:
    name = kind.list_name or ""
    node.list_name = name
    if kind.external and not node.choice_filter and not _on_sheet(lists.get(name), PLAIN):
        survey.error("external-select", node.row, "type")
        return
    if kind.from_file:
        survey.external_lists[name] = None
        node.list_name = name.rpartition(".")[0] or name
    elif not from_answers(name) and not _on_sheet(lists.get(name), kind):
        there = survey.offered.get(kind.external)
        if there is None:  # once for all the rows that may miss a list
            there = sorted(each for each, choices in lists.items() if _on_sheet(choices, kind))
            survey.offered[kind.external] = there
        meant = did_you_mean(name, there) if len(survey.findings) < MOST_HINTS else None
        survey.error(
            "unknown-list", node.row, "type", list=name, meant=meant,
            lists=", ".join(there[:20]) or None,
            says="unknown-external-list" if kind.external else None,
            expects="one-of-lists" if there else None,
            hints="did-you-mean" if meant else "unknown-external-list" if kind.external else None,
        )  # fmt: skip


def _on_sheet(choices: list[Choice] | None, kind: QuestionType) -> bool:
    sheet = "external_choices" if kind.external else "choices"
    return any(choice.sheet == sheet for choice in choices or ())


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
    node.trigger = row.get("trigger") if node.calculation is not None else None
    node.default = row.get("default")
    node.choice_filter = row.get("choice_filter")
    cell = survey.cell(row.number, "bind", "readonly")
    survey.findings += unreadable(row.bind("readonly"), cell, node.name)
    node.read_only = (row.bind("readonly") or "false()") not in FALSE or base == "note"
    node.appearance = row.get("control", "appearance")
    node.attributes = row.attributes()
    node.parameters = _parameters(survey, row)
    return node


def _parameters(survey: Survey, row: Cells) -> dict[str, str]:
    try:
        parsed = parse_parameters(row.get("parameters") or "", row.number)
    except PyXFormError:
        survey.error("parameters", row.number, "parameters")
        return {}
    return {str(key): str(value) for key, value in parsed.items()}


def _name(survey: Survey, row: Cells, base: str) -> str:
    if base == "audit":
        return "audit"
    name = row.get("name")
    if name is None:
        if base != "note":
            survey.error("no-name", row.number, "name")
        return f"generated_note_name_{row.number}"
    if not NAME.match(name):
        survey.error("bad-name", row.number, "name", bad=name[:LONGEST], better=usable_name(name))
    return name


def usable_name(name: str) -> str:
    """A name made of a bad one, for the hint."""
    made = re.sub(r"[^A-Za-z0-9_]+", "_", name[:LONGEST]).strip("_").lower()
    return made if NAME.match(made) else f"q_{made}".rstrip("_")
