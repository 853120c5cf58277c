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


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
