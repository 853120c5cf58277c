"""Sensitivity (S0 to S3) and field class of each question, as declared or as implied."""

import re

from usga_shared.wire.vocabulary import FieldClass, Sensitivity

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.repeat_choices import from_answers
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.types import implied_class
from usga_assessment.domain.xlsform.wording import error, warning

REFERENCE = re.compile(r"\$\{\s*(?:last-saved#)?([^}\s]+)\s*\}")
SENSITIVITY = ("bind", "usga:sensitivity")
CLASS = ("bind", "usga:field_class")
SHOWN = 10
STRICTNESS = [
    FieldClass.OPEN, FieldClass.TEXT, FieldClass.IDENTIFIER, FieldClass.LOCATION, FieldClass.S3,
]  # fmt: skip


def references(expression: str) -> list[str]:
    """The names that an expression refers to."""
    return REFERENCE.findall(expression)


def assign_classes(survey: Survey) -> list[Finding]:
    """Give every node its module, sensitivity and class; says what the form leaves unsaid."""
    findings: list[Finding] = []
    undeclared: list[Node] = []
    by_name: dict[str, Node] = {}
    for node, ancestors in walk(survey.nodes):
        _assign(survey, node, ancestors, findings)
        by_name.setdefault(node.name, node)
        if node.kind == "question":
            _follow_sources(survey, node, by_name, findings)
            if not node.declared and node.type != "note":
                undeclared.append(node)
    if undeclared:
        findings.append(_undeclared(survey, undeclared))
    return findings


def _assign(
    survey: Survey, node: Node, ancestors: tuple[Node, ...], findings: list[Finding]
) -> None:
    attributes = node.attributes
    near = ancestors[-1] if ancestors else None
    node.module = attributes.pop("module", None) or (near.module if near else None)
    level, kind = attributes.pop("sensitivity", None), attributes.pop("field_class", None)
    node.declared = level is not None or kind is not None or (near is not None and near.declared)
    wrong = False
    inherited = near.sensitivity if near is not None and near.declared else 1
    if level is not None and level not in {"0", "1", "2", "3"}:
        findings.append(_bad(survey, node, SENSITIVITY, level))
        wrong = True
        level = None  # the form is refused; rules of S3 would only hide the slip
    node.sensitivity = int(level) if level is not None else inherited
    if kind is not None and kind not in {c.value for c in FieldClass}:
        findings.append(_bad(survey, node, CLASS, kind))
        wrong, kind = True, None
    if kind is not None:
        node.field_class = FieldClass(kind)
    else:
        s3 = node.sensitivity == Sensitivity.S3
        node.field_class = FieldClass.S3 if s3 else implied_class(node.type)
    s3 = node.sensitivity == Sensitivity.S3
    if not wrong and s3 != (node.field_class is FieldClass.S3) and node.kind == "question":
        findings.append(
            error(
                "s3-class", survey.cell(node.row, *CLASS), name=node.name,
                level=node.sensitivity, kind=node.field_class.value,
            )
        )  # fmt: skip


def _follow_sources(
    survey: Survey, node: Node, by_name: dict[str, Node], findings: list[Finding]
) -> None:
    """A calculation carries what it is made of, so it is kept as closely as its sources.

    So is a choice among the answers to another question.
    """
    named = dict.fromkeys(references(node.calculation or ""))
    if from_answers(node.list_name):
        named |= dict.fromkeys(references(node.list_name or ""))
        named[node.parameters.get("value", "")] = None
    sources = [by_name[name] for name in named if name in by_name]
    sealed = [source for source in sources if source.field_class is not FieldClass.OPEN]
    if not sealed:
        return
    strictest = max((s.field_class for s in sealed), key=STRICTNESS.index)
    if STRICTNESS.index(node.field_class) >= STRICTNESS.index(strictest):
        return
    if not node.declared:
        node.field_class = strictest
        node.sensitivity = max([node.sensitivity, *(s.sensitivity for s in sealed)])
        return
    if strictest is FieldClass.S3:  # an error of ethics, which `told_openly` says
        return
    findings.append(
        warning(
            "opener-than-its-sources", survey.cell(node.row, *CLASS), name=node.name,
            kind=node.field_class.value, sources=[s.name for s in sealed],
            strictest=strictest.value,
        )
    )  # fmt: skip


def _bad(survey: Survey, node: Node, path: tuple[str, str], value: str) -> Finding:
    code = "bad-sensitivity" if path is SENSITIVITY else "bad-field-class"
    return error(code, survey.cell(node.row, *path), name=node.name, value=value[:32])


def _undeclared(survey: Survey, nodes: list[Node]) -> Finding:
    sealed = [node.name for node in nodes if node.field_class is not FieldClass.OPEN]
    names = ", ".join(sealed[:SHOWN]) + (", ..." if sealed[SHOWN:] else "")
    return warning(
        "no-sensitivity", survey.sheet.name,
        count=len(nodes), sealed=len(sealed), names=names or None,
        says=None if sealed else "none-sealed",
    )  # fmt: skip
