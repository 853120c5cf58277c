"""What the engines and the evaluator say of the same cases (format: golden/expressions)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from usga_expressions.cases import evaluate_document, markdown

from tests.differential import bridge, xforms

FORMS = Path(__file__).parent / "forms"
Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One case with our value and the value of each engine."""

    case: Case
    ours: Any
    engines: Mapping[str, Mapping[str, Any]]

    def agreeing(self) -> list[str]:
        """Names of the engines that say the same."""
        return [name for name, value in self.engines.items() if same(self.ours, value)]

    def __str__(self) -> str:
        said = {name: shown(value) for name, value in self.engines.items()}
        where = f" at {self.case['node']}" if self.case.get("node") else ""
        return f"{self.case['expression']}{where}: ours {self.ours!r}, {said}"


def ask(
    cases: Sequence[Case], *, zone: str, now: str, engines: Iterable[str], forms: Path = FORMS
) -> list[Said]:
    """Evaluate cases of one zone and moment here and in engines."""
    mine = evaluate_document({"cases": list(cases)}, forms)
    job = _job(cases, now, forms)
    answers: dict[str, dict[str, Any]] = {}
    for engine in engines:
        tasks = [{**task, "engine": engine} for task in job["tasks"]]
        run = bridge.in_javarosa if engine == "javarosa" else bridge.in_node
        answers[engine] = _by_case(run({**job, "tasks": tasks}, zone), job["cases"])
    return [
        Said(
            case,
            mine[str(case["id"])],
            {name: found[str(case["id"])] for name, found in answers.items()},
        )
        for case in cases
    ]


def _by_case(results: Mapping[str, Any], order: Mapping[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for task, names in order.items():
        result = results[task]
        values = result.get("values") or [{"error": result.get("error")}] * len(names)
        found.update(zip(names, values, strict=True))
    return found


def _job(cases: Sequence[Case], now: str, forms: Path) -> dict[str, Any]:
    files = {path.name: path.read_text() for path in forms.glob("*.csv")}
    sources: dict[str, Any] = {}
    tasks: dict[str, dict[str, Any]] = {}
    order: dict[str, list[str]] = {}
    for name in {str(case["form"]) for case in cases}:
        own = [case for case in cases if case["form"] == name]
        workbook = markdown.sheets((forms / f"{name}.md").read_text())
        sources[name] = {"xml": xforms.convert(workbook), "files": files}
        paths = _xpaths(workbook, own)
        for case in own:
            task, answers = f"{name}-{id(case['answers'])}", case["answers"]
            if task not in tasks:
                filled = xforms.instance(sources[name]["xml"], answers)
                tasks[task] = {"id": task, "form": name, "instance": filled, "expressions": []}
                order[task] = []
            path, xpath = paths[str(case["id"])]
            order[task].append(str(case["id"]))
            at = _numbered(path, case.get("at") or [], _repeats(sources[name]["xml"]))
            tasks[task]["expressions"].append({"at": at, "xpath": xpath})
    return {"now": now, "forms": sources, "tasks": list(tasks.values()), "cases": order}


def _xpaths(
    workbook: Mapping[str, list[dict[str, str]]], cases: Sequence[Case]
) -> dict[str, tuple[str, str]]:
    """Id of a case -> path of its node, and what pyxform makes of its expression there."""
    rows: list[dict[str, str]] = []
    last = [row["name"] for row in workbook["survey"] if "name" in row][-1]
    for row in workbook["survey"]:
        rows.append(row)
        rows += [
            {"type": "calculate", "name": f"case_{at}", "calculation": str(case["expression"])}
            for at, case in enumerate(cases)
            if (case.get("node") or last) == row.get("name")
        ]
    made = xforms.calculations(xforms.convert({**workbook, "survey": rows}))
    found = {path.rpartition("/")[2]: (path, xpath) for path, xpath in made.items()}
    return {
        str(case["id"]): (
            found[f"case_{at}"][0].replace(f"case_{at}", str(case.get("node") or last)),
            found[f"case_{at}"][1],
        )
        for at, case in enumerate(cases)
    }


def _repeats(xml: str) -> set[str]:
    return {part.split('"')[0] for part in xml.split('<repeat nodeset="')[1:]}


def _numbered(path: str, positions: list[int], repeats: set[str]) -> str:
    waiting, found, plain = list(positions), "", ""
    for step in path.split("/")[1:]:
        plain, found = f"{plain}/{step}", f"{found}/{step}"
        if plain in repeats:
            found += f"[{waiting.pop(0) if waiting else 1}]"
    return found


def same(ours: Any, value: Mapping[str, Any]) -> bool:
    """Whether an engine's value is ours; an error counts as a value of its own."""
    if isinstance(ours, Mapping) or "error" in value:
        return isinstance(ours, Mapping) and "error" in value
    if isinstance(ours, bool) or value["type"] == "boolean":
        return bool(value["type"] == "boolean" and value["boolean"] is ours)
    if isinstance(ours, str) and ours not in ("NaN", "Infinity", "-Infinity"):
        return _same_text(ours, str(value["string"]))
    given = value.get("number")
    if given is None:  # text, or a path's text: ours must be text too
        return isinstance(ours, str) and value["string"] == ours
    return _close(float(ours), float(given), 1e-9)


def _same_text(ours: str, text: str) -> bool:
    if ours == text:
        return True
    try:
        return _close(float(ours), float(text), 1e-12)
    except ValueError:
        return False


def _close(one: float, other: float, limit: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other):
        return one == other
    return abs(one - other) <= limit * max(1.0, abs(one), abs(other))


def shown(value: Mapping[str, Any]) -> object:
    """A value of an engine in short."""
    if "error" in value:
        return "error: " + str(value["error"])[:60]
    return value.get("boolean", value.get("number", value.get("string")))
