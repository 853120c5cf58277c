"""Slips that convert and are hardly meant: nothing asked, an empty repeat, a mark nobody reads."""

import re
from collections.abc import Iterator

from usga_assessment.domain.privacy_gate import ROLE
from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.spelling import MOST_HINTS, did_you_mean
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.types import is_visible
from usga_assessment.domain.xlsform.wording import error, warning

ROLES = ("privacy_check", "consent_sensitive", "consent", "respondent_age", "protocol_child")
OF_EVERY_CHOICE = frozenset({"name", "label", "list_name", "itextId"})
OPERATORS = frozenset({"and", "or", "div", "mod"})
BARE = re.compile(
    r"""'[^']*'|"[^"]*"|\$\{[^}]*\}|(?<![\w./:@$-])([^\W\d][\w.-]*)(?![\w.:/-]|\s*\()"""
)
"""Texts and references, which are passed over, and names that stand alone."""

SHOWN = 60
SHEET = "survey"


def find_slips(survey: Survey, lists: Lists) -> list[Finding]:
    """Find them all; an XForm has its own words for what is not asked."""
    findings = [*_roles(survey)]
    if survey.sheet.name == SHEET:
        findings += [*_nothing(survey), *_filters(survey, lists)]
    return findings


def _nothing(survey: Survey) -> Iterator[Finding]:
    nodes = [node for node, _ in walk(survey.nodes)]
    if not any(node.kind == "question" and is_visible(node) for node in nodes):
        yield warning("no-questions", SHEET)
    for node in nodes:
        if node.kind == "repeat" and not node.children:
            yield warning(
                "empty-repeat", survey.cell(node.row, "type"), name=node.name, group=node.name
            )


def _roles(survey: Survey) -> Iterator[Finding]:
    for node, _ in walk(survey.nodes):
        role = node.attributes.get(ROLE)
        if role is not None and role not in ROLES:
            cell = survey.cell(node.row, "bind", f"usga:{ROLE}")
            yield error("unknown-role", cell, name=node.name, role=role, **_hint(role, ROLES))


def _filters(survey: Survey, lists: Lists) -> Iterator[Finding]:
    """A filter by a column that no choice has leaves the respondent without any choice."""
    columns = {column for choices in lists.values() for each in choices for column in each.extra}
    said = 0
    for node, _ in walk(survey.nodes):
        text = node.choice_filter
        if not text or node.list_name not in lists or node.type.endswith("_from_file"):
            continue
        for match in BARE.finditer(text):
            name = match[1]
            if name is None or name in OPERATORS | OF_EVERY_CHOICE | columns:
                continue
            said += 1
            yield _no_column(survey, node, match, sorted(columns) if said <= MOST_HINTS else [])


def _no_column(survey: Survey, node: Node, match: re.Match[str], columns: list[str]) -> Finding:
    start = match.start()
    more = _hint(match[1], columns) or {"hints": "name-a-column"}
    return error(
        "expression-unknown-name", survey.cell(node.row, *COLUMNS["choice_filter"]),
        name=node.name, at=start + 1, excerpt=match.string[start : start + SHOWN],
        columns=", ".join(columns[:20]) or None,
        expects="one-of-columns" if columns else "a-column", **more,
    )  # fmt: skip


def _hint(written: str, offered: list[str] | tuple[str, ...]) -> dict[str, str]:
    meant = did_you_mean(written, offered)
    return {"hints": "did-you-mean", "meant": meant} if meant else {}
