"""Files of cases and states in, a file of results out."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from usga_expressions.cases import markdown
from usga_expressions.cases.single import LoadForm, evaluate_case
from usga_expressions.cases.state import evaluate_state
from usga_expressions.environment import Table
from usga_expressions.instrument.instrument import Instrument, Lists
from usga_expressions.reading import Reading


def evaluate_file(
    source: Path,
    target: Path,
    *,
    forms: Path | None = None,
    reading: Reading = Reading.SPECIFICATION,
) -> dict[str, Any]:
    """Evaluate a file of cases or states and write `{id: result}`.

    Forms are Markdown files, look-up tables CSV files, in `forms` (the folder beside the file
    when it is not given). Raises OSError for files that cannot be read, ValueError for
    files of another shape.
    """
    document = orjson.loads(source.read_bytes())
    results = evaluate_document(document, forms or source.parent / "forms", reading)
    target.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))
    return results


def evaluate_document(
    document: Mapping[str, Any], forms: Path, reading: Reading = Reading.SPECIFICATION
) -> dict[str, Any]:
    """Evaluate a document of cases or states."""
    lists: Lists = {name: Table(rows) for name, rows in markdown.tables(forms).items()}

    @cache
    def load_form(name: str) -> Mapping[str, Any]:
        text = (forms / f"{Path(name).name}.md").read_text(encoding="utf-8")
        return markdown.document(text)

    if isinstance(document.get("cases"), list):
        return {
            str(case["id"]): evaluate_case(case, load_form, lists, reading)
            for case in document["cases"]
        }
    if isinstance(document.get("states"), list):
        return _states(document, load_form, lists, reading)
    raise ValueError("the file holds neither cases nor states")


def _states(
    document: Mapping[str, Any], load_form: LoadForm, lists: Lists, reading: Reading
) -> dict[str, Any]:
    compiled = {
        name: Instrument.load(load_form(name), reading=reading)
        for name in {str(state["form"]) for state in document["states"]}
    }
    meta = document.get("meta") or {}
    return {
        str(state["id"]): evaluate_state(state, meta, compiled[str(state["form"])], lists)
        for state in document["states"]
    }
