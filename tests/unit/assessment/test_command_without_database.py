"""A command whose database is not there, or was not brought up: said in words, no traceback."""

from pathlib import Path

import pytest
from usga_assessment.cli import main
from usga_assessment.schemas.access import Invitation

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


@pytest.mark.parametrize("hours", ["0", "721"])
def test_a_code_waits_as_long_as_the_api_lets_it(
    hours: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["enrolment-qr", "KE-TESTVILLE-2026", "--hours", hours])
    assert "between 1 and 720 hours" in capsys.readouterr().err
    body = {"assessment": "KE-TESTVILLE-2026", "label": "tablet 07", "valid_hours": 720}
    assert Invitation.model_validate(body).valid_hours == 720
