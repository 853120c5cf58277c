"""Headers where they stand and as they are spelt: nothing that an author wrote falls away."""

import csv
import io

import openpyxl
import pytest
from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form
from usga_assessment.domain.xlsform.finding import Severity

from tests.unit.assessment.xlsform.support import codes, compiled, one
from tests.unit.assessment.xlsform.test_dialects import workbook


def from_rows(*rows: list[str]) -> CompiledForm:
    out = io.StringIO()
    csv.writer(out).writerows([["survey"], *(["", *row] for row in rows)])
    return compile_form(out.getvalue().encode())


class TestMisspelt:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("relevent", "relevant"), ("requird", "required"), ("constrain", "constraint"),
            ("calculaton", "calculation"), ("Relavant", "relevant"),
            ("choice filtr", "choice_filter"), ("repeat_cuont", "repeat_count"),
            ("bind::relevent", "relevant"), ("bind::usga:sensitivty", "bind::usga:sensitivity"),
        ],
    )  # fmt: skip
    def test_a_column_that_governs_the_form_is_an_error(self, written: str, meant: str) -> None:
        form = compiled(f"| type | name | label | {written} |\n| integer | a | A | 1 = 1 |")
        said = one(form, "unknown-column")
        assert form.document is None
        assert (said.cell, said.severity) == ("survey!D1", Severity.ERROR)
        assert said.hint is not None
        assert f"'{meant}'" in said.hint

    @pytest.mark.parametrize("written", ["hnt", "lable::English (en)", "constraint_mesage"])
    def test_any_other_column_is_a_warning(self, written: str) -> None:
        form = compiled(f"| type | name | label | {written} |\n| integer | a | A | x |")
        assert one(form, "unknown-column").severity is Severity.WARNING

    @pytest.mark.parametrize(
        "own",
        [
            "notes", "comment", "label_old", "required2", "relevant_old", "foo", "bind::x",
            "bind::usga:origin", "body::x", "instance::x", "media::image", "parameters",
            "label::Kiswahili (sw)", "hint::fr", "constraint message", "read only", "image::sw",
            "bind::odk:length", "source", "module", "Remarks of the team",
        ],
    )  # fmt: skip
    def test_the_author_s_own_columns_are_silent(self, own: str) -> None:
        settings = '| settings |\n| | form_id | namespaces |\n| | f | odk="http://x" |'
        form = compiled(f"| type | name | label | {own} |\n| integer | a | A | |", "", settings)
        assert "unknown-column" not in codes(form)

    @pytest.mark.parametrize("meant", ["relevant", "bind::relevant"])
    def test_a_rule_beside_the_column_itself_is_lost_as_well(self, meant: str) -> None:
        head = f"| type | name | label | {meant} | relevent |"
        form = compiled(f"{head}\n| integer | a | A | 1=1 | |\n| integer | b | B | | ${{a}} = 1 |")
        said = one(form, "unknown-column")
        assert form.document is None
        assert (said.cell, said.severity) == ("survey!E1", Severity.ERROR)

    def test_without_cells_it_is_a_warning(self) -> None:
        for head in ("relevent |", "relevent | relevant |"):
            form = compiled(f"| type | name | label | {head}\n| integer | a | A | |")
            assert one(form, "unknown-column").severity is Severity.WARNING

    def test_settings_and_choices_are_looked_at_too(self) -> None:
        form = compiled(
            "| type | name | label |\n| select_one l | a | A |",
            "| list_name | name | lable |\n| l | x | X |",
            "| settings |\n| | form_id | verson |\n| | f | 1 |",
        )
        cells = {f.cell for f in form.findings if f.code == "unknown-column"}
        assert cells == {"choices!C1", "settings!B1"}


