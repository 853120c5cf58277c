"""Settings of the indicators service."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from usga_shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `USGA_INDICATORS_*`."""

    model_config = SettingsConfigDict(env_prefix="USGA_INDICATORS_")

    database_url: str = Field(
        "sqlite+aiosqlite:///var/indicators.db",
        description="sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/db.",
    )
    data_dir: Path = Field(
        Path("var/indicators"), description="Analysis extracts, pseudonymous, S3 sealed."
    )
    key_dir: Path = Field(
        Path("var/keys/indicators"),
        description="Keys of the sealed extracts: outside the data folder and the database.",
    )
    assessment_url: str = Field(
        "http://127.0.0.1:8081", description="Where the assessment service answers."
    )
    feed_page_size: int = Field(2000, ge=1, le=5000, description="Interviews in one feed page.")
    feed_seconds: float = Field(
        60,
        ge=0,
        description="Pause between looks at the change feeds; 0 looks when a release is ordered.",
    )
    embargo_seconds: float = Field(
        10,
        ge=0,
        description="Pause between looks at embargoes that are over; 0 never publishes by itself.",
    )
    answer_memory_bytes: int = Field(
        32 * 2**20, ge=0, description="Memory for rendered answers of published releases."
    )
