"""`usga-assessment compare-forms`: what changed, as lines and as JSON."""

import json
from pathlib import Path

import pytest
from usga_assessment.cli import main

SKELETON = Path("services/assessment/usga_assessment/instruments/skeleton/skeleton.md")


@pytest.fixture
def later(tmp_path: Path) -> Path:
    text = SKELETON.read_text("utf-8")
    path = tmp_path / "later.md"
    path.write_text(text.replace("Very safe", "Quite safe"), "utf-8")
    return path


def test_a_form_and_itself_are_comparable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare-forms", str(SKELETON), str(SKELETON)]) == 0
    assert capsys.readouterr().out == "comparability: full\n"


def test_changes_are_told_line_by_line(later: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare-forms", str(SKELETON), str(later)]) == 1
    told, verdict = capsys.readouterr().out.splitlines()
    assert told == ("safe_night: code-relabelled: partial (en, vsafe): Very safe -> Quite safe")
    assert verdict == "comparability: partial"


def test_json_says_the_same(later: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare-forms", str(SKELETON), str(later), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["effect"] == "partial"
    assert [c["aspect"] for c in found["changes"]] == ["code-relabelled"]


def test_what_is_no_form_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text("| survey |\n", "utf-8")
    assert main(["compare-forms", str(SKELETON), str(broken)]) == 2
    assert main(["compare-forms", str(SKELETON), str(tmp_path / "none")]) == 2
    assert "compile-form" in capsys.readouterr().err
