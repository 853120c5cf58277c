"""`compare-forms OLD NEW [--json]`: what changed; exit 0 comparable, 1 with caveats, 2 refused."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from usga_assessment.cli.commands import say
from usga_assessment.domain.comparison import Change, Comparison, Effect, compare
from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.compiler import compile_form

COMPARABLE, CAVEATS, REFUSED = 0, 1, 2


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "compare-forms", help="say what changed between two versions of a form"
    )
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("new", type=Path, metavar="NEW")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compile both files and print what changed."""
    documents: list[dict[str, Any]] = []
    for file in (arguments.old, arguments.new):
        try:
            with file.open("rb") as stream:
                form = compile_form(stream.read(limits.MAX_FILE_BYTES + 1))
        except OSError as error:
            say(f"{file}: {error.strerror}", error=True)
            return REFUSED
        if form.document is None:
            say(f"{file}: refused; see usga-assessment compile-form", error=True)
            return REFUSED
        documents.append(form.document)
    found = compare(*documents)
    if arguments.json:
        say(orjson.dumps(summary(found), option=orjson.OPT_INDENT_2).decode())
    else:
        for change in found.changes:
            say(line(change))
        say(f"comparability: {found.effect}")
    return COMPARABLE if found.effect is Effect.FULL else CAVEATS


def line(change: Change) -> str:
    """A change as one line: variable, aspect, effect, where, before and after."""
    where = [text for text in (change.language, change.code) if text]
    place = f" ({', '.join(where)})" if where else ""
    texts = [t for t in (change.before, change.after) if t is not None]
    told = f": {' -> '.join(texts)}" if texts else ""
    return f"{change.variable or 'form'}: {change.aspect}: {change.effect}{place}{told}"


def summary(found: Comparison) -> dict[str, Any]:
    """The comparison as JSON."""
    return {"effect": found.effect, "changes": [asdict(change) for change in found.changes]}
