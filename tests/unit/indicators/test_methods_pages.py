"""The examples of the methods pages are run; what they say of thresholds is what the code has."""

import doctest
from pathlib import Path

import pytest
from usga_indicators.domain.disclosure import Thresholds

METHODS = Path(__file__).parents[3] / "docs" / "methods"


def test_the_worked_example_of_estimation_gives_what_it_says() -> None:
    result = doctest.testfile(str(METHODS / "estimation.md"), module_relative=False)
    assert result.attempted >= 6
    assert result.failed == 0


def test_the_worked_example_of_composites_gives_what_it_says() -> None:
    result = doctest.testfile(str(METHODS / "composites.md"), module_relative=False)
    assert result.attempted >= 6
    assert result.failed == 0


def test_the_worked_examples_of_weighting_give_what_they_say() -> None:
    result = doctest.testfile(str(METHODS / "weighting.md"), module_relative=False)
    assert result.attempted >= 25
    assert result.failed == 0


@pytest.mark.parametrize(
    "words",
    [
        f"base below {Thresholds().base_hidden}; S3: below {Thresholds().base_hidden_s3}",
        f"base {Thresholds().base_hidden} to {Thresholds().base_flagged - 1}",
        f"1 to {Thresholds().count_hidden - 1}",
        f"CV above {100 * Thresholds().cv_hidden:.1f} %",
        f"CV above {100 * Thresholds().cv_flagged:.1f} %",
        f"half-width above {100 * Thresholds().half_width_hidden:.0f} points",
    ],
)
def test_the_page_on_disclosure_states_the_thresholds_in_force(words: str) -> None:
    assert words in (METHODS / "disclosure.md").read_text()