class TestHeaderRow:
    def test_empty_rows_above_the_header_do_not_matter(self) -> None:
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = "survey"
        for row in ([None], [None], ["type", "name", "label"], ["integer", "a", "A"], ["x", "b"]):
            sheet.append(row)
        out = io.BytesIO()
        book.save(out)
        form = compile_form(out.getvalue())
        assert one(form, "unknown-type").cell == "survey!A5"

    def test_a_title_above_the_header_is_named(self) -> None:
        form = from_rows(["My form"], ["type", "name", "label"], ["integer", "a", "A"])
        said = one(form, "header-row-missing")
        assert (form.document, said.cell) == (None, "survey!1")
        assert "row 2" in (said.hint or "")

    def test_what_else_is_wrong_below_a_title_is_found_too(self) -> None:
        form = compiled(
            """| My form | | | |
            | | | | |
            | type | name | label | relevant |
            | intger | a | A | |
            | select_one l | b | B | ${c} = 1 |""",
            "| list_name | name | label |\n| l | x | X |\n| l | x | Y |",
        )
        places = {f.code: f.cell for f in form.findings if f.severity is Severity.ERROR}
        assert places == {
            "header-row-missing": "survey!1", "unknown-type": "survey!A3",
            "unknown-reference": "survey!D4", "duplicate-choice": "choices!B3",
        }  # fmt: skip

    def test_the_converter_s_findings_stand_in_the_right_row_of_a_lower_header(self) -> None:
        sheets = {
            "survey": [
                [None], [None], ["type", "name", "label", "bind::kb:x"],
                ["audit", "wrong", None, None], ["integer", "a", "A", "1"],
            ],
            "settings": [[None], ["form_id"], ["f"]],
        }  # fmt: skip
        form = compile_form(workbook(sheets))
        assert codes(form)["audit-name"] == "survey!B4"
        assert codes(form)["missing-version"] == "settings!3"
        del sheets["survey"][3]
        assert codes(compile_form(workbook(sheets)))["prefix-not-declared"] == "survey!D3"

    def test_so_is_one_on_the_choices(self) -> None:
        form = compiled(
            "| type | name | label |\n| select_one l | a | A |",
            "| Lists | | |\n| list name | name | label |\n| l | x | X |",
        )
        assert codes(form)["header-row-missing"] == "choices!1"

    def test_an_empty_survey_sheet_has_no_header(self) -> None:
        form = compile_form(b"survey\n,,\nsettings\n,form_id\n,f\n")
        assert codes(form) == {"header-row-missing": "survey!1"}

    def test_a_question_named_type_is_no_header(self) -> None:
        form = from_rows(["type", "name", "label"], ["text", "type", "Type"])
        assert form.document is not None


class TestText:
    def test_the_last_bar_of_a_row_may_be_left_out(self) -> None:
        form = compile_form(
            b"# survey\n\n| type | name | label | relevant\n| --- | --- | --- | ---\n"
            b"| integer | age | Age |\n| text | t | T | ${age} = 1\n"
        )
        assert form.document is not None, form.findings
        age, text = form.document["nodes"]
        assert (age["label"], text["relevant"]) == ({"und": "Age"}, "${age} = 1")

    def test_an_escaped_bar_at_the_end_belongs_to_the_cell(self) -> None:
        form = compile_form(b"# survey\n\n| type | name | label |\n| text | t | a \\|\n")
        assert form.document is not None, form.findings
        assert form.document["nodes"][0]["label"] == {"und": "a |"}

    @pytest.mark.parametrize(
        ("text", "line", "cell"),
        [
            ('survey\n,type,name,label\n,integer,age,"unclosed\n,text,b,B\n', 3, "C2"),
            ('survey\n,type,name,label\n,integer,age,"unclosed\n,text,b,"B"\n', 3, "C2"),
            ('survey\n,type,name,label\n,integer,age,"two\nlines"\n,text,b,"B\n', 5, "C3"),
            ('survey\r\n,type,name,label\r\n,integer,"age,unclosed\r\n,text,b,B\r\n', 3, "B2"),
        ],
    )
    def test_an_unclosed_quote_swallows_nothing(self, text: str, line: int, cell: str) -> None:
        form = compile_form(text.encode())
        said = one(form, "quote-not-closed")
        assert form.document is None
        assert dict(said.values)["line"] == str(line)
        assert said.cell == f"survey!{cell}"

    @pytest.mark.parametrize("label", ['"two\nlines"', '"a ""quoted"" word"', '5" pipe'])
    def test_quotes_that_are_closed_are_read(self, label: str) -> None:
        form = compile_form(
            f"survey\n,type,name,label\n,integer,a,{label}\n,integer,b,B\n".encode()
        )
        assert [node["name"] for node in (form.document or {"nodes": []})["nodes"]] == ["a", "b"]
