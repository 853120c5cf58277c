"""`verify-audit`: check the hash chains of the audit log."""

import argparse
import asyncio

from usga_shared.database.engine import Database

from usga_assessment.cli.commands import say
from usga_assessment.domain.audit.chain import Broken
from usga_assessment.settings import Settings
from usga_assessment.storage.audit import chains, check_chain

Report = list[tuple[str, int, bytes, Broken | None]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "verify-audit",
        help="check the hash chains of the audit log",
        description="Finds any entry that was changed, taken out or cut off, and prints the "
        "head of each chain: note it outside, on paper or with a second party, and compare. "
        "Exit status 1 when a chain does not hold.",
    )
    command.add_argument("assessment", nargs="*", help="codes; all unless given")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    report = asyncio.run(verified(Settings(), arguments.assessment))
    for assessment, seq, head, broken in report:
        if broken is None:
            say(f"{assessment}: {seq} entries hold; head {head.hex()}")
        else:
            say(f"{assessment}: broken at entry {broken.seq} ({broken.reason})", error=True)
    return 1 if any(broken for *_, broken in report) else 0


async def verified(settings: Settings, only: list[str]) -> Report:
    """Each chain with its length, its head, and where it does not hold."""
    database = Database(settings.database_url, pool=1)
    try:
        async with database.read() as session:
            return [
                (assessment, seq, head, await check_chain(session, assessment, (seq, head)))
                for assessment, seq, head in await chains(session)
                if not only or assessment in only
            ]
    finally:
        await database.close()
