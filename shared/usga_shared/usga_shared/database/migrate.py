"""Alembic, one history a service: `python -m usga_shared.database.migrate SERVICE [URL]`.

Without a URL the database is the one of the service's own setting, USGA_<SERVICE>_DATABASE_URL: a
password on a command line can be read by everybody on the machine.
"""

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

SERVICES = ("assessment", "indicators", "reports")


def migrations_dir() -> Path:
    """Where the histories are: USGA_MIGRATIONS_DIR, else `migrations` of the checkout."""
    given = os.environ.get("USGA_MIGRATIONS_DIR")
    if given:
        return Path(given)
    for parent in (Path.cwd(), *Path(__file__).resolve().parents):
        if (parent / "migrations" / "alembic.ini").is_file():
            return parent / "migrations"
    raise FileNotFoundError("no migrations directory; set USGA_MIGRATIONS_DIR")


def alembic_config(service: str, url: str) -> Config:
    """The Alembic configuration of one service's history on one database."""
    if service not in SERVICES:
        raise ValueError(f"no service {service!r}; one of {', '.join(SERVICES)}")
    home = migrations_dir()
    config = Config(home / "alembic.ini")
    config.set_main_option("script_location", str(home / service))
    config.attributes["url"] = url
    return config


def upgrade(service: str, url: str) -> None:
    """Bring a database to the newest revision. Blocking: call it before the service starts."""
    command.upgrade(alembic_config(service, url), "head")


def main(arguments: list[str] | None = None) -> int:
    """Command line: SERVICE [URL]; 2 when it is not clear which database is meant."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) not in (1, 2) or given[0] not in SERVICES:
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    setting = f"USGA_{given[0].upper()}_DATABASE_URL"
    url = given[1] if len(given) == 2 else os.environ.get(setting, "")  # noqa: PLR2004
    if not url:
        print(f"which database? set {setting}", file=sys.stderr)  # noqa: T201
        return 2
    upgrade(given[0], url)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
