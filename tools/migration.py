"""`make migration SERVICE=assessment NAME=pre_add_something`: a draft from the models.

Compares the models with a database that the existing history made; read the draft before it is
committed, and keep it safe while the old code still runs (CONTRIBUTING.md).
"""

import argparse
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from usga_shared.database.migrate import SERVICES, alembic_config, upgrade


def main() -> int:
    """Write the draft; 2 for a name that does not say what kind of step it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("name", help="initial, or pre_... or post_..., in snake_case")
    given = parser.parse_args()
    if not re.fullmatch(r"initial|(pre|post)_[a-z0-9_]+", given.name):
        print("name a step pre_... or post_..., in snake_case", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'history.db'}"
        upgrade(given.service, url)
        made = command.revision(
            alembic_config(given.service, url),
            message=given.name,
            autogenerate=True,
            rev_id=datetime.now(UTC).strftime("%Y%m%d_%H%M"),
        )
    draft = made[0] if isinstance(made, list) else made
    if draft is not None:
        tidy(Path(draft.path))
    return 0


def tidy(path: Path) -> None:
    """Plain SQLAlchemy types, so that a history outlives the libraries that drafted it."""
    text = path.read_text()
    text = text.replace("sqlmodel.sql.sqltypes.AutoString", "sa.String")
    text = text.replace("usga_shared.database.types.UtcDateTime", "sa.DateTime")
    lines = [line for line in text.splitlines() if not line.strip().startswith("# ###")]
    path.write_text("\n".join(lines) + "\n")
    for step in (["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, "--quiet", str(path)], check=False)


if __name__ == "__main__":
    raise SystemExit(main())
