"""What converts and is hardly meant is said, once and where it stands."""

from datetime import UTC, datetime

import pytest
from usga_assessment.domain.xlsform.finding import Severity
from usga_expressions.instrument import Instrument

from tests.unit.assessment.xlsform.support import codes, compiled, one

COUNTRIES = "| list_name | name | label | country |\n| c | a | A | ke |\n| c | b | B | mx |"
HEADER = "| type | name | label | choice_filter |\n| select_one c | p | P | |"


class TestFilters:
    def test_a_column_that_no_choice_has_is_an_error_at_the_cell(self) -> None:
        form = compiled(f"{HEADER}\n| select_one c | q | Q | contry = ${{p}} |", COUNTRIES)
        said = one(form, "expression-unknown-name")
        assert form.document is None
        assert (said.cell, said.severity) == ("survey!D3", Severity.ERROR)
        assert said.hint == "Did you mean 'country'?"
        assert "country" in (said.expected or "")

    def test_so_is_one_of_lists_without_columns(self) -> None:
        form = compiled(
            f"{HEADER}\n| select_one c | q | Q | region = 'x' |",
            "| list_name | name | label |\n| c | a | A |",
        )
        assert one(form, "expression-unknown-name").cell == "survey!D3"

    @pytest.mark.parametrize(
        "text",
        [
            "country = ${p}", "name != 'contry'", 'selected(${p}, country) and not(name = "x y")',
            "country=${p} or name = current()/../p", "count-selected(${p}) mod 2 = 1", "1 = 1",
            "string-length(label) > 0", "position(..) > 1", "./name = 'a'", "true()",
        ],
    )  # fmt: skip
    def test_what_the_choices_have_is_no_slip(self, text: str) -> None:
        form = compiled(f"{HEADER}\n| select_one c | q | Q | {text} |", COUNTRIES)
        assert not [f for f in form.findings if f.severity is Severity.ERROR], form.findings


def test_a_circle_is_shown_from_link_to_link_with_its_rows() -> None:
    form = compiled(
        """| type | name | label | calculation |
        | calculate | a | | ${b} + 1 |
        | calculate | b | | ${c} + 1 |
        | calculate | c | | ${a} + 1 |
        | note | n | ${a} | |"""
    )
    said = one(form, "expression-circular-reference")
    assert "a (B2) \u2192 b (B3) \u2192 c (B4) \u2192 a (B2)" in said.message


class TestNothing:
    def test_a_form_that_asks_nothing_is_told(self) -> None:
        for rows in ("", "\n| calculate | a | | 1 |"):
            form = compiled(f"| type | name | label | calculation |{rows}")
            assert one(form, "no-questions").severity is Severity.WARNING

    def test_a_note_is_something(self) -> None:
        assert "no-questions" not in codes(compiled("| type | name | label |\n| note | a | A |"))

    def test_so_is_an_empty_repeat(self) -> None:
        form = compiled(
            "| type | name | label |\n| note | a | A |\n| begin_repeat | r | R |\n| end_repeat | | |"
        )
        assert one(form, "empty-repeat").cell == "survey!A3"


class TestMarks:
    def test_an_unreadable_sensitivity_is_one_finding(self) -> None:
        form = compiled(
            """| type | name | label | bind::usga:sensitivity | bind::usga:field_class |
            | integer | a | A | 1 | open |
            | integer | b | B | S1 | Open |"""
        )
        errors = {f.code for f in form.findings if f.severity is Severity.ERROR}
        assert errors == {"bad-sensitivity", "bad-field-class"}

    def test_an_unknown_role_is_an_error_at_its_cell(self) -> None:
        form = compiled(
            """| type | name | label | bind::usga:role |
            | integer | a | A | privacy_chek |"""
        )
        said = one(form, "unknown-role")
        assert (said.cell, said.hint) == ("survey!D2", "Did you mean 'privacy_check'?")

    def test_an_unknown_version_of_our_columns_is_an_error(self) -> None:
        settings = '| settings |\n| | form_id | namespaces |\n| | f | usga="urn:usga:xlsform:9" |'
        form = compiled("| type | name | label |\n| integer | a | A |", "", settings)
        said = one(form, "unknown-extension")
        assert form.document is None
        assert said.cell == "settings!B2"
        assert "urn:usga:xlsform:9" in said.message


class TestWords:
    def test_a_list_with_a_space_is_told_as_such(self) -> None:
        form = compiled(
            "| type | name | label |\n| select_one my list | a | A |",
            "| list_name | name | label |\n| my list | a | A |",
        )
        said = one(form, "list-with-space")
        assert said.cell == "survey!A2"
        assert "'my_list'" in (said.hint or "")
        assert "unknown-type" not in codes(form)

    def test_a_reference_that_is_not_closed_is_told_as_such(self) -> None:
        form = compiled(
            "| type | name | label | relevant |\n| integer | age | A | |\n"
            "| integer | b | B | ${age > 3 |"
        )
        errors = [(f.code, f.cell) for f in form.findings if f.severity is Severity.ERROR]
        assert errors == [("broken-reference", "survey!D3")]

    def test_names_may_be_of_any_alphabet(self) -> None:
        form = compiled(
            "| type | name | label | relevant |\n"
            "| integer | \u0432\u043e\u0437 | A | |\n"
            "| text | \u00f1and\u00fa | B | ${\u0432\u043e\u0437} > 3 |"
        )
        assert form.document is not None, form.findings
        check = Instrument.load(form.document).check
        now = datetime(2026, 1, 1, tzinfo=UTC)
        assert check({"\u0432\u043e\u0437": 4, "\u00f1and\u00fa": "x"}, now=now).findings == ()
        assert check({"\u0432\u043e\u0437": 2, "\u00f1and\u00fa": "x"}, now=now).findings

    def test_a_name_that_begins_with_a_digit_hears_what_may(self) -> None:
        form = compiled("| type | name | label |\n| integer | 2nd | A |")
        assert "a letter" in (one(form, "bad-name").expected or "")


class TestGroupMarks:
    def test_a_misspelt_mark_is_one_finding_with_the_mark_that_was_meant(self) -> None:
        form = compiled(
            """| type | name | label |
            | begin_group | g | G |
            | begin repaet | r | R |
            | text | a | A |
            | end_repeat | | |
            | end_grup | | |
            | text | b | B |"""
        )
        errors = [f for f in form.findings if f.severity is Severity.ERROR]
        assert [(f.code, f.cell) for f in errors] == [
            ("unknown-type", "survey!A3"), ("unknown-type", "survey!A6"),
        ]  # fmt: skip
        assert [f.hint for f in errors] == [
            "Did you mean 'begin_repeat'?", "Did you mean 'end_group'?",
        ]  # fmt: skip

    def test_what_else_is_wrong_is_found_too(self) -> None:
        form = compiled(
            """| type | name | label | calculation |
            | begin_grop | g | G | |
            | calculate | c | | |
            | text | a | A | |
            | end_group | | | |"""
        )
        errors = {f.code: f.cell for f in form.findings if f.severity is Severity.ERROR}
        assert errors == {"unknown-type": "survey!A2", "calculation-missing": "survey!D3"}

    def test_blocks_of_another_program_say_whose_they_are(self) -> None:
        form = compiled(
            "| type | name | label |\n| begin_score | s | S |\n| score__row | a | A |\n| end_score | | |"
        )
        errors = [f for f in form.findings if f.severity is Severity.ERROR]
        assert [(f.code, f.cell) for f in errors] == [
            ("unknown-type", f"survey!A{row}") for row in (2, 3, 4)
        ]
        assert all("KoboToolbox" in (f.hint or "") for f in errors)
