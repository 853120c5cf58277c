"""`list-tokens` and `revoke-token`: the personal access tokens of an installation."""

import argparse
import asyncio
from datetime import datetime
from uuid import UUID

from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database

from usga_assessment.cli.commands import say
from usga_assessment.domain.access.credential import Credential
from usga_assessment.settings import Settings
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.revocations import Ended, Revocations


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare both commands."""
    listing = commands.add_parser("list-tokens", help="list personal access tokens")
    listing.set_defaults(run=_list)
    revoke = commands.add_parser(
        "revoke-token",
        help="revoke a personal access token",
        description="Takes effect within 60 seconds in every service.",
    )
    revoke.add_argument("id", type=UUID, help="as `list-tokens` and /v1/auth/me show it")
    revoke.set_defaults(run=_revoke)


def _list(_arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    for token in asyncio.run(_tokens()):
        say(_line(token, now))
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    if not asyncio.run(_end(arguments.id)):
        say("There is no active personal access token with this id.", error=True)
        return 1
    return 0


def _line(token: Credential, now: datetime) -> str:
    grants = ", ".join(
        f"{role.value} in {code}"
        for code, roles in sorted(token.grants.items())
        for role in sorted(roles)
    )
    state = "active" if token.is_active(now) else "ended"
    return f"{token.id}  {state}  {grants}  {token.name}"


async def _tokens() -> list[Credential]:
    database = Database(Settings().database_url, pool=1)
    try:
        async with database.read() as session:
            return await Credentials(session).people()
    finally:
        await database.close()


async def _end(token: UUID) -> bool:
    settings = Settings()
    database, now = Database(settings.database_url, pool=1), SystemClock().now()
    try:
        async with database.write() as session:
            credentials = Credentials(session)
            known = [found for found in await credentials.people() if found.id == token]
            if not known or not known[0].is_active(now):
                return False
            Revocations(settings.key_dir).note(Ended(subject=known[0].subject, at=now))
            await credentials.revoke(subject=known[0].subject, at=now)
            return True
    finally:
        await database.close()
