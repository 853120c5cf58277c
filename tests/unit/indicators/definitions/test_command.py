"""`usga-indicators definitions`: findings by line, exit codes 0, 1 and 2."""

from pathlib import Path

import orjson
import pytest
from usga_indicators.cli.definitions import MAX_BYTES
from usga_indicators.cli.main import main

from tests.support.indicators import OUTLINE, outline


@pytest.mark.parametrize("form", [[], [str(OUTLINE)]])
def test_the_shipped_definitions_are_clean(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["definitions", "--lint", *form]) == 0
    assert capsys.readouterr().out == ""


def test_a_form_without_a_question_gets_findings_by_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = outline() | {"nodes": [n for n in outline()["nodes"] if n["name"] != "safe_night"]}
    path = tmp_path / "short.json"
    path.write_bytes(orjson.dumps(short))
    assert main(["definitions", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    missing = "the instrument has no variable safe_night"
    assert f"PER-01.yaml\tnumerator\terror\t{missing}\tdid you mean safe_night_wd?" in lines


def test_a_broken_definition_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "XXX-01.yaml"
    path.write_text("code: XXX-01\n")
    assert main(["definitions", str(OUTLINE), str(path)]) == 1
    assert "XXX-01.yaml\tmissing-field\terror\tstatistic is missing\t" in capsys.readouterr().out


def test_what_cannot_be_read_is_named_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, bytes_, absent = (tmp_path / n for n in ("x.json", "x.yaml", "absent.json"))
    broken.write_text("[1, 2")
    bytes_.write_bytes(b"\xff\xfe")
    said = {
        broken: f"{broken} is no compiled form",
        bytes_: f"{bytes_} is no definition in UTF-8",
        absent: f"cannot read {absent}: No such file or directory",
        tmp_path / "absent.yaml": f"cannot read {tmp_path}/absent.yaml: No such file or directory",
    }
    for path, words in said.items():
        assert main(["definitions", "--lint", str(path)]) == 2
        assert capsys.readouterr().err == f"usga-indicators definitions: {words}\n"


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert main(["definitions", str(path)]) == 2
    assert capsys.readouterr().err.endswith(f"large.json is larger than {MAX_BYTES} bytes\n")
