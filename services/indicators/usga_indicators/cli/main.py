"""Sub-commands, each in its own module with `add(subparsers)`; exit codes as documented there."""

import argparse
from collections.abc import Sequence

from usga_shared.pipes import ends_quietly

from usga_indicators.cli import definitions, estimate, quality, recompute, spatial, suppress
from usga_indicators.cli.own_stdout import own_stdout

#: Modules that add a sub-command: append yours.
COMMANDS = (estimate, suppress, spatial, quality, definitions, recompute)


@ends_quietly
def main(argv: Sequence[str] | None = None) -> int:
    """Run a sub-command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="usga-indicators", description="Estimates, disclosure control and their checks."
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(subparsers)
    arguments = parser.parse_args(argv)
    run = arguments.run
    with own_stdout():
        return int(run(arguments))
