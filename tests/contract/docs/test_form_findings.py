"""Every finding that the compiler can make is described for authors (S-13)."""

import ast
import re
from pathlib import Path

import pytest
from usga_assessment.domain.xlsform.compiler import compile_form

CODE = Path("services/assessment/usga_assessment/domain/xlsform")
PAGE = Path("docs/forms.md").read_text()
EXAMPLES = re.findall(r"^```markdown\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CALLS = {"Finding", "unreadable", "error"}
PREFIXES = ("pyxform-", "expression-", "missing-")


def codes() -> set[str]:
    found = set()
    for path in CODE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in CALLS and node.args:
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return {code for code in found if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]+", code)}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_code_is_described() -> None:
    made = {code for code in codes() if not code.startswith(PREFIXES)}
    assert len(made) > 30
    assert sorted(code for code in made if f"`{code}`" not in PAGE) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=["tables", "headings"])
def test_the_examples_are_forms(example: str) -> None:
    form = compile_form(example.encode())
    assert form.document is not None, form.findings
    assert form.document["name"] == "walks"


def test_the_complete_example_has_nothing_to_say_about_it() -> None:
    assert compile_form(EXAMPLES[0].encode()).findings == ()
