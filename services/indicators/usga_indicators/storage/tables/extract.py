"""How far the extract has followed the change feed."""

from datetime import datetime

from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_indicators.storage.tables.base import Base


class ExtractRow(Base, table=True):
    """The current generation of an instrument's extract; the data are in files."""

    __tablename__ = "extract"

    assessment: str = Field(primary_key=True, max_length=32)
    instrument: str = Field(primary_key=True, max_length=64)
    cursor: str | None = Field(None, max_length=512)
    generation: int
    layout_sha256: str = Field(max_length=64)
    units: int
    updated_at: datetime = Field(sa_type=UtcDateTime)
