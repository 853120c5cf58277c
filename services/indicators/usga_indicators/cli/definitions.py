"""`usga-indicators definitions --lint`: check definitions, alone and against forms.

Files that end in `.json` are instrument documents (compiled forms), all others definitions;
without definitions the shipped ones are checked. A definition is checked against the form that it
names, where that was given. Exit codes: 0 no finding of severity error, 1 at least one, 2 a file
could not be read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from usga_expressions.findings import Finding, Severity

from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.definition import Definition, InvalidDefinition, catalogue, lint
from usga_indicators.domain.definition.lint import lint_alone
from usga_indicators.domain.definition.loader import parse_definition
from usga_indicators.domain.definition.plan import company_findings

#: Instrument documents and definitions larger than this are refused.
MAX_BYTES = 16 * 1024 * 1024


class _TooLarge(ValueError):
    """A file that is not read, and says so by its name."""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "definitions", help="check indicator definitions, alone or against instruments"
    )
    parser.add_argument(
        "--lint", action="store_true", help="check everything, as is done without it too"
    )
    parser.add_argument(
        "file",
        type=Path,
        nargs="*",
        help="instrument documents, JSON, and definition files, YAML (default: the shipped)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per finding: file or code, field, severity, message, way out."""
    forms = [path for path in arguments.file if path.suffix == ".json"]
    books: dict[str, Codebook] = {}
    for path in forms:
        try:
            book = codebook_of([orjson.loads(_read(path))])
        except (OSError, ValueError, KeyError, TypeError) as error:
            return _unreadable(path, error)
        books[book.instrument] = book
    worst = 0
    found: list[Definition] = []
    files = [path for path in arguments.file if path not in forms]
    for path in files:
        try:
            found.append(parse_definition(_read(path).decode(), path.name))
        except InvalidDefinition as error:
            for finding in error.findings:
                _say(path.name, finding.code, finding)
            worst = 1
        except (OSError, ValueError) as error:
            return _unreadable(path, error)
    return max(worst, _lint(found if files else catalogue(), books))


def _lint(definitions: Sequence[Definition], books: dict[str, Codebook]) -> int:
    worst = 0
    for definition in definitions:
        book = books.get(definition.instrument)
        for item in lint(definition, book) if book else lint_alone(definition):
            _say(f"{item.code}.yaml", item.field, item.finding)
            worst = max(worst, int(item.finding.severity is Severity.ERROR))
    known = {d.code for d in definitions}
    for code, field, finding in company_findings([*definitions, *_others(known)]):
        if code in known:
            _say(f"{code}.yaml", field, finding)
            worst = 1
    return worst


def _others(known: set[str]) -> list[Definition]:
    """The shipped definitions, which own ones may name."""
    return [d for d in catalogue() if d.code not in known]


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise _TooLarge(f"{path} is larger than {MAX_BYTES} bytes")
    return path.read_bytes()


def _say(file: str, field: str, finding: Finding) -> None:
    way_out = finding.hint or (f"expected: {finding.expected}" if finding.expected else "")
    line = f"{file}\t{field}\t{finding.severity.value}\t{finding.message}\t{way_out}"
    print(line)  # noqa: T201 - the command's words


def _unreadable(path: Path, error: Exception) -> int:
    sys.stderr.write(f"usga-indicators definitions: {_why(path, error)}\n")
    return 2


def _why(path: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot read {path}: {error.strerror}"
    if isinstance(error, _TooLarge):
        return str(error)
    return f"{path} is no {'compiled form' if path.suffix == '.json' else 'definition in UTF-8'}"
