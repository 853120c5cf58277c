"""Folders whose names are there after a loss of power.

A file that was synced is lost all the same when the name of its folder was not.
"""

import os
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, each durably; harmless when it exists."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def open_folder(path: Path) -> None:
    """Make a folder unless it is there; its name is durable in either case.

    Whoever made it may have died, or may not have come to syncing it yet: what is put into it and
    answered for would be lost with its name.
    """
    if path.is_dir():
        sync_folder(path.parent)
    else:
        make_folder(path)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
