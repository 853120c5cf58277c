"""`restored`: say that the database came back from a backup."""

import argparse
import asyncio
from collections import defaultdict
from typing import NamedTuple

from usga_shared.clock import Clock, SystemClock
from usga_shared.database.engine import Database

from usga_assessment.cli.commands import say
from usga_assessment.domain.access.policy import Scope
from usga_assessment.operations.replay_withdrawals import replay_withdrawals
from usga_assessment.settings import Settings
from usga_assessment.storage.installation import renew_epoch
from usga_assessment.storage.journal import Journal
from usga_assessment.storage.revocations import Revocations, end_again
from usga_assessment.storage.submissions import Submissions
from usga_assessment.storage.tombstones import Restores, Tombstone, Tombstones


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "restored",
        help="after a restore: withdraw and revoke again, begin a new epoch",
        description="Run it once after the database was restored from a backup, before the "
        "service starts. Withdrawn interviews become unreadable again, what was revoked (devices, "
        "hubs, keys, tokens) is revoked again, unused enrolment codes end, and tablets offer "
        "again what the backup does not hold. Doing it twice is harmless.",
    )
    command.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    done = asyncio.run(restored(Settings()))
    say(
        f"{done.withdrawn} withdrawals and {done.revoked} revocations carried out again;"
        f" the new epoch is {done.epoch}"
    )
    return 0


class Restored(NamedTuple):
    """What had to be done again."""

    epoch: str
    withdrawn: int
    revoked: int


async def restored(settings: Settings, *, clock: Clock | None = None) -> Restored:
    """Replay withdrawals and revocations, then begin a new epoch."""
    database, clock = Database(settings.database_url, pool=1), clock or SystemClock()
    by_assessment: dict[str, list[Tombstone]] = defaultdict(list)
    for stone in Tombstones(settings.key_dir).read():
        by_assessment[stone.assessment].append(stone)
    try:
        again = 0
        for assessment, stones in by_assessment.items():
            async with database.write() as session:
                journal = await Journal.open(session, assessment, clock.now())
                submissions = Submissions(session, Scope(everywhere=True))
                again += await replay_withdrawals(submissions, journal, stones)
        async with database.write() as session:
            ended = Revocations(settings.key_dir).read()
            revoked = await end_again(session, ended, clock.now())
        restores = Restores(settings.key_dir).count_one()
        epoch = await renew_epoch(database, clock, restores=restores)
        return Restored(epoch, again, revoked)
    finally:
        await database.close()
