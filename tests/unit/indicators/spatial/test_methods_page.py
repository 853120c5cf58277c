"""The worked example of the page is run."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "methods" / "spatial.md"


def test_the_worked_example_of_space_gives_what_it_says() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 5
    assert result.failed == 0
