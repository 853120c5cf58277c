"""Rules that a report must not break, checked on the finished document (Q-02 to Q-04).

Templates are written so that they hold; the check stands between any template and its readers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from usga_reports.domain.template.blocks import (
    Block,
    Cell,
    Document,
    Figure,
    KeyFigures,
    Table,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a report says and must not, or does not say and must."""

    rule: str
    where: str
    message: str


class UnsoundReport(ValueError):
    """The document breaks a rule of honest reporting; it is not rendered."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings)  # all that is needed to be made again in another process
        self.findings = findings

    def __str__(self) -> str:
        return "; ".join(f"{f.rule} {f.where}: {f.message}" for f in self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are broken: all that a log may say, for a finding quotes titles."""
        return tuple(sorted({finding.rule for finding in self.findings}))


def sound(document: Document) -> Document:
    """The document itself; raises `UnsoundReport` when it breaks a rule."""
    findings = lint(document)
    if findings:
        raise UnsoundReport(findings)
    return document


def lint(document: Document) -> tuple[Finding, ...]:
    """Every finding in a document."""
    return tuple(
        finding
        for section in document.sections
        for block in section.blocks
        for finding in _block(block, document)
    )


def _block(block: Block, document: Document) -> Iterator[Finding]:
    match block:
        case KeyFigures():
            yield from _key_figures(block, document)
        case Table():
            yield from _table(block, document)
        case Figure():
            yield from _figure(block, document)


def _key_figures(block: KeyFigures, document: Document) -> Iterator[Finding]:
    needed = 3 if document.probability_sample else 2  # interval, base, period
    for figure in block.items:
        if figure.state in {"shown", "flagged"} and len(figure.evidence) < needed:
            yield Finding("Q-02", figure.label, "a key figure without its evidence")
        if figure.gauge is not None and not document.probability_sample:
            yield Finding("Q-03", figure.label, "an interval without a probability sample")


def _table(block: Table, document: Document) -> Iterator[Finding]:
    roles = {column.role for column in block.columns}
    if "value" in roles:
        if "base" not in roles:
            yield Finding("Q-02", block.caption, "values without their bases")
        if document.probability_sample and "interval" not in roles:
            yield Finding("Q-02", block.caption, "values without their intervals")
        if "reference" not in roles and not block.reference:
            yield Finding("Q-02", block.caption, "values without a reference period")
    if "interval" in roles and not document.probability_sample:
        yield Finding("Q-03", block.caption, "intervals without a probability sample")
    for rows in _groups(block):
        names = tuple(cell.text for row in rows for cell in row[:2])
        yield from _order(block.caption, names, document)


def _groups(block: Table) -> list[list[tuple[Cell, ...]]]:
    """Rows between headings: strata and areas are two breakdowns, each in its own order."""
    groups: list[list[tuple[Cell, ...]]] = [[]]
    for row in block.rows:
        if len(row) == 1:
            groups.append([])
        else:
            groups[-1].append(row)
    return groups


def _figure(block: Figure, document: Document) -> Iterator[Finding]:
    for name in ("alt", "source", "base"):
        if not getattr(block, name).strip():
            yield Finding("Q-02", block.caption, f"a figure without its {name}")
    yield from _order(block.caption, block.categories, document)


def _order(where: str, names: tuple[str, ...], document: Document) -> Iterator[Finding]:
    """Settlements stand in an order that was there before their values."""
    orders = [order for order in document.places if len(set(order)) == len(order)]
    known = {place for order in orders for place in order}
    for run in _runs(name for name in names if name in known):
        if not any(_keeps(run, order) for order in orders):
            yield Finding("Q-04", where, "settlements in an order of their own")


def _runs(names: Iterable[str]) -> list[list[str]]:
    """Split where a name comes again: another breakdown begins."""
    runs: list[list[str]] = [[]]
    for name in names:
        if name in runs[-1]:
            runs.append([])
        runs[-1].append(name)
    return runs


def _keeps(run: list[str], order: tuple[str, ...]) -> bool:
    return run == [place for place in order if place in set(run)]
