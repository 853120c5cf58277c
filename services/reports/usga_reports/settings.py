"""Settings of the reports service."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from usga_shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `USGA_REPORTS_*`."""

    model_config = SettingsConfigDict(env_prefix="USGA_REPORTS_")

    database_url: str = Field(
        "sqlite+aiosqlite:///var/reports.db",
        description="sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/db.",
    )
    data_dir: Path = Field(
        Path("var/reports"), description="Artefacts: rendered reports and frozen bundles."
    )
    indicators_url: str = Field(
        "http://127.0.0.1:8082", description="Where the indicators service listens."
    )
    assessment_url: str = Field(
        "http://127.0.0.1:8081", description="Where the assessment service listens."
    )
    work: bool = Field(
        default=True, description="Whether this process renders; at least one process must."
    )
    poll_seconds: float = Field(
        2.0, gt=0, le=60, description="How often a process looks for jobs that others ordered."
    )
    lease_seconds: int = Field(
        60, ge=5, le=3600, description="After this time a job of a dead process is taken over."
    )
    max_attempts: int = Field(
        5, ge=1, le=100, description="Failures of our own after which a job is given up."
    )
    idle_seconds: int = Field(
        60, ge=1, le=3600, description="After this time without work the renderer is stopped."
    )
