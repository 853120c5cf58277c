"""Bytes to workbook: recognised by content, capped before they hurt."""

import io
import zipfile

import openpyxl
import pytest
from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.compiler import compile_form, digest_of
from usga_assessment.domain.xlsform.finding import UnreadableForm
from usga_assessment.domain.xlsform.reading import read_workbook

from tests.unit.assessment.xlsform.old_excel import xls

MARKDOWN = b"""
| survey |
| | type | name | label |
| | integer | age | How old? |
| settings |
| | form_id | version |
| | f | 1 |
"""
CSV = b"survey\n,type,name,label\n,integer,age,How old?\nsettings\n,form_id,version\n,f,1\n"


def xlsx(rows: list[list[str]], sheet: str = "survey") -> bytes:
    workbook = openpyxl.Workbook()
    survey = workbook.active
    assert survey is not None
    survey.title = sheet
    for row in rows:
        survey.append(row)
    settings = workbook.create_sheet("settings")
    settings.append(["form_id", "version"])
    settings.append(["f", "1"])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


SURVEY = [["type", "name", "label"], ["integer", "age", "How old?"]]


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableForm) as caught:
        read_workbook(data)
    return caught.value.finding.code


class TestHabits:
    """What comes from people's own files: blanks nobody sees, capitals, other kinds of files."""

    def test_blanks_without_width_are_named_with_their_cells(self) -> None:
        odd = [["type\u200b", "\ufeffname", "label"], ["integer\u2060", "age", "How\u200b old?"]]
        errors = [f for f in compile_form(xlsx(odd)).findings if f.severity == "error"]
        assert {f.code for f in errors} == {"control-character"}
        assert [f.cell for f in errors] == ["survey!A1", "survey!B1", "survey!A2"]

    def test_a_blank_in_the_name_of_the_sheet_is_said(self) -> None:
        (said,) = compile_form(xlsx(SURVEY, sheet="Survey ")).findings
        assert said.code == "no-survey-sheet"
        assert "'Survey '" in (said.hint or "")

    @pytest.mark.parametrize(
        "data", [b"%PDF-1.4 a,b\n", b'{"survey": [1, 2]}', b"\x89PNG\r\n,;", b"{\\rtf1,;}"]
    )
    def test_other_files_are_no_forms(self, data: bytes) -> None:
        assert refused(data) == "not-a-form"

    def test_capitals_of_a_mark_count_and_are_one_finding_each(self) -> None:
        rows = [SURVEY[0], ["Begin Group", "g", "G"], SURVEY[1], ["End Group", "", ""]]
        errors = [f for f in compile_form(xlsx(rows)).findings if f.severity == "error"]
        assert [(f.code, f.cell) for f in errors] == [
            ("unknown-type", "survey!A2"), ("unknown-type", "survey!A4"),
        ]  # fmt: skip
        assert errors[0].hint == "Did you mean 'begin_group'?"

    def test_words_without_a_type_are_found_at_the_type(self) -> None:
        rows = [*SURVEY, ["", "", "a remark"]]
        found = [f for f in compile_form(xlsx(rows)).findings if f.code == "no-type"]
        assert [(f.cell, f.message) for f in found] == [
            ("survey!A3", "Sheet 'survey', row 3: A row has no type.")
        ]


class TestKinds:
    @pytest.mark.parametrize(
        ("data", "kind"), [(MARKDOWN, "md"), (CSV, "csv"), (xlsx(SURVEY), "xlsx")]
    )
    def test_content_tells_the_kind(self, data: bytes, kind: str) -> None:
        assert read_workbook(data).kind == kind

    def test_the_same_form_in_every_kind_is_the_same_document(self) -> None:
        old = xls({"survey": SURVEY, "settings": [["form_id", "version"], ["f", "1"]]})
        assert read_workbook(old).kind == "xls"
        documents = [compile_form(data).document for data in (MARKDOWN, CSV, xlsx(SURVEY), old)]
        assert all(document is not None for document in documents)
        assert len({digest_of(document) for document in documents if document}) == 1

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"hello",
            b"\xff\xfe\x00",
            b"<xml/>",
            b"PK\x03\x04rest",
            b"\xd0\xcf\x11\xe0rest",
            b"\x00,|",
        ],
    )
    def test_what_is_no_form_is_said_so(self, data: bytes) -> None:
        result = compile_form(data)
        assert (result.readable, result.document) == (False, None)
        assert len(result.findings) == 1

    def test_a_workbook_without_survey_is_no_form(self) -> None:
        assert refused(xlsx(SURVEY, sheet="questions")) == "no-survey-sheet"

    @pytest.mark.parametrize(
        ("data", "layout"),
        [
            (xlsx(SURVEY, sheet="questions"), "a sheet named survey"),
            (b"| type | name |\n|---|---|\n| integer | age |\n", "| | type | name | label |"),
            (b"type,name\ninteger,age\n", ",type,name,label"),
        ],
    )
    def test_without_a_survey_the_layout_is_shown(self, data: bytes, layout: str) -> None:
        [finding] = compile_form(data).findings
        assert finding.code == "no-survey-sheet"
        assert layout in (finding.expected or "")

    @pytest.mark.parametrize("rows", [SURVEY])
    def test_a_single_sheet_of_any_name_is_the_survey(self, rows: list[list[str]]) -> None:
        assert read_workbook(xls({"Sheet1": rows})).sheet("survey").rows[0].cells["name"] == "age"

    def test_an_old_workbook_that_is_cut_off_is_said_so(self) -> None:
        whole = xls({"survey": SURVEY})
        for length in (600, 1100, 2000):
            assert compile_form(whole[:length]).readable is False


