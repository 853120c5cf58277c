"""`create-token` and `create-admin`: personal access tokens, printed once."""

import argparse
import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

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
_COMPARED = 1000
"""Codes that a misspelt one is compared with."""
_NOBODY = (Role.ADMIN, Role.ENUMERATOR, Role.HUB, Role.PUBLIC)
"""Roles that have another way to a credential, or need none."""
_PEOPLE = [role.value for role in Role if role not in _NOBODY]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare both commands."""
    token = commands.add_parser(
        "create-token",
        help="make a personal access token for a role in assessments",
        description="Prints a personal access token once; only its hash is kept. Exit 1: no such "
        "assessment. Coordinators may have one before, for they make it; and anybody as long as "
        "there is no assessment at all.",
    )
    token.add_argument("--role", choices=_PEOPLE, required=True)
    token.add_argument(
        "--force",
        action="store_true",
        help="also for an assessment that is still to be made",
    )
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
        raise argparse.ArgumentTypeError(
            f"no code of an assessment, such as KE-MATHARE-2026: {text!r}"
        )
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
    early = role is Role.COORDINATOR or bool(getattr(arguments, "force", False))
    issued = asyncio.run(
        _issue(
            arguments.name,
            {code: frozenset({role}) for code in codes},
            timedelta(days=arguments.days),
            early=early,
        )
    )
    if issued.token is not None:
        say(issued.token)
    for code in issued.unknown:
        close = get_close_matches(code, issued.known, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        if issued.token is not None:  # whoever is to make it needs the token first
            say(
                f"there is no assessment {code} yet: the token holds there once it is made{meant}",
                error=True,
            )
        else:
            say(
                f"there is no assessment {code}{meant or '.'} Nothing was made. "
                "Make it first, or add --force",
                error=True,
            )
    return 0 if issued.token is not None else 1


@dataclass(frozen=True, slots=True)
class _Issued:
    """The token, None where it was refused; assessments that are not there, and those that are."""

    token: str | None
    unknown: list[str]
    known: list[str]


async def _issue(
    name: str, grants: dict[str, frozenset[Role]], life: timedelta, *, early: bool
) -> _Issued:
    database, now = Database(Settings().database_url, pool=1), SystemClock().now()
    try:
        async with database.write() as session:
            assessments = Assessments(session, Scope(everywhere=True))
            unknown = [c for c in grants if c != PLATFORM and not await assessments.exists(c)]
            known = [each.code for each in await assessments.page(limit=_COMPARED)]
            if unknown and known and not early:
                return _Issued(None, unknown, known)
            token, _ = await issue_credential(
                Credentials(session),
                kind=ActorKind.PERSON,
                name=name,
                grants=grants,
                by="command line",
                now=now,
                expires_at=now + life,
            )
    finally:
        await database.close()
    return _Issued(token, unknown, known)
