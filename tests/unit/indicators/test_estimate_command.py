"""`usga-indicators estimate`: what it says of files that it cannot read."""

from pathlib import Path

import pytest
from usga_indicators.cli.main import main


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot read {path}: No such file or directory"), ("{", "{path} is no JSON: ")],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    path, designs = tmp_path / "cases.json", tmp_path / "designs.json"
    designs.write_text("{}")
    if content is not None:
        path.write_text(content)
    assert main(["estimate", str(path), str(designs), "-o", str(tmp_path / "out.json")]) == 2
    said = capsys.readouterr().err
    assert words.format(path=path) in said
    assert "Errno" not in said


@pytest.mark.parametrize(
    ("cases", "designs", "words"),
    [
        ("{}", "{}", "cases.json holds no list of cases, each with an `id`"),
        ('[{"statistic": "mean"}]', "{}", "cases.json holds no list of cases"),
        ("[1]", "{}", "cases.json holds no list of cases"),
        ("[]", "[]", "designs.json is no object of designs by id"),
    ],
)
def test_files_of_another_shape_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cases: str, designs: str, words: str
) -> None:
    first, second = tmp_path / "cases.json", tmp_path / "designs.json"
    first.write_text(cases)
    second.write_text(designs)
    assert main(["estimate", str(first), str(second), "-o", str(tmp_path / "out.json")]) == 2
    assert words in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "empty.json", tmp_path / "none" / "out.json"
    path.write_text("[]")
    designs = tmp_path / "designs.json"
    designs.write_text("{}")
    assert main(["estimate", str(path), str(designs), "-o", str(out)]) == 2
    assert f"cannot write {out}: No such file" in capsys.readouterr().err
