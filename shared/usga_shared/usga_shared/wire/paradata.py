"""How interviews were made, for measures of fieldwork (internal): no position, no name."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class ParadataRequest(BaseModel):
    """One page of paradata, with answers of these variables where they are open ones."""

    cursor: str | None = None
    limit: int = Field(1000, ge=1, le=5000)
    instrument: str
    variables: list[str] = Field(default_factory=list, max_length=400)


class ParadataItem(BaseModel):
    """How the head revision of one interview was made, or the news that it is gone."""

    unit: str = Field(description="Pseudonym; stable in an assessment, meaningless outside.")
    status: Literal["included", "removed"]
    interviewer: str = Field("", description="Pseudonym of the device that it came from.")
    psu: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outside: bool | None = Field(None, description="Outside its area; null without a position.")
    distance_m: float | None = Field(None, description="To the centre of its area.")
    hour: int | None = Field(
        None, ge=0, le=23, description="Hour of the start by the sun over its area."
    )
    spots: list[str] = Field(
        default_factory=list,
        max_length=4,
        description="Keyed names of the squares of ten metres that its position lies in, of four "
        "grids: two positions within five metres share one. They tell no place.",
    )
    answers: dict[str, Any] = Field(default_factory=dict)


class ParadataPage(BaseModel):
    """Follows commit order: nothing is ever skipped."""

    items: list[ParadataItem]
    next: str
    more: bool
