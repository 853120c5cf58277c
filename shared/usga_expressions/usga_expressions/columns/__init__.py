"""Expressions over whole tables: one Ibis expression over one column per variable.

A row is an interview. Numbers are numeric columns, everything else is text; a choice of several is
blank-separated text; NULL or empty text is no answer. Values follow the compiled backend: an empty
answer is the empty text and no number, a condition is never NULL. Needs the extra `ibis`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from usga_expressions.columns.emit import Emitter
from usga_expressions.columns.piece import Piece, Variable, as_truth
from usga_expressions.compiler.code import ValueKind
from usga_expressions.findings import Finding
from usga_expressions.parser import parse

__all__ = ["ColumnExpression", "Variable", "compile_column"]


@dataclass(frozen=True, slots=True)
class ColumnExpression:
    """A compiled expression; unusable when it has findings.

    `uses` are the names of the variables that it reads.
    """

    findings: tuple[Finding, ...]
    uses: frozenset[str]
    _piece: Piece | None

    def value(self, table: Any) -> Any:
        """Return the Ibis value over a table: text, number (NULL for none) or boolean."""
        return self._usable().build(table)

    def condition(self, table: Any) -> Any:
        """Return the Ibis boolean over a table, never NULL."""
        return as_truth(self._usable()).build(table)

    @property
    def numeric(self) -> bool:
        """Whether the value is a number."""
        piece = self._usable()
        return piece.kind is ValueKind.NUMBER or piece.numeric

    def _usable(self) -> Piece:
        if self._piece is None:
            raise ValueError("the expression has findings")
        return self._piece


def compile_column(text: str, variables: Mapping[str, Variable]) -> ColumnExpression:
    """Compile an expression over a codebook; what columns cannot do is a finding."""
    parsed = parse(text)
    if parsed.expression is None:
        return ColumnExpression(parsed.findings, frozenset(), None)
    emitter = Emitter(variables)
    piece = emitter.emit(parsed.expression)
    findings = tuple(emitter.findings)
    return ColumnExpression(findings, frozenset(emitter.uses), None if findings else piece)
