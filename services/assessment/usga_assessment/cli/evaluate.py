"""`evaluate CASES.json -o OUT.json`: run cases of expressions and of whole forms."""

import argparse
from pathlib import Path

from usga_expressions.cases import evaluate_file

from usga_assessment.cli.commands import say


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("evaluate", help="evaluate cases of expressions and form states")
    parser.add_argument("cases", type=Path, metavar="CASES.json")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate the file and write the results."""
    try:
        evaluate_file(arguments.cases, arguments.output)
    except OSError as error:
        say(f"{error.filename or arguments.cases}: {error.strerror or error}", error=True)
        return 2
    except ValueError as error:
        say(f"{arguments.cases}: {error}", error=True)
        return 2
    return 0
