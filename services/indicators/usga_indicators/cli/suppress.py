"""`usga-indicators suppress`: hide cells so that no unsafe one can be worked out.

Exit codes: 0 every case has a pattern (where there is no case standard error says so), 1 at least
one was refused (it says where it is wrong), 2 a file could not be read or written.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from usga_indicators.cli.inputs import InputError, Unreadable, run_cases, write_outcomes
from usga_indicators.cli.tables import Task, task_of
from usga_indicators.domain.disclosure.suppression import (
    Effort,
    Suppression,
    SuppressionError,
    suppress,
)

_SECONDS = 60.0
_HOUR = 3600.0


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "suppress", help="complementary suppression of tables: {case id: hidden cells}"
    )
    parser.add_argument("cases", type=Path, help="cases.json: an object with `cases`, or a list")
    parser.add_argument("-o", "--output", type=Path, required=True, help="patterns, JSON")
    parser.add_argument("--audit", type=Path, help="write method, cost, bound and intervals here")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=_SECONDS,
        help="search for a cheaper pattern at most this long a case (60)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Protect every case; one that is wrong says so and does not stop the others."""
    effort = Effort(seconds=arguments.seconds)
    audits: dict[str, Any] = {}

    def protected(case: dict[str, Any]) -> Any:
        task = task_of(case)
        try:
            found = suppress(task.system, task.needs, singletons=task.singletons, effort=effort)
        except SuppressionError as error:
            raise InputError(task.cell(error.place), str(error), code=error.code) from None
        audits[str(case["id"])] = _audit(task, found)
        return [task.address(cell) for cell in sorted(found.hidden)]

    try:
        outcome = run_cases(arguments.cases, protected)
        write_outcomes("suppress", arguments.output, outcome.results, outcome.findings)
        if arguments.audit is not None:
            write_outcomes("suppress", arguments.audit, audits, ())
    except Unreadable as error:
        sys.stderr.write(f"usga-indicators suppress: {error}\n")
        return 2
    sys.stdout.write(f"{len(outcome.results)} cases, {len(outcome.findings)} refused\n")
    return outcome.exit_code


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _HOUR:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {_HOUR:.0f}")
    return seconds


def _audit(task: Task, found: Suppression) -> dict[str, Any]:
    return {
        "method": found.method.value,
        "cost": found.cost,
        "bound": found.bound,
        "hidden": [
            {"cell": task.address(each.cell), "lower": each.lower, "upper": each.upper}
            for each in found.audit
        ],
    }
