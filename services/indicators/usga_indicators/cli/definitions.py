"""`usga-indicators definitions`: check the definitions against an instrument.

Exit codes: 0 no finding of severity error, 1 at least one, 2 a file could not be read.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson
from usga_expressions.findings import Severity

from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.definition import Definition, InvalidDefinition, catalogue, lint
from usga_indicators.domain.definition.loader import parse_definition

#: Instrument documents and definitions larger than this are refused.
MAX_BYTES = 16 * 1024 * 1024


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "definitions", help="check indicator definitions against an instrument"
    )
    parser.add_argument(
        "instrument", type=Path, help="instrument document, JSON (a compiled form)"
    )
    parser.add_argument(
        "definition", type=Path, nargs="*", help="definition files, YAML (default: the shipped)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per finding: code, field, severity, message."""
    try:
        codebook = codebook_of([orjson.loads(_read(arguments.instrument))])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unreadable(arguments.instrument, error)
    worst = 0
    for path in arguments.definition or [None]:
        try:
            found = catalogue() if path is None else [parse_definition(_read(path).decode())]
        except InvalidDefinition as error:
            for finding in error.findings:
                _say(path.name, "", finding.severity, finding.message)
            worst = 1
            continue
        except (OSError, ValueError) as error:
            return _unreadable(path, error)
        worst = max(worst, _lint(found, codebook))
    return worst


def _lint(definitions: Any, codebook: Codebook) -> int:
    worst = 0
    definition: Definition
    for definition in definitions:
        for item in lint(definition, codebook):
            _say(item.code, item.field, item.finding.severity, item.finding.message)
            worst = max(worst, int(item.finding.severity is Severity.ERROR))
    return worst


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return path.read_bytes()


def _say(code: str, field: str, severity: Severity, message: str) -> None:
    print(f"{code}\t{field}\t{severity.value}\t{message}")  # noqa: T201 - the command's words


def _unreadable(path: Path, error: Exception) -> int:
    print(f"{path}: {type(error).__name__}", file=sys.stderr)  # noqa: T201
    return 2
