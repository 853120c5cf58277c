"""Findings: what an author can fix, each with the cell where it stands (style S-8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """An error refuses the form; a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in one cell of the workbook; made by `wording.found`, worded in English.

    `values` fill the texts of the code, so that the same finding can be said in another language.
    """

    code: str
    severity: Severity
    cell: str  # "survey!F12"; "survey!12" when no single cell is meant, "" for the whole form
    message: str
    expected: str | None = None
    hint: str | None = None
    values: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> tuple[str, int | None]:
        """The sheet and the row, as far as they are known; a ready XForm has lines of `xform`."""
        sheet, _, address = self.cell.partition("!")
        digits = "".join(c for c in address if c.isdigit())
        return sheet, int(digits) if digits else None

    @property
    def name(self) -> str | None:
        """The question, group or choice that it speaks of."""
        return dict(self.values).get("name")

    def as_json(self) -> dict[str, Any]:
        """The finding as it is stored and sent."""
        sheet, row = self.place
        return {
            "code": self.code, "severity": self.severity.value, "cell": self.cell,
            "sheet": sheet or None, "row": row, "name": self.name, "message": self.message,
            "expected": self.expected, "hint": self.hint, "values": dict(self.values),
        }  # fmt: skip


class UnreadableForm(Exception):
    """The bytes are no workbook at all, or larger than the caps; carries its finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether the form is refused."""
    return any(finding.severity is Severity.ERROR for finding in findings)
