"""Ethics and wording as findings: what converts may still do harm (rules E-01, E-02, E-07)."""

import re
from typing import Any

from usga_shared.wire.vocabulary import Sensitivity

from usga_assessment.domain.privacy_gate import (
    CONSENT_SENSITIVE,
    PRIVACY_CHECK,
    ROLE,
    YES,
    asks_sensitive_consent,
    is_privacy_check,
)
from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.ethics_lint import is_ours, lint_ethics
from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.gate_probe import reached_when_closed
from usga_assessment.domain.xlsform.implied_lint import lint_implied
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import FormSettings, Node, walk
from usga_assessment.domain.xlsform.open_answers import told_openly
from usga_assessment.domain.xlsform.sealing_rules import references
from usga_assessment.domain.xlsform.slips import find_slips
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.types import SILENT
from usga_assessment.domain.xlsform.wording import error, found, warning

LOADED = re.compile(
    r"violen|crim|abus|victim|assault|rape|gang|drug|"
    r"ukatili|uhalifu|unyanyasaji|mwathiriwa|shambulio|dawa za kulevya|"
    r"delito|delincuencia|abuso|víctima|насил|преступ|жертв|zo.ravonlik|jinoyat",
    re.IGNORECASE,
)
"""Word stems that would tell a whole household what the interview is about (E-07)."""


def lint(survey: Survey, settings: FormSettings, lists: Lists) -> list[Finding]:
    """All ethics findings of a form, its gaps in languages, and what is hardly meant."""
    findings: list[Finding] = []
    by_name = {node.name: (node, ancestors) for node, ancestors in walk(survey.nodes)}
    for node, ancestors in walk(survey.nodes):
        if node.kind != "question":
            continue
        if node.sensitivity >= Sensitivity.S2 and node.required is not None:
            findings.append(_required(survey, node))
        if node.sensitivity == Sensitivity.S3 and node.type not in SILENT:
            findings += _ungated(survey, node, ancestors, by_name)
    findings += told_openly(survey)
    findings += _never_open(survey, lists)
    findings += _neutral(survey, settings)
    findings += lint_ethics(survey, settings)
    findings += _languages(survey, settings, lists)
    findings += find_slips(survey, lists)
    findings += lint_implied(survey, lists)
    return findings


def _required(survey: Survey, node: Node) -> Finding:
    cell = survey.cell(node.row, *COLUMNS["required"])
    return error("E-02-required", cell, name=node.name, level=node.sensitivity)


def governing(node: Node, ancestors: tuple[Node, ...]) -> str | None:
    """The effective relevance of a node: its own and that of all groups around it."""
    parts = [n.relevant for n in (*ancestors, node) if n.relevant]
    if len(parts) <= 1:
        return parts[0] if parts else None
    return " and ".join(f"({part})" for part in parts)


def _ungated(
    survey: Survey,
    node: Node,
    ancestors: tuple[Node, ...],
    by_name: dict[str, tuple[Node, tuple[Node, ...]]],
) -> list[Finding]:
    """E-01: an S3 question must fall away unless consent and a privacy check say yes."""
    reached = _closure(governing(node, ancestors), by_name)
    roles = {name: _role(by_name[name][0]) for name in reached if name in by_name}
    missing = []
    if not any(asks_sensitive_consent(*asked) for asked in roles.items()):
        missing.append(CONSENT_SENSITIVE)
    if not any(is_privacy_check(*asked) for asked in roles.items()):
        missing.append(PRIVACY_CHECK)
    if not missing:
        return []
    return [
        error(
            "E-01-ungated", survey.cell(node.row, *COLUMNS["relevant"]), name=node.name,
            missing=missing,
        )
    ]  # fmt: skip


def _never_open(survey: Survey, lists: Lists) -> list[Finding]:
    """E-01 at the server opens for the answer "yes" alone: a gate must be able to say it."""
    questions = [node for node, _ in walk(survey.nodes) if node.kind == "question"]
    if not any(q.sensitivity == Sensitivity.S3 for q in questions):
        return []
    gates = [
        q
        for q in questions
        if asks_sensitive_consent(q.name, _role(q)) or is_privacy_check(q.name, _role(q))
    ]
    return [
        error("E-01-never-opens", survey.cell(q.row, "type"), name=q.name)
        for q in gates
        if q.type not in {"note", "calculate"}
        and YES not in {choice.name for choice in lists.get(q.list_name or "", [])}
    ]  # fmt: skip


def probe_gate(survey: Survey, document: dict[str, Any]) -> list[Finding]:
    """E-01 in practice: S3 questions that open although consent or privacy was denied."""
    questions = [node for node, _ in walk(survey.nodes) if node.kind == "question"]
    s3 = {q.name: q for q in questions if q.sensitivity == Sensitivity.S3 and q.type not in SILENT}
    if not s3:
        return []
    consents = {q.name for q in questions if asks_sensitive_consent(q.name, _role(q))}
    checks = {q.name for q in questions if is_privacy_check(q.name, _role(q))}
    reached = reached_when_closed(document, consents=consents, checks=checks, seed=len(questions))
    return [
        error("E-01-opens", survey.cell(s3[name].row, *COLUMNS["relevant"]), name=name)
        for name in sorted(reached & set(s3))
    ]  # fmt: skip


def _role(node: Node) -> str | None:
    return node.attributes.get(ROLE)


def _closure(
    expression: str | None, by_name: dict[str, tuple[Node, tuple[Node, ...]]]
) -> set[str]:
    """All names that a relevance depends on, through the relevance of the questions it names."""
    reached: set[str] = set()
    queue = references(expression or "")
    while queue:
        name = queue.pop()
        if name in reached:
            continue
        reached.add(name)
        if name in by_name:
            node, ancestors = by_name[name]
            queue += references(governing(node, ancestors) or "")
            queue += references(node.calculation or "")
    return reached


def _neutral(survey: Survey, settings: FormSettings) -> list[Finding]:
    severity = Severity.ERROR if is_ours(survey) else Severity.WARNING
    texts = [("settings", text) for text in (settings.public_title or settings.title).values()]
    texts += [("settings", text) for text in settings.public_intro.values()]
    for node, _ in walk(survey.nodes):
        if node.name == "intro_note":
            place = survey.cell(node.row, "label")
            texts += [(place, text) for text in (*node.label.values(), *node.hint.values())]
    return [
        found("E-07-wording", severity, place, word=match[0])
        for place, text in texts
        if (match := LOADED.search(text))
    ]  # fmt: skip


def _languages(survey: Survey, settings: FormSettings, lists: Lists) -> list[Finding]:
    """One finding a language that is not complete, with the first places that lack it."""
    findings: list[Finding] = []
    for language in settings.languages:
        gaps = [
            survey.cell(node.row, "label", language)
            for node, _ in walk(survey.nodes)
            if node.kind == "question" and node.type not in SILENT and not node.label.get(language)
        ]
        gaps += [
            f"{choice.sheet}!{choice.row}"
            for choices in lists.values()
            for choice in choices
            if not choice.label.get(language)
        ]
        if gaps:
            findings.append(
                warning(
                    "language-incomplete", gaps[0], count=len(gaps), language=language,
                    places=", ".join(gaps[1:6]) or None,
                    hints=None if gaps[1:] else "fill-in",
                )
            )  # fmt: skip
    return findings
