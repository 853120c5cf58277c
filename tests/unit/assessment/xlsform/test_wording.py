"""Findings say sheet, row, name and a way out, in the language of the author."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from pyxform.errors import ErrorCode, PyXFormError
from usga_assessment.cli import main
from usga_assessment.domain.xlsform import conversion
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_assessment.domain.xlsform.converter_words import BY_CODE
from usga_assessment.domain.xlsform.finding import Severity
from usga_assessment.domain.xlsform.reading import read_workbook
from usga_assessment.domain.xlsform.wording import all_in_language, error, in_language
from usga_assessment.operations.findings import localised

from tests.unit.assessment.xlsform.support import compiled, form, one

REFUSED = Path("tests/golden/xlsforms/liberia_village_form.xlsx")
SPOKEN = {
    "en": "Sheet 'choices', row 6, '4': The choice '4' stands twice",
    "es": "Hoja 'choices', fila 6, '4': La opción '4' está dos veces",
    "ru": "Лист 'choices', строка 6, '4': Вариант '4' стоит",
    "sw": "Laha 'choices', safu mlalo 6, '4': Chaguo '4' lipo mara mbili",
}


class TestMessages:
    @pytest.mark.parametrize("language", SPOKEN)
    def test_a_refused_form_names_sheet_row_name_and_a_way_out(self, language: str) -> None:
        findings = all_in_language(compile_form(REFUSED.read_bytes()).findings, language)
        first = next(f for f in findings if f.severity is Severity.ERROR)
        assert first.message.startswith(SPOKEN[language])
        assert "allow_choice_duplicates" in (first.hint or "")

    def test_the_json_has_the_parts_of_the_place(self) -> None:
        said = one(
            compiled("| type | name | label |\n| texxt | a | A |"), "unknown-type"
        ).as_json()
        assert (said["sheet"], said["row"], said["name"]) == ("survey", 2, "a")
        assert said["values"]["meant"] == "text"

    def test_stored_findings_are_said_again_in_another_language(self) -> None:
        kept = [f.as_json() for f in compiled("| type | name | label |\n| text | a | |").findings]
        stored = orjson.loads(orjson.dumps(kept))
        assert stored == localised(stored, "en")
        assert all(
            a["message"] != b["message"]
            for a, b in zip(stored, localised(stored, "ru"), strict=True)
        )

    def test_findings_of_older_versions_stay_as_they_are(self) -> None:
        old = {
            "code": "x",
            "severity": "error",
            "cell": "",
            "message": "m",
            "expected": None,
            "hint": None,
        }
        assert localised([old], "es") == [old]

    def test_a_novel_in_a_cell_does_not_become_a_novel_of_a_message(self) -> None:
        found = error("unknown-list", "survey!A2", list="x" * 5000)
        assert len(in_language(found, "sw").message) < 400

    def test_braces_of_an_author_are_not_filled(self) -> None:
        assert "{list}" in error("unknown-list", "survey!A2", list="{list}").message


class TestCommand:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("es", "no está en la hoja"), ("ru", "нет на листе"), ("sw", "haipo")],
    )
    def test_the_language_can_be_chosen(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
    ) -> None:
        path = tmp_path / "form.md"
        path.write_bytes(form("| type | name | label |\n| select_one yn | a | A |"))
        assert main(["compile-form", str(path), "--lang", language]) == 1
        assert words in capsys.readouterr().out

    def test_a_reader_that_goes_away_does_not_hurt(self, tmp_path: Path) -> None:
        path = tmp_path / "form.md"
        path.write_bytes(form("| type | name | label |\n" + "| texxt | a | A |\n" * 2000))
        entry = "from usga_assessment.cli import main; raise SystemExit(main())"
        command = [sys.executable, "-c", entry, "compile-form", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 1

    def test_codebook_and_xform_can_be_kept(self, tmp_path: Path) -> None:
        path, book, xml = tmp_path / "form.md", tmp_path / "book.json", tmp_path / "form.xml"
        path.write_bytes(
            form(
                "| type | name | label | relevant |\n| begin_group | g | G | 1=1 |\n"
                "| text | a | A | |\n| end_group | | | |"
            )
        )
        arguments = ["compile-form", str(path), "--codebook", str(book), "--xform", str(xml)]
        assert main(arguments) == 0
        kept = orjson.loads(book.read_bytes())
        assert [s["name"] for s in kept["sections"]] == ["g"]
        assert [(v["name"], v["universe"]) for v in kept["variables"]] == [("a", "1=1")]
        assert compile_form(xml.read_bytes()).document is not None

    def test_nothing_is_written_of_a_refused_form(self, tmp_path: Path) -> None:
        path, out = tmp_path / "form.md", tmp_path / "out.json"
        path.write_bytes(form("| type | name | label |\n| texxt | a | A |"))
        assert main(["compile-form", str(path), "-o", str(out)]) == 1
        assert not out.exists()


class TestConverter:
    WORKBOOK = read_workbook(
        form("| type | name | label | parameters |\n| range | a | A | start=1 |")
    )

    @pytest.mark.parametrize("code", list(ErrorCode), ids=lambda c: c.name)
    def test_every_error_of_the_converter_is_translated(self, code: ErrorCode) -> None:
        context = {
            "row": 2,
            "sheet": "survey",
            "column": "name",
            "name": "step",
            "value": "a",
            "q": "zz",
        }
        for refusal in (
            PyXFormError(code=code, context=context),
            PyXFormError(code.value.format(**context)),
        ):
            (found,) = conversion._said(self.WORKBOOK, refusal)
            assert found.code == BY_CODE[code.name]
            assert found.hint

    @pytest.mark.parametrize(
        ("survey", "code", "cell"),
        [
            ("| type | name | label | parameters |\n| text | z | Z | |\n| range | a | A | start=x |", "range-parameter", "survey!D3"),
            ("| type | name | label | parameters |\n| image | a | A | max-pixels=x |", "bad-parameter", "survey!D2"),
            ("| type | name | label | parameters |\n| text | a | A | z=1 |", "unknown-parameter", "survey!D2"),
            ("| type | name | label |\n| text | a | |", "label-missing", "survey!C2"),
            ("| type | name | label | calculation |\n| text | a | A | |\n| calculate | b | | |", "calculation-missing", "survey!D3"),
            ("| type | name | label | relevant | relevance |\n| text | a | A | 1 | 1 |", "same-column-twice", "survey!E1"),
            ("| type | name | label | save_to |\n| text | a | A | p |", "save-to-without-entities", "survey!D2"),
            ("| type | name | label | bind::zz:x |\n| text | a | A | p |", "prefix-not-declared", "survey!D1"),
        ],
    )  # fmt: skip
    def test_what_it_alone_knows_stands_at_its_cell(
        self, survey: str, code: str, cell: str
    ) -> None:
        result = compiled(survey)
        assert result.refused
        assert one(result, code).cell == cell, result.findings

    def test_it_is_asked_again_without_the_rows_that_it_refuses(self) -> None:
        rows = "\n".join(f"| text | a{i} | A | z=1 |" for i in range(4))
        result = compiled(f"| type | name | label | parameters |\n{rows}")
        assert [f.cell for f in result.findings if f.code == "unknown-parameter"] == [
            f"survey!D{i}" for i in range(2, 6)
        ]


class TestOwnNames:
    TWO = (
        "| type | name | label | relevant |\n| begin_group | g | G | |\n| text | o | O | |\n"
        "| end_group | | | |\n| begin_group | h | H | |\n| text | o | O | |\n| end_group | | | |"
    )

    def test_the_same_name_in_two_groups_is_kept_apart(self) -> None:
        result = compiled(self.TWO)
        assert result.document is not None, result.findings
        later = result.document["nodes"][1]["children"][0]
        assert (later["name"], later["xml_name"]) == ("h_o", "o")
        assert one(result, "duplicate-name-kept-apart").cell == "survey!B6"

    def test_a_reference_to_such_a_name_is_refused(self) -> None:
        result = compiled(self.TWO + "\n| text | z | Z | ${o}='1' |")
        assert one(result, "ambiguous-reference").cell == "survey!D8"


class TestForTabletsAlone:
    def test_what_only_a_tablet_can_work_out_is_no_rule_of_the_server(self) -> None:
        result = compiled(
            "| type | name | label | calculation |\n| text | a | A | |\n"
            "| calculate | b | | ${last-saved#a} |"
        )
        assert result.document is not None, result.findings
        node = result.document["nodes"][1]
        assert node["calculation"] is None
        assert node["client_only"] == {"calculation": "${last-saved#a}"}
        assert one(result, "expression-unsupported").severity == "warning"

    @pytest.mark.parametrize("default", ["some_function()", "concat(1, foo(2))"])
    def test_an_unknown_function_of_a_default_is_refused(self, default: str) -> None:
        result = compiled(f"| type | name | label | default |\n| text | a | A | {default} |")
        assert one(result, "expression-unknown-function").cell == "survey!D2"


class TestSeenOnTablets:
    def test_a_group_that_shows_nothing_is_refused(self) -> None:
        result = compiled(
            "| type | name | label | calculation |\n| text | a | A | |\n| begin_group | g | G | |\n"
            "| calculate | b | | 1 |\n| end_group | | | |"
        )
        assert one(result, "too-little-in-group").cell == "survey!A3"

    def test_a_list_whose_first_choice_shows_nothing_is_refused(self) -> None:
        lists = "| list_name | name | label |\n| l | a | |\n| l | b | B |\n| m | c | |"
        result = compiled("| type | name | label |\n| select_one l | q | Q |", lists)
        assert result.refused
        assert [
            f.cell
            for f in result.findings
            if f.code == "choice-without-label" and f.severity == "error"
        ] == ["choices!C2"]

    def test_capitals_and_blanks_in_headers_of_lists_do_not_matter(self) -> None:
        lists = "| List Name | Name | Label::English (en) |\n| l | a | Ay |"
        document = compiled(
            "| Type | Name | Label::English (en) |\n| select_one l | q | Q |", lists
        ).document
        assert document is not None
        assert document["choice_lists"]["l"][0]["label"] == {"en": "Ay"}

    @pytest.mark.parametrize("separator", [";", "\t"])
    def test_other_separators_of_csv_are_read(self, separator: str) -> None:
        text = "survey\n,type,name,label\n,text,a,A\nsettings\n,form_id,version\n,f,1\n"
        assert (
            compile_form(text.replace(",", separator).encode()).document
            == compile_form(text.encode()).document
        )
        assert compile_form(text.encode("utf-16")).document == compile_form(text.encode()).document
