"""The expression language of forms and indicators.

`parse` gives the syntax tree, `usga_expressions.instrument` checks and walks whole interviews,
`usga_expressions.columns` turns expressions into Ibis columns, `usga_expressions.cases` evaluates
files of cases.
"""

from usga_expressions.findings import Finding, Position, Severity
from usga_expressions.parser import Parsed, parse
from usga_expressions.reading import Reading
from usga_expressions.syntax import Expression, references

__all__ = [
    "Expression",
    "Finding",
    "Parsed",
    "Position",
    "Reading",
    "Severity",
    "parse",
    "references",
]
