"""`create-token` and `create-admin`: personal access tokens, printed once."""

import argparse
import asyncio
import re
from datetime import timedelta

from usga_shared.auth.actors import PLATFORM, ActorKind, Role
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database

from usga_assessment.cli.commands import say
from usga_assessment.domain.access.policy import Scope
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.settings import Settings
from usga_assessment.storage.assessments import Assessments
from usga_assessment.storage.credentials import Credentials

_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{2,16}-\d{4}")
_MOST_DAYS = 730
_NOBODY = (Role.ADMIN, Role.ENUMERATOR, Role.HUB, Role.PUBLIC)
"""Roles that have another way to a credential, or need none."""
_PEOPLE = [role.value for role in Role if role not in _NOBODY]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare both commands."""
    token = commands.add_parser(
        "create-token",
        help="make a personal access token for a role in assessments",
        description="Prints a personal access token once; only its hash is kept.",
    )
    token.add_argument("--role", choices=_PEOPLE, required=True)
    token.add_argument(
        "--assessment",
        action="append",
        required=True,
        type=_code,
        help="code; may be given more than once",
    )
    _common(token, role=None)
    admin = commands.add_parser(
        "create-admin",
        help="make a personal access token for a platform administrator",
        description="Prints a personal access token once; only its hash is kept.",
    )
    _common(admin, role=Role.ADMIN)


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"no code of an assessment: {text!r}")
    return text


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"between 1 and {_MOST_DAYS} days")
    return days


def _common(parser: argparse.ArgumentParser, *, role: Role | None) -> None:
    parser.add_argument("--name", required=True, help="what the token is for")
    parser.add_argument("--days", type=_days, default=365, help="lifetime, 1 to 730 (365)")
    parser.set_defaults(run=_run, **({} if role is None else {"role": role.value}))


def _run(arguments: argparse.Namespace) -> int:
    role = Role(arguments.role)
    codes = [PLATFORM] if role is Role.ADMIN else arguments.assessment
    token, unknown = asyncio.run(
        _issue(
            arguments.name,
            {code: frozenset({role}) for code in codes},
            timedelta(days=arguments.days),
        )
    )
    say(token)
    for code in unknown:  # whoever is to make it needs the token first
        say(
            f"there is no assessment {code} yet: the token holds there once it is made", error=True
        )
    return 0


async def _issue(
    name: str, grants: dict[str, frozenset[Role]], life: timedelta
) -> tuple[str, list[str]]:
    database, now = Database(Settings().database_url, pool=1), SystemClock().now()
    try:
        async with database.write() as session:
            token, _ = await issue_credential(
                Credentials(session),
                kind=ActorKind.PERSON,
                name=name,
                grants=grants,
                by="command line",
                now=now,
                expires_at=now + life,
            )
            known = Assessments(session, Scope(everywhere=True))
            unknown = [c for c in grants if c != PLATFORM and not await known.exists(c)]
    finally:
        await database.close()
    return token, unknown
