"""Settings that every service has; typed, described, read once by `create_app` (S-9)."""

from pathlib import Path

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


def settings_lines(error: ValidationError, kind: type[ServiceSettings]) -> list[str] | None:
    """Which variables are missing or wrong, without their values, and where they come from.

    None when the error is of something else than these settings.
    """
    if error.title != kind.__name__:
        return None
    prefix = str(kind.model_config["env_prefix"])
    wrong = [
        f"{prefix}{'_'.join(map(str, item['loc'])).upper()}: "
        + ("it is not set" if item["type"] == "missing" else item["msg"])
        for item in error.errors(include_input=False)
    ]
    where = (
        "Set it in the environment or in a file .env of the working folder (docs/settings.md). "
        "For the platform that `make run` started: `. var/keys/environment`, with DB=postgres "
        "`. var/postgres/keys/environment`."
    )
    return [*wrong, where]
