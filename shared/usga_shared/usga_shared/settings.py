"""Settings that every service has; typed, described, read once by `create_app` (S-9)."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Common settings; a service subclasses it with its own `env_prefix`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field(
        description="sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/db."
    )
    service_token: SecretStr = Field(
        min_length=32,
        description="Shared secret of calls between services; 32 characters or more.",
    )
    data_dir: Path = Field(Path("var/data"), description="Files that the service keeps.")
    log_level: str = Field(
        "INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="Least severe line kept.",
    )
    database_pool: int = Field(8, ge=1, le=64, description="Connections a process keeps.")
    max_body_bytes: int = Field(
        2 * 2**20, ge=1024, description="Bytes accepted in a body as sent."
    )


def _wrong(kind: str, message: str, context: dict[str, Any]) -> str:
    if kind == "missing":
        return "it is not set"
    if kind in {"too_short", "string_too_short"}:  # of a secret pydantic would count "items"
        return f"it needs at least {context['min_length']} characters"
    return message


def settings_lines(error: ValidationError, kind: type[ServiceSettings]) -> list[str] | None:
    """Which variables are missing or wrong, without their values, and where they come from.

    None when the error is of something else than these settings.
    """
    if error.title != kind.__name__:
        return None
    prefix = str(kind.model_config["env_prefix"])
    wrong = [
        f"{prefix}{'_'.join(map(str, item['loc'])).upper()}: "
        + _wrong(item["type"], item["msg"], item.get("ctx", {}))
        for item in error.errors(include_input=False)
    ]
    where = (
        "Set it in the environment or in a file .env of the working folder (docs/settings.md). "
        "For the platform that `make run` started: `. var/keys/environment`, with DB=postgres "
        "`. var/postgres/keys/environment`."
    )
    return [*wrong, where]
