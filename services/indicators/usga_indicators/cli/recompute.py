"""`usga-indicators recompute`: compute a stored release anew and compare (rule Q-01).

It reads the service's settings (`USGA_INDICATORS_*`) and changes nothing. Exit codes: 0 the
release computes to itself, 1 it does not, 2 there is no such release or nothing to compute from.
"""

import argparse
import asyncio
import sys
from typing import Any

from pydantic import ValidationError
from usga_shared.auth.actors import PLATFORM, Actor, ActorKind, Role
from usga_shared.database.engine import Database
from usga_shared.database.unready import UNREADY, unready_line
from usga_shared.problems import NotFound
from usga_shared.settings import settings_lines

from usga_indicators.domain.definition import catalogue
from usga_indicators.messages import NotRecomputable
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.verify_release import Verification, verify_release
from usga_indicators.settings import Settings
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.releases import Releases
from usga_indicators.storage.sealing import ExtractKeys
from usga_indicators.storage.statistics_files import StatisticsFiles


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "recompute", help="compute a stored release anew and compare it with what was stored"
    )
    parser.add_argument("release", help="id of the release")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found as JSON."""
    try:
        settings = Settings()
    except ValidationError as error:
        return _fail("\n".join(settings_lines(error, Settings) or [str(error)]))
    try:
        found = asyncio.run(_verified(arguments.release, settings))
    except NotFound:
        return _fail(f"there is no release {arguments.release}")
    except NotRecomputable as reason:
        return _fail(f"nothing is left to compute from: {reason.members['because']}")
    except UNREADY as error:
        line = unready_line(error, url=settings.database_url, service="indicators")
        if line is None:
            raise
        return _fail(line)
    sys.stdout.write(found.model_dump_json(indent=2) + "\n")
    return 0 if found.reproducible else 1


async def _verified(release: str, settings: Settings) -> Verification:
    database = Database(settings.database_url, pool=settings.database_pool)
    actor = Actor(ActorKind.PERSON, "command", {PLATFORM: frozenset({Role.ADMIN})})
    keys = ExtractKeys(settings.key_dir)
    try:
        async with database.read() as session:
            stored = await Releases(session).get(release, actor)
        if stored is None:
            raise NotFound
        known = KnownDefinitions(database, catalogue())
        return await verify_release(
            release,
            actor=actor,
            database=database,
            files=ExtractFiles(settings.data_dir, keys),
            statistics=StatisticsFiles(settings.data_dir, keys),
            definitions=await known.published(stored.view.assessment),
        )
    finally:
        await database.close()


def _fail(message: str) -> int:
    sys.stderr.write(f"usga-indicators recompute: {message}\n")
    return 2
