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
