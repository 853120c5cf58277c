"""What the indicators service reads from the assessment service (internal)."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from usga_shared.wire.comparison import VersionComparison
from usga_shared.wire.sync import AssessmentCode


class ExtractRequest(BaseModel):
    """One page of the analysis extract: only the variables that definitions use."""

    cursor: str | None = None
    limit: int = Field(500, ge=1, le=5000)
    instrument: str
    variables: list[str]
    s3_variables: list[str] = Field(default_factory=list)


class ExtractItem(BaseModel):
    """The head revision of one interview, or the news that it left the estimates."""

    unit: str = Field(description="Pseudonym; stable in an assessment, meaningless outside.")
    revision: str
    status: Literal["included", "removed"]
    removed_because: str | None = None
    instrument: str = ""
    version: str = ""
    language: str = ""
    disposition: str = Field("", description="AAPOR code, e.g. 1.1.")
    stratum: str = ""
    psu: str = ""
    area: str | None = None
    fpc_psu: float | None = Field(None, description="PSUs in the stratum's population.")
    w_household: float | None = Field(None, description="1 / (pi1 pi2).")
    w_person: float | None = Field(None, description="1 / (pi1 pi2 pi3).")
    answers: dict[str, Any] = Field(default_factory=dict)
    s3: dict[str, Any] = Field(default_factory=dict)
    unanswered: list[str] = Field(
        default_factory=list,
        description="Asked variables that were to be asked and were left open; other absent ones "
        "were not asked (ADR-0027). One of a repeat with the number of its row from 0: "
        "inc/0/inc_rep.",
    )
    s3_unanswered: list[str] = Field(default_factory=list, description="The same of S3 ones.")


class ExtractPage(BaseModel):
    """Follows commit order: nothing is ever skipped."""

    items: list[ExtractItem]
    next: str
    more: bool


class OutcomeRates(BaseModel):
    """AAPOR outcome rates, as shares between 0 and 1 (domain.md 3.3)."""

    i: int
    p: int
    r: int
    nc: int
    o: int
    uh: int
    uo: int
    ne: int
    e: float | None
    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None
    coop1: float | None
    ref1: float | None
    con1: float | None


class PsuOutcomes(BaseModel):
    """What became of the cases of one PSU: sums of household weights 1 / (pi1 pi2)."""

    stratum: str
    psu: str
    area: str = ""
    cases: int = Field(description="All cases, unweighted.")
    eligible: float = Field(description="Interviews and eligible non-respondents: I P R NC O.")
    unknown: float = Field(description="Of unknown eligibility: UH UO.")
    not_eligible: float = Field(description="NE.")


class StratumContext(BaseModel):
    """One stratum of the sample, with its outcome."""

    stratum: str
    title: dict[str, str] = Field(default_factory=dict)
    area: str | None = None
    psus_population: float | None = None
    psus_sampled: int
    cases: int
    interviews: int
    rates: OutcomeRates


class AssessmentContext(BaseModel):
    """Everything of an assessment that a release freezes and a report tells."""

    code: AssessmentCode
    title: dict[str, str]
    city: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    variant: Literal["full", "rapid"] = "full"
    state: str
    synthetic: bool = Field(description="True for demonstration data; every output says so.")
    probability_sample: bool = True
    languages: list[str]
    currency: str = ""
    fieldwork_from: str | None = None
    fieldwork_to: str | None = None
    age_floor: int = 18
    records: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Public part of ethics, DPIA, controller, ..."
    )
    areas: dict[str, Any] = Field(
        default_factory=dict, description="GeoJSON FeatureCollection; properties code, title."
    )
    instrument: dict[str, Any] = Field(
        default_factory=dict, description="name, version, digest, languages, questions."
    )
    strata: list[StratumContext] = Field(default_factory=list)
    comparisons: list[VersionComparison] = Field(
        default_factory=list,
        description="What changed between the versions of a form that a release rests on.",
    )
    rates: OutcomeRates | None = None
    quarantined: int = 0
    withdrawn: int = 0
    enumerators: int = 0
