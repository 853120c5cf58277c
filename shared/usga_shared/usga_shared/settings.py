"""Settings that every service has; typed, described, read once by `create_app` (S-9)."""

from pathlib import Path

from pydantic import Field, SecretStr
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
