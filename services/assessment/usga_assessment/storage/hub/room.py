"""How much room a hub's disk has."""

import shutil
from pathlib import Path


def free_bytes(folder: Path) -> int:
    """Bytes that are free where this folder is."""
    return shutil.disk_usage(folder).free
