"""Who this hub is: its number and token, in a file beside its other keys."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson

from usga_assessment.storage.folders import sync_folder
from usga_assessment.storage.keys import write_once

_FILE = "hub.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the enrolment at the centre gave; the token opens the centre's routes for hubs."""

    hub: UUID
    token: str


def read_identity(key_dir: Path) -> Identity | None:
    """The identity of this hub, if it was enrolled."""
    path = key_dir / _FILE
    return _of(path.read_bytes()) if path.exists() else None


def keep_identity(key_dir: Path, made: Identity) -> Identity:
    """Keep it durably, in the place of the one before: a hub may be enrolled anew."""
    content = orjson.dumps({"hub": str(made.hub), "token": made.token})
    draft = key_dir / f".{made.hub}.json"
    write_once(draft, content)
    draft.replace(key_dir / _FILE)
    sync_folder(key_dir)
    return made


def _of(content: bytes) -> Identity:
    found = orjson.loads(content)
    return Identity(UUID(found["hub"]), found["token"])
