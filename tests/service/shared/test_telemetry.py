"""FastAPI tells nobody of requests and errors, whatever the environment names."""

from pathlib import Path

import pytest
from fastapi.telemetry import _asgi

from tests.service.shared.test_application import make_app


def test_providers_of_the_environment_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setattr(_asgi, "_unconfigured", lambda _provider: False)  # as if there were some
    app = make_app(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    assert not app._native_telemetry.enabled()
    assert not app._telemetry["auto_configure"]
