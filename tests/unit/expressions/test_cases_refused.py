"""A file of cases that cannot be evaluated says where and why, and is no traceback."""

from pathlib import Path

import pytest
from usga_assessment.cli import main

GOOD = '"id": "a", "expression": "1 + 1", "now": "2024-03-05T10:20:30+03:00"'
STATES = '{"meta": {"now": "2024-03-05T10:20:30Z", "tz": "%s"}, "states": [{"id": "s"%s}]}'


def one(case: str) -> str:
    return f'{{"cases": [{{{case}}}]}}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "neither cases nor states"),
        ('{"cases": ["x"]}', "cases[0]: it is no object"),
        ('{"cases": [{}]}', "cases[0]: there is no 'id'"),
        (one(GOOD), "cases[0] (a): there is no 'tz'"),
        (one(f'{GOOD}, "tz": "Mars/X"'), "cases[0] (a): tz: no time zone is called"),
        (one(f'{GOOD}, "tz": "../x"'), "cases[0] (a): tz: no time zone is called"),
        (STATES % ("UTC", ""), "states[0] (s): there is no 'form'"),
        (STATES % ("UTC", ', "form": "none"'), "none.md"),
        ("not json", "cases.json"),
    ],
)
def test_the_place_is_named(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = tmp_path / "cases.json"
    cases.write_text(text)
    assert main(["evaluate", str(cases), "-o", str(tmp_path / "out.json")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_the_file_that_is_not_utf_8_is_the_one_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "wards.csv").write_bytes(b"name\n\xff\n")
    cases = tmp_path / "cases.json"
    cases.write_text('{"cases": []}')
    assert main(["evaluate", str(cases), "-o", str(tmp_path / "out.json")]) == 2
    assert "wards.csv is not UTF-8" in capsys.readouterr().err
