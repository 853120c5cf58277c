"""`usga-indicators estimate`: run cases against designs and write their results.

Exit codes: 0 every case has an outcome (an `error` or `unsupported` outcome is one, because cases
may expect a refusal), 2 the files could not be read or written.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from usga_indicators.cli.cases.designs import Designs
from usga_indicators.cli.cases.runner import run_case, unread
from usga_indicators.cli.inputs import Unreadable, read_json

#: Case and design files larger than this are refused.
MAX_BYTES = 256 * 1024 * 1024
_MOST_TOLD = 20


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "estimate", help="estimate the cases of a file and write {case id: result}"
    )
    parser.add_argument("cases", type=Path, help="cases.json: an object with `cases`, or a list")
    parser.add_argument("designs", type=Path, help="designs.json: design id -> design")
    parser.add_argument("--data-dir", type=Path, help="CSV files (default: data beside designs)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="results, JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run every case; one that fails says so and does not stop the others."""
    try:
        cases = read_json(arguments.cases, limit=MAX_BYTES)
        specifications = read_json(arguments.designs, limit=MAX_BYTES)
    except Unreadable as error:
        return _fail(str(error))
    listed = cases.get("cases") if isinstance(cases, dict) else cases
    wrong = _wrong(arguments, listed, specifications)
    if wrong is not None or listed is None:
        return _fail(str(wrong))
    data_dir = arguments.data_dir or arguments.designs.parent / "data"
    designs = Designs(specifications, data_dir)
    results = {str(case["id"]): run_case(case, designs) for case in listed}
    passed_over = dict.fromkeys(place for case in listed for place in unread(case, designs))
    for place in list(passed_over)[:_MOST_TOLD]:
        sys.stderr.write(f"usga-indicators estimate: nothing reads {place}\n")
    text = json.dumps(results, allow_nan=False, separators=(",", ":"))
    try:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        return _fail(f"cannot write {error.filename}: {error.strerror}")
    unsupported = sum("unsupported" in r for r in results.values())
    refused = sum("error" in r for r in results.values()) - unsupported
    sys.stdout.write(f"{len(results)} cases, {refused} refused, {unsupported} not supported\n")
    return 0


def _wrong(arguments: argparse.Namespace, listed: Any, specifications: Any) -> str | None:
    """What is wrong with the shape of the files."""
    if not isinstance(listed, list) or not all(isinstance(c, dict) and "id" in c for c in listed):
        return f"{arguments.cases} holds no list of cases, each with an `id`"
    twice = [name for name, n in Counter(str(c["id"]) for c in listed).items() if n > 1]
    if twice:
        return f"{arguments.cases} holds two cases with the id {twice[0]}"
    if not isinstance(specifications, dict):
        return f"{arguments.designs} is no object of designs by id"
    return None


def _fail(message: str) -> int:
    sys.stderr.write(f"usga-indicators estimate: {message}\n")
    return 2
