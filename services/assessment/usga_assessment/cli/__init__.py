"""`usga-assessment`: the command line of the assessment service.

Each sub-command is a module with `add(commands)`, which declares its arguments and sets `run`,
a function from the parsed arguments to an exit status. New ones are added to COMMANDS.
"""

import argparse
from collections.abc import Sequence

from pydantic import ValidationError
from usga_shared.database.unready import UNREADY, unready_line
from usga_shared.pipes import ends_quietly
from usga_shared.settings import settings_lines

from usga_assessment.cli import (
    build_instrument,
    compare_forms,
    compile_form,
    create_token,
    enrolment_qr,
    evaluate,
    hub_certificate,
    load_pack,
    restored,
    revoke_token,
    rotate_receipt_key,
    verify_audit,
    wording,
)
from usga_assessment.cli.commands import say
from usga_assessment.settings import Settings

COMMANDS = (
    compile_form,
    compare_forms,
    evaluate,
    build_instrument,
    load_pack,
    wording,
    create_token,
    enrolment_qr,
    revoke_token,
    restored,
    rotate_receipt_key,
    hub_certificate,
    verify_audit,
)


@ends_quietly
def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command and return its exit status."""
    parser = argparse.ArgumentParser(prog="usga-assessment", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    parsed = parser.parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except ValidationError as error:
        lines = settings_lines(error, Settings)
        if lines is None:
            raise
        for line in lines:
            say(line, error=True)
        return 2
    except UNREADY as error:
        unready = unready_line(error, url=Settings().database_url, service="assessment")
        if unready is None:
            raise
        say(unready, error=True)
        return 2
    return status
