"""`usga-reports`: the command line of the reports service."""

import argparse
from collections.abc import Sequence

from usga_shared.pipes import ends_quietly

from usga_reports.cli import render

COMMANDS = (render,)


@ends_quietly
def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command and return its exit status."""
    parser = argparse.ArgumentParser(prog="usga-reports", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    parsed = parser.parse_args(arguments)
    status: int = parsed.run(parsed)
    return status
