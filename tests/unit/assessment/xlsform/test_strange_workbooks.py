"""Workbooks and texts as programs of all kinds write them."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_assessment.domain.xlsform.finding import Finding

SETTINGS = [["form_title", "form_id", "version"], ["T", "t", "1"]]
SURVEY = [["type", "name", "label"], ["integer", "a", "A"], ["select_one yn", "b", "B"]]
CHOICES = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]
Change = Callable[[openpyxl.Workbook], Any]


def made(change: Change = lambda _: None, **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in {
        "survey": SURVEY, "choices": CHOICES, "settings": SETTINGS, **sheets,
    }.items():  # fmt: skip
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def told(data: bytes) -> list[Finding]:
    return [f for f in compile_form(data).findings if f.code != "no-sensitivity"]


def hide(book: openpyxl.Workbook) -> None:
    book["survey"].sheet_state = "hidden"
    book.create_sheet("working notes").sheet_state = "veryHidden"
    book["survey"].row_dimensions[2].hidden = True
    book["survey"].column_dimensions["C"].hidden = True


def decorate(book: openpyxl.Workbook) -> None:
    sheet = book["survey"]
    sheet["A2"].comment = Comment("why?", "author")
    sheet["A4000"].font = Font(bold=True)
    sheet["H300"] = " "
    sheet.auto_filter.ref = "A1:C3"
    sheet.merge_cells("D1:E1")


def chart(book: openpyxl.Workbook) -> None:
    book.create_chartsheet("Chart")


class TestWorkbooks:
    @pytest.mark.parametrize("change", [hide, decorate, chart])
    def test_what_is_hidden_merged_styled_or_a_chart_changes_nothing(self, change: Change) -> None:
        plain, changed = compile_form(made()), compile_form(made(change))
        assert plain.document is not None
        assert changed.document == plain.document

    def test_the_error_of_a_formula_is_doubted_at_its_cell(self) -> None:
        def broken(book: openpyxl.Workbook) -> None:
            book["survey"]["C2"] = "#REF!"
            book["choices"]["C3"] = "#N/A"

        found = told(made(broken))
        assert [(f.code, f.cell) for f in found] == [
            ("formula-error", "choices!C3"), ("formula-error", "survey!C2"),
        ]  # fmt: skip

    def test_numbers_and_truths_are_their_texts(self) -> None:
        document = compile_form(
            made(
                survey=[
                    ["type", "name", "label", "default", "constraint"],
                    ["integer", "a", "A", 5.0, None],
                    ["decimal", "x", "X", 1.5, ". < 3"],
                    ["select_one n", "b", 2024, 2, None],
                ],
                choices=[["list_name", "name", "label"], ["n", 1, "One"], ["n", 2.0, "Two"]],
                settings=[["form_title", "form_id", "version"], ["T", "t", 2024010101]],
            )
        ).document
        assert document is not None
        assert [node["default"] for node in document["nodes"]] == ["5", "1.5", "2"]
        assert [choice["name"] for choice in document["choice_lists"]["n"]] == ["1", "2"]
        assert document["version"] == "2024010101"

    def test_a_date_as_default_is_doubted_where_tablets_would_show_nothing(self) -> None:
        rows: list[list[Any]] = [
            ["type", "name", "label", "default"],
            ["date", "d", "D", dt.date(2024, 5, 6)],
        ]
        (found,) = told(made(survey=rows))
        assert (found.code, found.cell) == ("default-of-other-type", "survey!D2")

    def test_seven_hundred_questions_in_a_chain(self) -> None:
        rows: list[list[Any]] = [["type", "name", "label", "relevant"], ["integer", "q0", "Q", ""]]
        rows += [["integer", f"q{n}", f"Q ${{q{n - 1}}}", f"${{q{n - 1}}} > 1"]
                 for n in range(1, 700)]  # fmt: skip
        document = compile_form(made(survey=rows)).document
        assert document is not None
        assert document["size"]["questions"] == 700

    def test_external_choices_without_a_filter_say_what_to_add(self) -> None:
        rows: list[list[Any]] = [*SURVEY, ["select_one_external far", "f", "F"]]
        (found,) = told(made(survey=rows, external_choices=[CHOICES[0], ["far", "x", "X"]]))
        assert (found.code, found.cell, found.name) == ("external-select", "survey!A4", "f")
        assert "choice_filter" in (found.hint or "")


ROWS = "survey\n,type,name,label\n,integer,a,Ä\nsettings\n,form_title,form_id,version\n,T,t,1\n"
TABLE = """| survey |
| | type | name | label |
| | integer | a | Ä |
| settings |
| | form_title | form_id | version |
| | T | t | 1 |
"""


class TestTexts:
    @pytest.mark.parametrize(
        "data",
        [
            ROWS.encode(),
            ("\ufeff" + ROWS).encode(),
            ROWS.replace("\n", "\r\n").encode(),
            ROWS.replace("\n", "\r").encode(),
            ROWS.replace(",", ";").encode(),
            ROWS.replace(",", "\t").encode(),
            ROWS.encode("utf-16"),
            ROWS.replace("Ä", '"Ä"').encode(),
            TABLE.encode(),
            ("\ufeff" + TABLE).encode(),
            TABLE.replace("\n", "\r\n").encode(),
            TABLE.replace(" |\n", "\n").replace("survey\n", "survey |\n").encode(),
            "".join("    " + line for line in TABLE.splitlines(keepends=True)).encode(),
        ],
    )
    def test_marks_of_the_start_and_ends_of_lines_do_not_matter(self, data: bytes) -> None:
        document = compile_form(data).document
        assert document is not None
        (node,) = document["nodes"]
        assert (node["name"], node["label"]) == ("a", {"und": "Ä"})

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (ROWS.encode("latin-1"), "not-utf-8"),
            (b"type,name,label\ninteger,a,A\n", "no-survey-sheet"),
            (b'{"survey": []}', "not-a-form"),
            (b"PK\x05\x06" + bytes(18), "not-a-form"),
            (b"<html><body>Sign in</body></html>", "xform-none"),
        ],
    )
    def test_what_is_no_form_says_what_is_taken(self, data: bytes, code: str) -> None:
        result = compile_form(data)
        assert not result.readable
        assert [f.code for f in result.findings] == [code]
        assert result.findings[0].hint
