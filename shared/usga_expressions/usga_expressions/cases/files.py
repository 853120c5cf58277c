"""Files of cases and states in, a file of results out."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from usga_expressions.cases import markdown
from usga_expressions.cases.inputs import CasesRefused, entries, place, text_of
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
    if not isinstance(document, dict):
        raise CasesRefused("the file holds neither cases nor states")
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
        path = forms / f"{Path(name).name}.md"
        text = text_of(path)
        with place(str(path)):
            return markdown.document(text)

    if isinstance(document.get("cases"), list):
        results: dict[str, Any] = {}
        for here, case in entries(document, "cases"):
            with place(here):
                results[str(case["id"])] = evaluate_case(case, load_form, lists, reading)
        return results
    if isinstance(document.get("states"), list):
        return _states(document, load_form, lists, reading)
    raise CasesRefused("the file holds neither cases nor states")


def _states(
    document: Mapping[str, Any], load_form: LoadForm, lists: Lists, reading: Reading
) -> dict[str, Any]:
    @cache
    def compiled(name: str) -> Instrument:
        return Instrument.load(load_form(name), reading=reading)

    meta, results = document.get("meta") or {}, dict[str, Any]()
    for here, state in entries(document, "states"):
        with place(here):
            form = compiled(str(state["form"]))
            results[str(state["id"])] = evaluate_state(state, meta, form, lists)
    return results
