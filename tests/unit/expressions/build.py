"""Instrument documents in one line each."""

from datetime import UTC, datetime
from typing import Any

from usga_expressions.instrument import CheckResult, Instrument

NOW = datetime(2026, 3, 5, 7, 20, 30, tzinfo=UTC)


def question(name: str, type_: str = "text", **rest: Any) -> dict[str, Any]:
    return {"kind": "question", "name": name, "type": type_, **rest}


def group(name: str, *children: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"kind": "group", "name": name, "children": list(children), **rest}


def repeat(name: str, *children: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"kind": "repeat", "name": name, "children": list(children), **rest}


def document(*nodes: dict[str, Any], **rest: Any) -> dict[str, Any]:
    lists = {
        "yes_no": [{"name": "yes", "label": {"en": "Yes"}}, {"name": "no", "label": {"en": "No"}}],
        "place": [{"name": n, "label": {"en": n.title()}} for n in ("home", "street", "none")],
    }
    return {
        "format": "usga-instrument/1",
        "default_language": "en",
        "nodes": list(nodes),
        "choice_lists": lists,
        **rest,
    }


def instrument(*nodes: dict[str, Any], **rest: Any) -> Instrument:
    return Instrument.load(document(*nodes, **rest))


def check(loaded: Instrument, answers: dict[str, Any], **rest: Any) -> CheckResult:
    return loaded.check(answers, now=NOW, **rest)


def codes(loaded: Instrument, answers: dict[str, Any], **rest: Any) -> list[tuple[str, str]]:
    """The pointer and code of every finding."""
    return [(each.pointer, each.code) for each in check(loaded, answers, **rest).findings]
