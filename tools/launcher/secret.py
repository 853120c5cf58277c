"""Secrets of one installation: made once, readable by their owner alone."""

import os
import secrets
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner may enter."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def keep_private(database: Path) -> None:
    """Make a SQLite file that only its owner may read, or close an older one with its journals.

    SQLite gives the journals that it makes the mode of the file itself.
    """
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    database.touch(mode=0o600)
    for end in ("", "-wal", "-shm", "-journal"):
        file = database.with_name(database.name + end)
        if file.exists():
            file.chmod(0o600)


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner may read, in one step."""
    private_folder(path.parent)
    new = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def kept_secret(path: Path, *, random_bytes: int = 32) -> str:
    """The secret in `path`; made at the first call."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(random_bytes))
    return path.read_text()
