"""`usga-reports render`."""

import hashlib
from pathlib import Path

import pytest
from usga_reports.cli import main
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat

from tests.unit.reports.specimen import specimen


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.json"
    path.write_text(specimen().model_dump_json())
    return path


class TestRender:
    def test_the_file_is_what_the_service_would_store(
        self, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "report.html"
        assert main(["render", str(bundle), "-o", str(out)]) == 0
        expected = render_report(
            freeze(specimen()), template="city-report", language="en", kind=ReportFormat.HTML
        )
        assert out.read_bytes() == expected
        assert capsys.readouterr().out.startswith(hashlib.sha256(expected).hexdigest())

    def test_what_cannot_be_done_has_a_status(self, bundle: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.json"
        broken.write_text("{")
        out = str(tmp_path / "report.html")
        assert main(["render", str(broken), "-o", out]) == 2
        assert main(["render", str(tmp_path / "none.json"), "-o", out]) == 2
        assert main(["render", str(bundle), "-o", str(tmp_path / "report.docx")]) == 2
        assert main(["render", str(bundle), "-o", str(tmp_path / "none" / "report.html")]) == 2
        assert main(["render", str(bundle), "-o", out, "--language", "tlh"]) == 1
        assert not (tmp_path / "report.html").exists()

    def test_a_failure_says_what_would_do(
        self, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = tmp_path / "other.json"
        other.write_text('{"format": "canary"}')
        out = str(tmp_path / "report.html")
        for arguments, words in [
            ([str(bundle), "--language", "tlh"], "no report in 'tlh'; the languages are: en"),
            ([str(tmp_path / "none.json")], "none.json: No such file or directory"),
            ([str(other)], "other.json is no release bundle: /"),
        ]:
            assert main(["render", *arguments, "-o", out]) != 0
            said = capsys.readouterr().err
            assert words in said
            assert said.count("\n") == 1
            assert "pydantic" not in said
            assert "canary" not in said
