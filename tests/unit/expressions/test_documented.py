"""Every finding code stands in the README."""

import ast
import re
from pathlib import Path

from usga_expressions.compiler.library import PLAIN
from usga_expressions.compiler.special import SPECIAL

ROOT = Path(__file__).parents[3] / "shared" / "usga_expressions"
_MAKERS = {"error", "warning", "fail", "_fail", "note", "CheckFinding", "judge_choice"}


def codes() -> set[str]:
    """Texts with a code's shape that are handed to whatever makes a finding."""
    found = set()
    for path in (ROOT / "usga_expressions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in _MAKERS:
                    found |= {
                        argument.value
                        for argument in node.args
                        if isinstance(argument, ast.Constant)
                        and isinstance(argument.value, str)
                        and argument.value.replace("-", "").isalpha()
                        and argument.value.islower()
                    }
            elif isinstance(node, ast.FunctionDef) and node.name in _MAKERS:
                found |= {
                    default.value
                    for default in node.args.defaults
                    if isinstance(default, ast.Constant) and isinstance(default.value, str)
                }
            elif isinstance(node, ast.Return) and path.name == "choices.py":
                found |= {
                    part.value for part in ast.walk(node)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }  # fmt: skip
    return found


def test_every_code_is_in_the_readme_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    tables = readme.partition("## Findings about an instrument")[2]
    documented = {
        part.strip(" `")
        for line in tables.splitlines()
        if line.startswith("| `")
        for part in line.split("|")[1].split(",")
    }
    assert len(documented) > 30
    assert codes() == documented


def test_every_function_stands_in_the_page_for_authors() -> None:
    page = (ROOT.parents[1] / "docs" / "expressions.md").read_text()
    words = set(re.findall(r"[\w:-]+", page))
    assert {*PLAIN, *SPECIAL} - words == set()
