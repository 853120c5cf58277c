"""An error stands at the row that is wrong, and makes no other row look wrong."""

import pytest
from usga_assessment.domain.xlsform.compiled_form import CompiledForm

from .support import codes, compiled, one

YES_NO = """
| list_name | name | label |
| yn | yes | Yes |
| yn | no | No |
"""


def errors(result: CompiledForm) -> dict[str, str]:
    return {f.cell: f.code for f in result.findings if f.severity == "error"}


@pytest.mark.parametrize(
    ("good", "bad", "cell"),
    [
        (
            "select_one yn | a | A | randomize=true",
            "select_one yn | b | B | randomize=maybe",
            "D3",
        ),
        ("select_one yn | a | A | ", "select_one | b | B | ", "A3"),
        (
            "select_one_from_file f.csv | a | A | ",
            "select_one_from_file | b | B | ",
            "A3",
        ),
    ],
)
def test_the_wrong_row_is_blamed_and_not_one_with_the_same_words(
    good: str, bad: str, cell: str
) -> None:
    result = compiled(
        f"""
        | type | name | label | parameters |
        | {good} |
        | {bad} |
        | {good.replace("| a |", "| c |")} |
        """,
        YES_NO,
    )
    assert list(errors(result)) == [f"survey!{cell}"]


def test_a_trigger_is_blamed_where_it_stands() -> None:
    result = compiled(
        """
        | type | name | label | calculation | trigger |
        | integer | a | A | | |
        | calculate | b | | 1 | |
        | calculate | c | | 2 | ${b} |
        """
    )
    assert errors(result) == {"survey!E4": "trigger"}


@pytest.mark.parametrize("bad", ["integre | q | Q", "integer | q | "])
def test_questions_that_refer_to_a_refused_row_are_not_refused_for_it(bad: str) -> None:
    result = compiled(
        f"""
        | type | name | label |
        | {bad} |
        | note | seen | You said ${{q}} |
        | note | lost | You said ${{nobody}} |
        """
    )
    assert one(result, "unknown-reference").cell == "survey!C4"
    assert len(errors(result)) == 2


def test_of_two_rows_with_one_name_the_expression_is_sought_where_it_is_written() -> None:
    result = compiled(
        """
        | type | name | label | constraint |
        | integer | age | Age | . > agge |
        | text | age | Age again | |
        """
    )
    assert codes(result)["expression-unknown-name"] == "survey!D2"
