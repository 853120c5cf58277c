"""What the API takes and shows of reference lists."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from usga_assessment.schemas.base import Body


class ListBody(Body):
    """The rows of a list, as the form's external CSV file would have them."""

    rows: list[dict[str, Any]] = Field(
        description="Each row has a unique `name`, usually a `label`, and filter columns.",
        examples=[[{"name": "MAT-01-03", "label": "Block 3", "stratum": "s01"}]],
    )


class ListInfo(BaseModel):
    """A reference list, without its rows."""

    name: str = Field(description="The file's stem.", examples=["psu"])
    digest: str = Field(description="SHA-256 of its rows; the ETag.", examples=["ab" * 32])
    size: int = Field(description="Number of rows.", examples=[192])
    updated_at: datetime = Field(description="When it was last replaced.")


class ListView(ListInfo):
    """A reference list."""

    rows: list[dict[str, Any]] = Field(description="Its rows, in order.")
