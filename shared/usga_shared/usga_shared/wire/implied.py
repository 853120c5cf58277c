"""Values that an earlier answer makes certain, as forms write them: `bind::usga:implied`.

`sh_3y: none -> no` says: where `sh_3y` is `none`, the question that carries it is not asked and
its value is `no` (ADR-0027). A screener that was answered dk, ref or na passes that on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ATTRIBUTE = "implied"
_RULE = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*:\s*([^>]+?)\s*->\s*(\S+)\s*\Z")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Implied:
    """Where `screener` has one of the answers `when`, the value is `value`."""

    screener: str
    when: tuple[str, ...]
    value: str


def implied_by(node: Mapping[str, Any]) -> Implied | None:
    """The rule of a question of an instrument document; None for none, or none to be read."""
    text = str((node.get("attributes") or {}).get(ATTRIBUTE) or "")
    found = _RULE.match(text) if 0 < len(text) <= _LONGEST else None
    if found is None:
        return None
    return Implied(found.group(1), tuple(found.group(2).split()), found.group(3))
