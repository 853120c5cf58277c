"""XLSForms as Markdown tables, and look-up tables as CSV, read into instrument documents.

Only what evaluation needs is read; the compiler of forms is elsewhere.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from usga_expressions.cases.inputs import text_of

Row = dict[str, str]
Sheets = dict[str, list[Row]]
_TEXTS = ("relevant", "constraint", "required", "calculation", "choice_filter", "repeat_count")
_ROW = re.compile(r"\|(.*)\|")
_BAR = re.compile(r"(?<!\\)\|")
_PARAMETER = re.compile(r"([\w-]+)\s*=\s*([^\s,;]+)")
_ALIASES = {"list name": "list_name", "list_name": "list_name"}


def sheets(text: str) -> Sheets:
    """Read the sheets of a Markdown form."""
    found: Sheets = {}
    rows: list[Row] = []
    header: list[str] = []
    for line in text.splitlines():
        cells = _cells(line)
        if not cells:
            continue
        if cells[0] and not any(cells[1:]):
            rows = found.setdefault(cells[0], [])
            header = []
        elif not header:
            header = [_ALIASES.get(cell, cell) for cell in cells]
        else:
            named = zip(header, cells, strict=False)
            rows.append({name: cell for name, cell in named if name and cell})
    return found


def _cells(line: str) -> list[str]:
    inner = _ROW.fullmatch(line.strip())
    if inner is None:
        return []
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(inner[1])]


def document(text: str) -> dict[str, Any]:
    """Make an instrument document of a Markdown form."""
    read = sheets(text)
    settings = (read.get("settings") or [{}])[0]
    languages = _languages(read)
    default = settings.get("default_language") or (languages[0] if languages else "default")
    external: set[str] = set()
    nodes = _nodes(iter(read.get("survey", [])), external)
    lists: dict[str, list[dict[str, Any]]] = {}
    for row in read.get("choices", []):
        lists.setdefault(row["list_name"], []).append(_choice(row))
    return {
        "format": "usga-instrument/1",
        "name": settings.get("form_id", "form"),
        "version": settings.get("version", "1"),
        "title": {},
        "default_language": default,
        "languages": languages or ["default"],
        "nodes": nodes,
        "choice_lists": lists,
        "external_lists": sorted(external),
    }


def _languages(read: Sheets) -> list[str]:
    names = [
        key.partition("::")[2]
        for rows in read.values()
        for row in rows
        for key in row
        if key.startswith("label::")
    ]
    return list(dict.fromkeys(names))


def _labels(row: Row) -> dict[str, str]:
    return {
        key.partition("::")[2] or "default": value
        for key, value in row.items()
        if key == "label" or key.startswith("label::")
    }


def _choice(row: Row) -> dict[str, Any]:
    known = ("list_name", "name", "label")
    extra = {
        key: value
        for key, value in row.items()
        if key not in known and not key.startswith("label::")
    }
    return {"name": row["name"], "label": _labels(row), "extra": extra}


def _nodes(rows: Iterable[Row], external: set[str]) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    waiting: list[list[dict[str, Any]]] = []
    for row in rows:
        words = (
            row.get("type", "").replace("_", " ", 1).split()
            if row.get("type", "").startswith(("begin", "end"))
            else row.get("type", "").split()
        )
        if not words:
            continue
        if words[0] == "end" and len(words) > 1:
            nodes = waiting.pop()
            continue
        node = _node(row, words, external)
        nodes.append(node)
        if words[0] == "begin":
            waiting.append(nodes)
            nodes = node["children"]
    return nodes


def _node(row: Row, words: list[str], external: set[str]) -> dict[str, Any]:
    kind = words[1] if words[0] == "begin" else "question"
    node: dict[str, Any] = {
        "kind": kind,
        "name": row["name"],
        "type": "" if kind != "question" else words[0],
        "list": None,
        "label": _labels(row),
        "children": [],
    }
    for name in _TEXTS:
        node[name] = row.get(name)
    if node["required"] in ("yes", "true", "TRUE"):
        node["required"] = "true()"
    elif node["required"] in ("no", "false", "FALSE"):
        node["required"] = None
    node["default"] = row.get("default")
    node["parameters"] = dict(_PARAMETER.findall(row.get("parameters", "")))
    if kind == "question" and len(words) > 1 and words[0].startswith(("select", "rank")):
        node["list"] = words[1]
        if words[0].endswith("_from_file"):
            external.add(words[1])
    return node


def tables(folder: Path) -> dict[str, list[Mapping[str, object]]]:
    """Read every CSV file of a folder as a look-up table under its name without ending."""
    found: dict[str, list[Mapping[str, object]]] = {}
    for path in sorted(folder.glob("*.csv")):
        lines = io.StringIO(text_of(path), newline="")
        found[path.stem] = [dict(row) for row in csv.DictReader(lines)]
    return found
