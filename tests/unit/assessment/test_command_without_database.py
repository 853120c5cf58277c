"""A command whose database is not there, or was not brought up: said in words, no traceback."""

from pathlib import Path

import pytest
from usga_assessment.cli import main

from tools.launcher.ports import free_port

SETTING = "USGA_ASSESSMENT_DATABASE_URL"


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("sqlite+aiosqlite:///empty.db", "make migrate SERVICE=assessment"),
        ("postgresql+asyncpg://me:secret-word@127.0.0.1:{port}/none", "cannot be reached"),
    ],
)
def test_it_says_which_database_and_what_to_do(
    url: str,
    because: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", "s" * 32)
    monkeypatch.setenv(SETTING, url.format(port=free_port()))
    assert main(["enrolment-qr", "KE-TESTVILLE-2026"]) == 2
    told = capsys.readouterr().err
    assert SETTING in told
    assert because in told
    assert "secret-word" not in told
