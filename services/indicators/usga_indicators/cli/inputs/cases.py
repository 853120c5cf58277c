"""Files of cases: each is computed or refused by itself, and a refusal names its place."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from usga_indicators.cli.inputs.errors import InputError, Unreadable
from usga_indicators.cli.inputs.files import read_json
from usga_indicators.cli.inputs.values import reject_unless

#: Cases of one file.
MAX_CASES = 100_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results by case id; findings are the refused ones."""

    results: dict[str, Any]
    findings: tuple[InputError, ...]

    @property
    def exit_code(self) -> int:
        """0 all computed, 1 at least one refused."""
        return int(bool(self.findings))


def run_cases(path: Path, compute: Callable[[Json], Any]) -> Outcome:
    """Compute every case of a file (an object with `cases`, or a list). Raises Unreadable."""
    document = read_json(path)
    found = document.get("cases") if isinstance(document, dict) else document
    if not isinstance(found, list) or len(found) > MAX_CASES:
        raise Unreadable(f"{path} has no list `cases` of at most {MAX_CASES}")
    if not found:
        sys.stderr.write(f"{path} has no case in its list: nothing is computed\n")
    results: dict[str, Any] = {}
    findings = []
    for at, case in enumerate(found):
        try:
            name = _name(case, results)
        except InputError as error:
            findings.append(error.within(f"cases[{at}]"))
            continue
        try:
            results[name] = compute(case)
        except InputError as error:
            finding = error.within(f"case {name}: " if error.place else f"case {name}")
            results[name] = {
                "error": True,
                "code": error.code,
                "place": error.place,
                "message": str(error),
            }
            findings.append(finding)
    return Outcome(results, tuple(findings))


def _name(case: Any, taken: dict[str, Any]) -> str:
    reject_unless(isinstance(case, dict), "", "must be an object")
    name = case.get("id")
    is_name = isinstance(name, str | int) and not isinstance(name, bool)
    reject_unless(is_name, "id", "must be a text", code="missing")
    reject_unless(str(name) not in taken, "id", f"{name} is there twice", code="duplicate")
    return str(name)


def write_outcomes(
    command: str, output: Path, results: Any, findings: tuple[InputError, ...]
) -> None:
    """Write results as JSON (what is not finite is null) and findings to standard error.

    Raises Unreadable when the output cannot be written.
    """
    text = json.dumps(_plain(results), allow_nan=False, separators=(",", ":"))
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"cannot write {output}: {error.strerror}") from None
    for finding in findings:
        sys.stderr.write(f"usga-indicators {command}: {finding.place}: {finding}\n")


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {k: _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case float():
            return value if isfinite(value) else None
        case _:
            return value
