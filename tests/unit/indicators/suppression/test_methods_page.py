"""The worked example of the page is run."""

import doctest
from pathlib import Path

from usga_indicators.domain.disclosure.suppression import EXACT_LIMIT

PAGE = Path(__file__).parents[4] / "docs" / "methods" / "suppression.md"


def test_the_worked_example_of_suppression_gives_what_it_says() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 5
    assert result.failed == 0


def test_the_page_states_the_size_up_to_which_patterns_are_exact() -> None:
    assert f"**Exact** up to {EXACT_LIMIT:,} cells times scenarios" in PAGE.read_text()
