"""`usga-assessment`: the command line of the assessment service.

Each sub-command is a module with `add(commands)`, which declares its arguments and sets `run`,
a function from the parsed arguments to an exit status. New ones are added to COMMANDS.
"""

import argparse
from collections.abc import Sequence

from pydantic import ValidationError
from usga_shared.pipes import ends_quietly

from usga_assessment.cli import (
    build_instrument,
    compare_forms,
    compile_form,
    create_token,
    enrolment_qr,
    evaluate,
    load_pack,
    restored,
    revoke_token,
    rotate_receipt_key,
    verify_audit,
    wording,
)
from usga_assessment.cli.commands import say
from usga_assessment.settings import Settings

_WHERE = (
    "Set it in the environment or in a file .env of the working folder (docs/settings.md). In the "
    'checkout of a `make run` stack: USGA_ASSESSMENT_SERVICE_TOKEN="$(cat '
    'var/keys/service-token)"; its database and keys are under var/, where the defaults look.'
)

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
        if error.title != Settings.__name__:
            raise
        for line in _settings_lines(error):
            say(line, error=True)
        return 2
    return status


def _settings_lines(error: ValidationError) -> list[str]:
    """Which variables are missing or wrong, without their values, and where they come from."""
    prefix = Settings.model_config["env_prefix"]
    wrong = [
        f"{prefix}{'_'.join(map(str, item['loc'])).upper()}: "
        + ("it is not set" if item["type"] == "missing" else item["msg"])
        for item in error.errors(include_input=False)
    ]
    return [*wrong, _WHERE]
