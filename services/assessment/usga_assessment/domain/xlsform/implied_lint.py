"""Rules of implied values (`bind::usga:implied`, ADR-0027): each must be able to come true.

A rule that cannot be read, or names a question or an answer that is not in the form, is passed
over by exports and estimates: those who said "none" before would leave the denominators unheard.
"""

from collections.abc import Iterator

from usga_shared.wire.implied import ATTRIBUTE, Implied, implied_by

from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.spelling import did_you_mean
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.values_lint import SHOWN, choices_of
from usga_assessment.domain.xlsform.wording import error


def lint_implied(survey: Survey, lists: Lists) -> Iterator[Finding]:
    """Find the rules that can never hold, each at its cell."""
    asked = {n.name: (n, _repeat(above)) for n, above in walk(survey.nodes) if not n.children}
    for node, above in walk(survey.nodes):
        text = node.attributes.get(ATTRIBUTE)
        if not text:
            continue
        cell = survey.cell(node.row, "bind", f"usga:{ATTRIBUTE}")
        rule = implied_by({"attributes": node.attributes})
        if rule is None or node.kind != "question":
            yield error("implied-unreadable", cell, name=node.name, rule=text)
        elif rule.screener not in asked:
            meant = did_you_mean(rule.screener, asked)
            yield error(
                "implied-unknown-question", cell, name=node.name, screener=rule.screener,
                **({"hints": "did-you-mean", "meant": meant} if meant else {}),
            )  # fmt: skip
        else:
            screener, repeat = asked[rule.screener]
            if screener is node or repeat not in {None, _repeat(above)}:
                yield error("implied-out-of-reach", cell, name=node.name, screener=rule.screener)
            yield from _answers(cell, node, screener, rule, lists)


def _repeat(above: tuple[Node, ...]) -> str | None:
    return next((each.name for each in reversed(above) if each.kind == "repeat"), None)


def _answers(
    cell: str, node: Node, screener: Node, rule: Implied, lists: Lists
) -> Iterator[Finding]:
    pairs = [(screener, value) for value in rule.when] + [(node, rule.value)]
    for question, value in pairs:
        known = choices_of(lists, question)
        if known and value not in known:
            yield error(
                "no-such-choice", cell, name=node.name, value=value, question=question.name,
                list=question.list_name, choices=", ".join(known[:SHOWN]),
            )  # fmt: skip
