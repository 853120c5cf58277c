"""The cell of a finding is the one to change, and its words lack nothing."""

import pytest
from pyxform.errors import ErrorCode, PyXFormError
from usga_assessment.domain.xlsform import conversion
from usga_assessment.domain.xlsform.converter_words import BY_CODE
from usga_assessment.domain.xlsform.reading import read_workbook
from usga_assessment.domain.xlsform.wording import in_language, verdict

from .support import compiled, form, one


def named_in_full(code: ErrorCode) -> bool:
    return BY_CODE[code.name] in {"bad-name", "reserved-name", "bad-parameter", "broken-reference"}


BIG = """
| list_name | name | label |
| big | ab | AB |
| big | a b | A B |
"""


def test_a_choice_with_a_space_is_said_at_the_choice_and_other_rows_are_still_told() -> None:
    result = compiled(
        """
        | type | name | label | parameters |
        | select_multiple big | b | B | |
        | text | a | A | z=1 |
        """,
        BIG,
    )
    assert one(result, "choice-with-space").cell == "choices!B3"
    assert one(result, "unknown-parameter").cell == "survey!D3"


@pytest.mark.parametrize(
    ("survey", "code", "cell"),
    [
        (
            "| type | name | label |\n| text | z | Z |\n| select_one_from_file p.txt | a | A |",
            "file-name",
            "survey!A3",
        ),
        (
            "| name | label | type | choice_filter |\n| a | A | select_one big or_other | 1=1 |",
            "or-other",
            "survey!C2",
        ),
    ],
)
def test_a_type_is_said_at_the_type(survey: str, code: str, cell: str) -> None:
    assert one(compiled(survey, BIG), code).cell == cell


@pytest.mark.parametrize("code", [*filter(named_in_full, ErrorCode)], ids=lambda code: code.name)
def test_the_words_of_the_converter_are_completed_from_the_cell(code: str) -> None:
    context = {"row": 2, "sheet": "survey", "column": "name", "name": "a", "value": "a", "q": "a"}
    refusal = PyXFormError(code=code, context=context)
    workbook = read_workbook(form("| type | name | label |\n| text | b c | A |"))
    (found,) = conversion._said(workbook, refusal)
    assert "…" not in found.message + (found.hint or "")


def test_labels_of_external_choices_are_missed_on_their_own_sheet() -> None:
    text = """
        | type | name | label | choice_filter |
        | select_one big | s | S | |
        | select_one_external cities | c | C | big=${s} |
        | select_one_external towns | d | D | big=${s} |
        """
    choices = "| list_name | name | label |\n| big | ab | AB |\n| external_choices |\n"
    choices += "| | list_name | name | big |\n| | cities | x | ab |"
    result = compiled(text, choices.replace("| external_choices |", "external_choices |"))
    assert one(result, "language-incomplete").cell == "external_choices!2"
    missing = one(result, "unknown-list")
    assert "external_choices" in missing.message
    assert missing.expected == "one of the lists: cities"


@pytest.mark.parametrize(("pattern", "at"), [("(", 11), ("a[A-Z", 12), ("*a", 11)])
def test_a_broken_pattern_is_an_error_with_its_place(pattern: str, at: str) -> None:
    row = f'| text | a | A | regex(., "{pattern}") |'
    found = one(
        compiled(f"| type | name | label | constraint |\n{row}"), "expression-invalid-pattern"
    )
    assert (found.cell, dict(found.values)["at"]) == ("survey!D2", str(at))


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", "(a+)*"])
def test_a_pattern_that_tablets_know_is_none(pattern: str) -> None:
    row = f'| text | a | A | regex(., "{pattern}") |'
    assert not compiled(f"| type | name | label | constraint |\n{row}").refused


@pytest.mark.parametrize("language", ["es", "ru", "sw"])
def test_no_english_is_left_in_other_languages(language: str) -> None:
    result = compiled(
        "| type | name | label::A (en) | label::B (es) | hint::A (en) | constraint |\n"
        "| text | a | A | B | H | . > |\n| text | b | A | B | H | |"
    )
    assert "the end" not in in_language(one(result, "expression-syntax"), language).message
    assert verdict(language, None) != "refused"
    assert "questions" not in verdict(language, {"form": "f 1", "size": 1, "digest": "0"})


def test_each_language_that_lacks_columns_is_told_apart() -> None:
    result = compiled(
        "| type | name | label::A (en) | label::B (es) | label::C (sw) | hint::A (en) |\n"
        "| text | b | A | B | C | H |"
    )
    said = [dict(f.values) for f in result.findings if f.code == "translation-missing"]
    assert [(each["language"], each["columns"]) for each in said] == [
        ("B (es)", "hint"),
        ("C (sw)", "hint"),
    ]
