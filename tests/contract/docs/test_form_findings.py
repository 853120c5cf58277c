"""Every finding that the compiler can make is described for authors, in every language (S-13)."""

import ast
import re
import tomllib
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_assessment.domain.xlsform.converter_words import BY_CODE, BY_TEXT

HOME = Path("services/assessment/usga_assessment")
PAGE = Path("docs/forms.md").read_text()
EXAMPLES = re.findall(r"^```markdown\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CALLS = {"Finding", "unreadable", "error", "warning", "found"}
LANGUAGES = ("en", "es", "ru", "sw")


def catalogue(language: str) -> dict[str, Any]:
    return tomllib.loads((HOME / f"locale/forms.{language}.toml").read_text())


ENGLISH = catalogue("en")


def codes() -> set[str]:
    found = {*BY_CODE.values(), *BY_TEXT.values()}
    for path in (HOME / "domain/xlsform").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in CALLS and node.args:
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return {code for code in found if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+", code)}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def test_every_code_has_words() -> None:
    made = codes()
    assert len(made) > 90
    assert sorted(made - set(ENGLISH["finding"]) - {"missing"}) == []


def test_every_code_is_described() -> None:
    assert sorted(code for code in ENGLISH["finding"] if f"| `{code}` |" not in PAGE) == []


def test_every_finding_shows_a_way_out() -> None:
    assert sorted(code for code, texts in ENGLISH["finding"].items() if not texts.get("h")) == []


def test_every_refusal_says_what_was_expected() -> None:
    """Those without are warnings, or name their number in what they say."""
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    errors = {row[0].strip(" |`") for row in rows if len(row) > 3 and row[1].startswith("error")}
    lacking = sorted(
        code for code in errors & set(ENGLISH["finding"]) if not ENGLISH["finding"][code].get("e")
    )
    assert lacking == ["more-findings", "not-an-instrument"]


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("part", ["where", "also", "finding"])
def test_every_text_is_in_every_language_with_the_same_fields(part: str, language: str) -> None:
    other = catalogue(language)[part]
    assert other.keys() == ENGLISH[part].keys()
    for code, english in ENGLISH[part].items():
        texts = other[code]
        if isinstance(english, str):
            assert fields(texts) == fields(english), code
            continue
        assert texts.keys() == english.keys(), code
        for key, text in english.items():
            assert fields(texts[key]) == fields(text), (code, key)


@pytest.mark.parametrize("example", EXAMPLES, ids=["tables", "headings"])
def test_the_examples_are_forms(example: str) -> None:
    form = compile_form(example.encode())
    assert form.document is not None, form.findings
    assert form.document["name"] == "walks"


def test_the_complete_example_has_nothing_to_say_about_it() -> None:
    assert compile_form(EXAMPLES[0].encode()).findings == ()