class TestHeadings:
    @pytest.mark.parametrize("heading", ["# survey", "## Survey", "### survey sheet ###"])
    @pytest.mark.parametrize("margin", ["", "| "])
    def test_headings_name_the_sheets_of_ordinary_tables(self, heading: str, margin: str) -> None:
        text = f"""A form.

{heading}

{margin}| type | name | label |
{margin}|---|:-:|--:|
{margin}| integer | age | How old? |

# settings
| form_id | version |
| f | 1 |
"""
        document, expected = compile_form(text.encode()).document, compile_form(MARKDOWN).document
        assert document is not None
        assert document == expected

    def test_cells_keep_their_address(self) -> None:
        text = "# survey\n| type | name | label |\n|---|---|---|\n| integer | 1 | How old? |\n"
        assert ("bad-name", "survey!B2") in {
            (f.code, f.cell) for f in compile_form(text.encode()).findings
        }

    def test_a_sheet_named_in_its_first_column_is_read_as_ever(self) -> None:
        text = b"# survey\nSome words on it.\n" + MARKDOWN
        assert compile_form(text).document == compile_form(MARKDOWN).document


class TestCaps:
    def test_bytes(self) -> None:
        assert refused(b"|" * (limits.MAX_FILE_BYTES + 1)) == "file-too-large"

    def test_rows(self) -> None:
        rows = "".join(f",text,q{i},x\n" for i in range(limits.MAX_ROWS + 1))
        assert refused(b"survey\n,type,name,label\n" + rows.encode()) == "too-many-rows"

    def test_columns(self) -> None:
        header = ",".join(f"c{i}" for i in range(limits.MAX_COLUMNS + 1))
        assert refused(f"survey\n,{header}\n".encode()) == "too-many-columns"

    def test_columns_of_a_workbook_are_refused_not_cut(self) -> None:
        header = ["type", "name", "label", *([""] * limits.MAX_COLUMNS), "far"]
        assert refused(xlsx([header, ["text", "a", "A"]])) == "too-many-columns"

    def test_references_of_a_cell_and_of_a_form(self) -> None:
        many = "${a} " * (limits.MAX_REFERENCES_IN_CELL + 1)
        assert (
            refused(f"survey\n,type,name,label\n,text,a,{many}\n".encode())
            == "too-many-references"
        )

    def test_characters_of_a_cell(self) -> None:
        long = "x" * (limits.MAX_CELL_CHARS + 1)
        assert refused(f"survey\n,type,name,label\n,text,a,{long}\n".encode()) == "cell-too-long"

    def test_a_zip_bomb_is_not_unpacked(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b" " * (limits.MAX_UNPACKED_BYTES + 1))
        assert len(out.getvalue()) < 200_000
        assert refused(out.getvalue()) == "unpacks-too-large"

    def test_an_xml_document_type_is_refused(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(xlsx(SURVEY))) as good, zipfile.ZipFile(out, "w") as bad:
            for part in good.infolist():
                content = good.read(part)
                if part.filename == "xl/workbook.xml":
                    content = b'<!DOCTYPE x [<!ENTITY e "boom">]>' + content
                bad.writestr(part.filename, content)
        assert refused(out.getvalue()) == "document-type"

    def test_empty_rows_without_end_are_not_counted(self) -> None:
        rows = [*SURVEY, *([[""]] * (limits.MAX_ROWS + 10))]
        assert read_workbook(xlsx(rows)).sheet("survey").rows[-1].number == 2


class TestCells:
    def test_a_cell_keeps_its_address(self) -> None:
        sheet = read_workbook(xlsx([["type", "", "name"], ["text", "", "a"]])).sheet("survey")
        assert sheet.cell(2, "name") == "survey!C2"

    def test_a_column_that_stands_twice_is_a_finding(self) -> None:
        rows = [["type", "name", "name"], ["text", "a", "b"]]
        result = compile_form(xlsx(rows))
        assert result.refused
        assert ("duplicate-column", "survey!C1") in {(f.code, f.cell) for f in result.findings}

    def test_a_pipe_can_be_escaped_in_markdown(self) -> None:
        data = MARKDOWN.replace(b"How old?", rb"This \| that")
        assert read_workbook(data).sheet("survey").rows[0].cells["label"] == "This | that"
