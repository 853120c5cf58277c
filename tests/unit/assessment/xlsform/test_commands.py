"""The command line for authors: compile-form, build-instrument, evaluate."""

from pathlib import Path

import orjson
import pytest
from usga_assessment.cli import main
from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_assessment.domain.xlsform.compiler import compile_form, digest_of

FILES = {"es": "es", "ru": "ru", "sw": "sw", "uz-Latn": "uz_latn"}
SKELETON = "services/assessment/usga_assessment/instruments/skeleton/skeleton.md"


class TestCompileForm:
    def test_a_clean_form_prints_its_digest(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["compile-form", SKELETON]) == 0
        document = compile_form(form_bytes("skeleton")).document
        assert document is not None
        accepted = f"accepted: skeleton 2026.1.0, 8 questions, {digest_of(document)}"
        assert capsys.readouterr().out.splitlines()[-1] == accepted

    def test_the_document_can_be_kept(self, tmp_path: Path) -> None:
        out = tmp_path / "document.json"
        assert main(["compile-form", SKELETON, "-o", str(out)]) == 0
        assert orjson.loads(out.read_bytes())["format"] == "usga-instrument/1"

    def test_each_finding_is_a_line_with_its_cell(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        form = tmp_path / "form.md"
        form.write_bytes(
            Path(SKELETON).read_bytes().replace(b"select_one sex ", b"select_one six ")
        )
        assert main(["compile-form", str(form)]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert any(
            each.startswith(
                "survey!A11: error: unknown-list: Sheet 'survey', row 11, 'sex': The list 'six'"
            )
            for each in lines
        )
        assert lines[-1] == "refused"

    def test_json_says_the_same(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        form = tmp_path / "form.txt"
        form.write_bytes(b"no form")
        assert main(["compile-form", str(form), "--json"]) == 2
        said = orjson.loads(capsys.readouterr().out)
        assert (said["accepted"], said["readable"], said["instrument"]) == (False, False, None)
        assert said["findings"][0]["code"] == "not-a-form"


class TestBuildInstrument:
    def test_the_workbook_compiles_to_the_committed_form(self, tmp_path: Path) -> None:
        out = tmp_path / "hvs.xlsx"
        committed = compile_form(form_bytes("hvs")).document
        assert committed is not None
        shown = [
            part for code in committed["languages"][1:] for part in ("--language", FILES[code])
        ]
        assert main(["build-instrument", "hvs", "-o", str(out), *shown]) == 0
        built = compile_form(out.read_bytes()).document
        assert built is not None
        assert digest_of(built) == digest_of(committed)

    def test_another_ending_is_refused(self, tmp_path: Path) -> None:
        assert main(["build-instrument", "hvs", "-o", str(tmp_path / "hvs.pdf")]) == 2


class TestEvaluate:
    def test_a_missing_file_is_told_not_raised(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status = main(["evaluate", str(tmp_path / "none.json"), "-o", str(tmp_path / "out.json")])
        assert status == 2
        assert "none.json" in capsys.readouterr().err

    def test_cases_are_answered_by_id(self, tmp_path: Path) -> None:
        cases = orjson.loads(Path("tests/golden/expressions/cases.json").read_bytes())
        one = tmp_path / "cases.json"
        one.write_bytes(orjson.dumps({**cases, "cases": cases["cases"][:3]}))
        out = tmp_path / "out.json"
        assert main(["evaluate", str(one), "-o", str(out)]) == 0
        assert set(orjson.loads(out.read_bytes())) == {case["id"] for case in cases["cases"][:3]}
