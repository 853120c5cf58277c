"""The definitions that ship with the service, and their digest."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files

from usga_expressions.findings import error

from usga_indicators.domain.definition.loader import InvalidDefinition, parse_definition
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.wording import worded

_SKIPS = "skips.yaml"


@lru_cache(maxsize=1)
def catalogue() -> tuple[Definition, ...]:
    """Every shipped definition, by code; a file's name is its code."""
    found = []
    for source in files("usga_indicators.definitions").iterdir():
        if not source.name.endswith(".yaml") or source.name == _SKIPS:
            continue
        definition = parse_definition(source.read_text("utf-8"), source.name)
        if f"{definition.code}.yaml" != source.name:
            fault = error("code", f"its code is {definition.code}, which its name must be")
            raise InvalidDefinition(source.name, (fault,))
        found.append(worded(definition))
    return tuple(sorted(found, key=lambda d: d.code))


def definitions_digest(definitions: Iterable[Definition]) -> str:
    """SHA-256 of the definitions and of the skip rules, independent of order and layout."""
    skips = files("usga_indicators.definitions").joinpath(_SKIPS).read_bytes()
    ordered = [asdict(d) for d in sorted(definitions, key=lambda d: d.code)]
    text = json.dumps(ordered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode() + b"\n" + skips).hexdigest()
