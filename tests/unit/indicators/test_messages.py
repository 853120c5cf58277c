"""Every refusal of the service speaks the four languages of the API."""

import pytest
from usga_indicators import messages
from usga_shared.i18n import LANGUAGES, Messages
from usga_shared.problems import Problem

PROBLEMS = [p for p in vars(messages).values() if isinstance(p, type) and issubclass(p, Problem)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "problem", [p for p in PROBLEMS if p is not Problem], ids=lambda p: p.slug
)
def test_titles_and_details_exist(problem: type[Problem], language: str) -> None:
    known = Messages.load(["usga_indicators.messages"], "problems").keys(language)
    assert {f"{problem.slug}.title", f"{problem.slug}.detail"} <= known
