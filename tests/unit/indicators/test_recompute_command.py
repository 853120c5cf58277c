"""`usga-indicators recompute` without its settings: said in words, never a traceback."""

from pathlib import Path

import pytest
from usga_indicators.cli.main import main

VARIABLE = "USGA_INDICATORS_SERVICE_TOKEN"


@pytest.mark.parametrize(
    ("token", "because"), [(None, "it is not set"), ("short-secret", "at least 32 characters")]
)
def test_a_missing_or_wrong_setting_is_named(
    token: str | None,
    because: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    if token is not None:
        monkeypatch.setenv(VARIABLE, token)
    assert main(["recompute", "0190b6a2-7c3e-7000-8000-000000000000"]) == 2
    said = capsys.readouterr().err
    assert f"{VARIABLE}: " in said
    assert because in said
    assert "short-secret" not in said


def test_a_database_without_tables_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "s" * 32)
    monkeypatch.setenv("USGA_INDICATORS_DATABASE_URL", "sqlite+aiosqlite:///empty.db")
    assert main(["recompute", "0190b6a2-7c3e-7000-8000-000000000000"]) == 2
    assert "make migrate SERVICE=indicators" in capsys.readouterr().err
