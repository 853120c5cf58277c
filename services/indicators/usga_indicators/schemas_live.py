"""What the indicators service tells those in charge while fieldwork goes on."""

from datetime import datetime

from pydantic import BaseModel, Field
from usga_shared.wire.release import Observation, ReleaseAnalysis


class StratumCoverage(BaseModel):
    """How far a stratum has come."""

    stratum: str = Field(examples=["s01"])
    interviews: int = Field(description="Complete or partial, with a weight.", examples=[84])
    psus: int = Field(description="PSUs with an interview.", examples=[7])
    psus_drawn: int | None = Field(None, description="PSUs in the sample.", examples=[12])


class LiveView(BaseModel):
    """Interviews as they are now, and estimates as of the last picture.

    Estimates are provisional: fixed weights, no S3 indicator, no quantile; how far
    versions of the form asked the same is told by releases alone. `errors_count_margins`
    says whether errors are those of a release under the same weights. Under `fpc: two_stage`
    PSUs count as drawn with replacement, which makes errors rather too large.
    """

    assessment: str = Field(examples=["KE-TESTVILLE-2026"])
    interviews: int = Field(description="Now.", examples=[431])
    coverage: list[StratumCoverage] = Field(default_factory=list, description="Now.")
    pictured_at: datetime | None = Field(
        None, description="Of the estimates; null before the first picture."
    )
    pictured_interviews: int = Field(0, description="That the estimates rest on.", examples=[410])
    waiting: int | None = Field(
        None,
        description="Interviews that came, changed or left since; null after a restart.",
        examples=[21],
    )
    held_back_by: str | None = Field(
        None,
        description="A published release from nearly the same interviews: a picture beside it "
        "would show the few that differ.",
    )
    errors_count_margins: bool | None = Field(
        None,
        description="Whether errors are smaller by what the margins that weights were calibrated "
        "to explain, as those of a release are. False: weights are taken as given, and errors "
        "are mostly too large. Null: the weights were not calibrated.",
        examples=[True],
    )
    analysis: ReleaseAnalysis | None = Field(
        None, description="Weights and design rules of the estimates."
    )
    observations: list[Observation] = Field(
        default_factory=list, description="Protected as those of a release; `release` is `live`."
    )
