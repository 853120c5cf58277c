"""Settings of the assessment service."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict
from usga_shared.settings import ServiceSettings

from usga_assessment.domain.access.clients import MinimumClients


def _clients(text: str) -> str:
    MinimumClients.of(text)
    return text


class Settings(ServiceSettings):
    """Environment variables `USGA_ASSESSMENT_*`."""

    model_config = SettingsConfigDict(env_prefix="USGA_ASSESSMENT_")

    database_url: str = Field(
        "sqlite+aiosqlite:///var/assessment.db",
        description="sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/db.",
    )
    data_dir: Path = Field(Path("var/assessment"), description="Files that the service keeps.")
    key_dir: Path = Field(
        Path("var/keys/assessment"),
        description="Keys: outside the database, readable by the service's user alone.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8080", description="Origin at which callers reach the gateway."
    )
    max_plain_bytes: int = Field(
        8 * 2**20, ge=1024, description="Bytes accepted in a pushed body after decompression."
    )
    sync_page_size: int = Field(500, ge=1, le=5000, description="Changes in one pull page.")
    sync_batch_items: int = Field(
        2000, ge=1, le=20_000, description="Interviews accepted in one push."
    )
    minimum_clients: Annotated[str, AfterValidator(_clients)] = Field(
        "",
        description="Lowest versions of apps that get new work, e.g. `field-app/3.2 other/1.4`; "
        "what older ones finished is still taken.",
    )
    attachment_max_bytes: int = Field(
        10 * 2**20, ge=1024, le=100 * 2**20, description="Bytes of one file of an interview."
    )
    attachment_device_daily_bytes: int = Field(
        200 * 2**20, ge=1024, description="Bytes of files that one tablet may send in 24 hours."
    )
    attachment_hub_daily_bytes: int = Field(
        8 * 2**30,
        ge=1024,
        description="Bytes of files that one hub may bring in 24 hours; none of them counts to "
        "their tablets' day.",
    )
    attachment_assessment_bytes: int = Field(
        20 * 2**30, ge=1024, description="Bytes of files that one assessment may hold."
    )
    attachment_uploads: int = Field(
        200, ge=1, le=10_000, description="Uploads that one tablet may have begun and not ended."
    )
    attachment_upload_days: int = Field(
        7, ge=1, le=365, description="Days after which an upload that did not end is forgotten."
    )
    attachment_wait_days: int = Field(
        30, ge=1, le=365, description="Days that a file waits for an interview that is not here."
    )
    attachment_sweep_seconds: float = Field(
        60.0, ge=1, description="Pause between two looks at files that wait or have gone."
    )
    attachment_s3_url: str = Field(
        "", description="Endpoint of an S3-compatible store for kept files; empty: a folder."
    )
    attachment_s3_bucket: str = Field("usga-files", description="Its bucket, made beforehand.")
    attachment_s3_region: str = Field("us-east-1", description="Its region, for signatures.")
    attachment_s3_access_key: str = Field("", description="Its access key.")
    attachment_s3_secret_key: SecretStr = Field(SecretStr(""), description="Its secret key.")
    upstream: str = Field(
        "", description="Origin of the centre. With it, this installation is a hub for tablets."
    )
    upstream_code: SecretStr = Field(
        SecretStr(""), description="One-time code that enrols the hub at the centre, once."
    )
    upstream_plain: bool = Field(
        default=False,
        description="Whether a hub may speak to a centre elsewhere without encryption: its token "
        "is then read by whoever is on the way.",
    )
    upstream_seconds: float = Field(
        60.0, ge=0, description="A hub's pause between two looks for the centre; 0: never."
    )
    hub_name: str = Field(
        "hub", max_length=80, description="What tablets and people call the hub; no person's name."
    )
    hub_max_bytes: int = Field(
        2 * 2**30, ge=1024, description="Sealed bytes that a hub holds for the centre at most."
    )
    hub_files_max_bytes: int = Field(
        8 * 2**30, ge=1024, description="Bytes of tablets' files that a hub holds at most."
    )
    hub_spare_bytes: int = Field(
        256 * 2**20,
        ge=0,
        description="Bytes of a hub's disk that files leave free, for interviews.",
    )
