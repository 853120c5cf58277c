"""What an earlier start of the demonstration has kept."""

import json
from pathlib import Path
from typing import Any

from tools.launcher.stack import Stack

LAST_STEP = "render_report"


def memory_of(stack: Stack) -> Path:
    """The file; among the keys, because tokens are in it."""
    return stack.home / "keys" / "demo.json"


def recall(stack: Stack) -> dict[str, Any]:
    """What was kept; nothing before the first start."""
    path = memory_of(stack)
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def complete(memory: dict[str, Any]) -> bool:
    """Whether every step was done."""
    return LAST_STEP in memory.get("done", ())
