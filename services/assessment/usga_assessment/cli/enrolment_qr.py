"""`enrolment-qr`: a one-time code for a tablet, as a QR code on the screen or in a file."""

import argparse
import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import segno
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database

from usga_assessment.cli.commands import say
from usga_assessment.domain.access.enrolment import MOST_HOURS, qr_payload
from usga_assessment.domain.access.policy import Scope
from usga_assessment.operations.enrol_device import invite_device
from usga_assessment.settings import Settings
from usga_assessment.storage.assessments import Assessments
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.samples import Samples


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "enrolment-qr",
        help="make a one-time code for a tablet and show it as a QR code",
        description="The code enrols one tablet, once. It is shown here and kept nowhere: whoever "
        "photographs the screen first has it. Exit 1: no such assessment, or no such PSU in its "
        "sample.",
    )
    command.add_argument("assessment", help="code of the assessment")
    command.add_argument("--label", default="", help="label of the tablet; no person's name")
    command.add_argument(
        "--hours", type=_hours, default=72, help=f"how long it is good, 1 to {MOST_HOURS} (72)"
    )
    command.add_argument("--psu", help="home PSU of its interviewer, who gets no case there")
    command.add_argument("--url", help="origin of the platform (USGA_ASSESSMENT_PUBLIC_URL)")
    command.add_argument("--svg", type=Path, help="write this file instead of the screen")
    command.set_defaults(run=_run)


def _hours(text: str) -> int:
    hours = int(text)
    if not 1 <= hours <= MOST_HOURS:
        raise argparse.ArgumentTypeError(f"between 1 and {MOST_HOURS} hours")
    return hours


def _run(arguments: argparse.Namespace) -> int:
    settings = Settings()
    try:
        code = asyncio.run(_invite(settings, arguments))
    except _NotThere as what:
        say(f"there is no {what}", error=True)
        return 1
    if arguments.url is None and "public_url" not in settings.model_fields_set:
        say(
            f"the tablet is sent to {settings.public_url}, for no address is set: give --url, or"
            " set USGA_ASSESSMENT_PUBLIC_URL",
            error=True,
        )
    payload = qr_payload(arguments.url or settings.public_url, code)
    drawn = segno.make(payload, error="m", micro=False)
    if arguments.svg is not None:
        drawn.save(str(arguments.svg), kind="svg", scale=8, xmldecl=False)
        arguments.svg.chmod(0o600)
        say(f"{arguments.svg}: show it to one tablet, then delete it", error=True)
        return 0
    drawn.terminal(out=sys.stdout, compact=True)
    say(payload)
    return 0


class _NotThere(Exception):
    """Nothing has the name that was given."""


async def _invite(settings: Settings, arguments: argparse.Namespace) -> str:
    database = Database(settings.database_url, pool=1)
    try:
        async with database.write() as session:
            known = Assessments(session, Scope(everywhere=True))
            if not await known.exists(arguments.assessment):
                raise _NotThere(f"assessment {arguments.assessment}")
            psu = arguments.psu
            if psu is not None and await Samples(session).lacks(arguments.assessment, psu):
                raise _NotThere(f"PSU {psu} in the sample of {arguments.assessment}")
            code, _ = await invite_device(
                Devices(session),
                assessment=arguments.assessment,
                label=arguments.label,
                by="command line",
                now=SystemClock().now(),
                life=timedelta(hours=arguments.hours),
                home_psu=arguments.psu,
            )
            return code
    finally:
        await database.close()
