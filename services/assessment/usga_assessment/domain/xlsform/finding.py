"""Findings: what an author can fix, each with the cell where it stands (style S-8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error refuses the form; a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in one cell of the workbook."""

    code: str
    severity: Severity
    cell: str  # "survey!F12"; "survey!12" when no single cell is meant, "" for the whole form
    message: str
    expected: str | None = None
    hint: str | None = None


class UnreadableForm(Exception):
    """The bytes are no workbook at all, or larger than the caps; carries its finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether the form is refused."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def unreadable(
    code: str,
    message: str,
    *,
    cell: str = "",
    expected: str | None = None,
    hint: str | None = None,
) -> UnreadableForm:
    """Build the exception of a form that cannot even be read."""
    return UnreadableForm(Finding(code, Severity.ERROR, cell, message, expected, hint))
