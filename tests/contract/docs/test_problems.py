"""Every problem of every service has a section and words in every language (S-13)."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from usga_shared.i18n import LANGUAGES, Messages
from usga_shared.problems import Problem

from tools.docs import problems

CATALOGUE = problems.catalogue()
ADVICE = problems.advice()
MESSAGES = Messages.load(problems.MESSAGES, "problems")
CODE = [Path("shared/usga_shared"), *Path("services").iterdir()]
SLUG = re.compile(r"^[a-z][a-z0-9-]+$")


def trees() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for part in CODE for path in part.rglob("*.py")]


def slugs_in_the_code() -> set[str]:
    """Found by reading, so that a problem in a module nobody imports is found too."""
    found: set[str] = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found |= {value for line in node.body if (value := _slug(line))}
    return found


def _slug(line: ast.stmt) -> str | None:
    target: ast.expr | None = line.target if isinstance(line, ast.AnnAssign) else None
    if isinstance(line, ast.Assign):
        target = line.targets[0]
    value = line.value if isinstance(line, ast.Assign | ast.AnnAssign) else None
    named = isinstance(target, ast.Name) and target.id == "slug"
    return str(value.value) if named and isinstance(value, ast.Constant) else None


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def template(slug: str, part: str, language: str) -> str:
    found = MESSAGES.text(f"{slug}.{part}", language)
    assert found is not None
    return found


def test_the_catalogue_is_complete() -> None:
    made = {slug for slug in slugs_in_the_code() if SLUG.match(slug)}
    assert made - problems.UNRAISED - {Problem.slug} == set(CATALOGUE)


def test_the_document_is_current() -> None:
    assert problems.TARGET.read_text() == problems.text(), "run `make docs`"


@pytest.mark.parametrize("problem", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_problem_has_a_section(problem: type[Problem]) -> None:
    assert f"## {problem.slug}\n" in problems.TARGET.read_text()


def test_no_section_lacks_its_problem() -> None:
    sections = re.findall(r"^## (.+)$", problems.TARGET.read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(CATALOGUE)
    assert sorted(ADVICE) == sorted(CATALOGUE)


def test_no_slug_stands_for_two_problems() -> None:
    own = [kind for kind in problems._below(Problem) if kind.slug not in problems.UNRAISED]
    assert len({kind.slug for kind in own}) == len(own)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", CATALOGUE)
def test_every_problem_speaks_every_language(slug: str, language: str) -> None:
    assert {f"{slug}.title", f"{slug}.detail"} <= MESSAGES.keys(language)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_translations_fill_the_same_fields(slug: str) -> None:
    english = fields(template(slug, "detail", "en"))
    assert {lang: fields(template(slug, "detail", lang)) for lang in LANGUAGES} == dict.fromkeys(
        LANGUAGES, english
    )


@pytest.mark.parametrize("slug", CATALOGUE)
def test_examples_leave_no_field_unfilled(slug: str) -> None:
    shown = problems.example(CATALOGUE[slug], ADVICE.get(slug, {}), MESSAGES)
    assert not re.search(r"\{[a-z_]+\}", shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_is_complete_in_every_language(language: str) -> None:
    items = problems.items()
    assert MESSAGES.keys(language) == MESSAGES.keys("en")
    assert items.keys(language) == items.keys("en")


def test_every_finding_about_an_interview_has_words() -> None:
    page = Path("shared/usga_expressions/README.md").read_text()
    rows = page.partition("## Findings about an interview")[2].splitlines()
    told = {row.split("`")[1] for row in rows if row.startswith("| `") and "| warning" not in row}
    assert "constraint" in told
    assert told - problems.items().keys("en") == set()


def test_bases_without_a_section_are_never_raised() -> None:
    raised = {
        node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        for tree in trees()
        for node in ast.walk(tree)
    }
    assert "SampleRefused" in raised
    assert "FaultsFound" not in raised
