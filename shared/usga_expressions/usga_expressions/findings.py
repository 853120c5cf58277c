"""What an author can fix is said as findings, never raised (style rule S-8)."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: an error stops a form, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Position:
    """A half-open range of characters of the expression's text, counted from 0."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one expression, with its place and a way out."""

    code: str
    severity: Severity
    position: Position | None
    message: str
    expected: str | None = None
    hint: str | None = None


def error(
    code: str,
    message: str,
    position: Position | None = None,
    *,
    expected: str | None = None,
    hint: str | None = None,
) -> Finding:
    """Make a finding that stops the form."""
    return Finding(code, Severity.ERROR, position, message, expected, hint)


def warning(
    code: str,
    message: str,
    position: Position | None = None,
    *,
    expected: str | None = None,
    hint: str | None = None,
) -> Finding:
    """Make a finding that lets the form pass."""
    return Finding(code, Severity.WARNING, position, message, expected, hint)
