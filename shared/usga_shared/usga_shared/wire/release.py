"""Published numbers: indicators, observations, releases and the bundle that reports render."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from usga_shared.wire.comparison import Comparability, VersionChange
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.sync import AssessmentCode, Sha256Hex
from usga_shared.wire.vocabulary import (
    TOTAL,
    ConfStatus,
    ObsStatus,
    ReleaseState,
    RetractionReason,
)

Statistic = Literal[
    "proportion", "mean", "total", "ratio", "rate_100k", "quantile", "composite", "difference"
]


IndicatorSource = Literal[
    "survey", "administrative", "scorecard", "audit", "fieldwork", "non_probability"
]


class IndicatorView(BaseModel):
    """What an indicator is; the definition that computed its observations."""

    code: str = Field(examples=["PER-01"])
    version: str = Field(examples=["1.0.0"])
    title: dict[str, str] = Field(description="By language; `en` is always there.")
    description: dict[str, str] = Field(default_factory=dict)
    theme: str = Field(examples=["PER"])
    statistic: Statistic
    unit_measure: str = Field(
        description="percent, percentage_points, number, per_100000, currency, score."
    )
    numerator: str = Field("", description="In the form's expression language.")
    denominator: str = ""
    weight: Literal["person", "household", "none"]
    reference_period: str = Field(examples=["12m"])
    missing_policy: Literal["exclude", "include_in_denominator"]
    direction: Literal["+", "-", "o"]
    sensitivity: int = Field(ge=0, le=3)
    sdg: str | None = Field(None, examples=["16.1.4"])
    umf: str | None = Field(None, examples=["SOC-SAF"])
    source: IndicatorSource = Field(
        "survey",
        description="What the numbers come from. Only a survey's speak of the population with "
        "their error; non_probability speaks of the chosen people alone.",
    )
    beside: str | None = Field(
        None,
        description="Read it together with this indicator, such as the share of people whom it "
        "speaks of.",
        examples=["POL-05c"],
    )
    role: Literal["risk", "resilience", "outcome", "context", "quality"] = "outcome"
    level: str | None = None
    disaggregations: list[str] = Field(default_factory=list)
    caveats: dict[str, str] = Field(default_factory=dict)
    variables: list[str] = Field(default_factory=list)
    key_figure: int | None = Field(None, description="Rank among the report's key figures.")
    comparability: Comparability | None = Field(
        None,
        description="In a release: how far the versions of the form that it rests on asked the "
        "same. Null outside a release.",
        examples=["full"],
    )
    changes: list[VersionChange] = Field(
        default_factory=list,
        description="The changes of its questions that say so, then those of the questions by "
        "which its cells are broken down.",
    )


#: 1 to 9 people: published as null, never as a number.
Few = Annotated[int | None, Field(description="Rounded to 5; null stands for 1 to 9.")]


class MissingCounts(BaseModel):
    """Why respondents are not in the base: unweighted counts.

    0 is nobody; 1 to 9 are published as null (an empty field in CSV), more are rounded to 5.
    """

    dk: Few = 0
    ref: Few = 0
    na: Few = 0
    gate_failed: Few = 0
    not_asked: Few = 0
    implied: Few = 0
    not_in_version: Few = 0
    no_answer: Few = 0


class Observation(BaseModel):
    """One published cell. A hidden cell carries none of its numbers (design 7)."""

    model_config = ConfigDict(ser_json_inf_nan="null")

    indicator: str
    ref_area: str = TOTAL
    stratum: str = TOTAL
    time_period: str
    sex: str = TOTAL
    age: str = TOTAL
    item: str = Field(TOTAL, description="Category of multinomial indicators, else _T.")
    subgroup: str = Field(
        TOTAL,
        description="Category of one further breakdown (disability, settlement, education, "
        "migration, work, income, language, child_sex, iccs), else _T.",
        examples=["disability:yes"],
    )
    obs_value: float | None
    bound: Literal["<", ">"] | None = Field(
        None, description="`obs_value` is a limit: nobody or everybody in the sample (D-05)."
    )
    standard_error: float | None = None
    lower_bound: float | None = None
    upper_bound: float | None = None
    confidence_level: float = 0.95
    design_effect: float | None = None
    df: float | None = None
    sample_size: int | None = Field(None, description="Unweighted base.")
    numerator_size: int | None = Field(None, description="Unweighted numerator, rounded to 5.")
    psus: int | None = None
    missing: MissingCounts | None = None
    unit_measure: str
    obs_status: ObsStatus
    conf_status: ConfStatus
    reason: str | None = Field(
        None, description="Rule that hid or flagged it, e.g. `D-01`, or `lonely-psu`."
    )
    comparability: Comparability = Field(
        "full",
        description="partial: a version of the form lacked a component or asked it otherwise; "
        "broken: the versions asked other people, or other things.",
    )
    release: str
    method_version: str


class ReleaseDesign(BaseModel):
    """The rules that the sample was analysed by."""

    lonely_psu: str = Field("adjust", examples=["adjust"])
    adjust_domain_lonely: bool = False
    fpc: str = Field("none", description="none, first_stage or two_stage.")
    nested: bool = True
    number: int = Field(0, description="Which of the assessment's rules; 0 is the default.")


class ReleaseVariance(BaseModel):
    """The replicate weights that errors come from."""

    method: str = Field(examples=["JKn"])
    replicates: int
    seed: int
    rho: float
    readjust: bool
    mse: bool


class ReleaseAnalysis(BaseModel):
    """What a release says of weights and design."""

    weight_set: str | None = Field(None, description="Null: base weights.")
    weight_set_sha256: Sha256Hex | None = None
    design: ReleaseDesign = ReleaseDesign()
    variance: ReleaseVariance | None = Field(None, description="Null: linearised.")


class LeftOut(BaseModel):
    """Interviews of a sampled form that cannot be weighed, so that some estimates lack them."""

    without_case: int = Field(
        description="Their case is not in the sample, or they name none: no estimate has them."
    )
    without_person_weight: int = Field(
        description="Nobody counted the household's eligible adults (`n_elig` in the form, "
        "`n_eligible` in the sample): estimates of households have them, those of persons do not."
    )


class Retraction(BaseModel):
    """A published release was taken back, for ever."""

    at: datetime
    reason: RetractionReason = Field(
        description="wrong_data: what it rests on is wrong; wrong_method: definitions, weights or "
        "code are; disclosure: somebody may be recognised; not_agreed: it was out without the "
        "agreement that it needed.",
        examples=["wrong_method"],
    )
    text: dict[str, str] = Field(
        description="By language; `en` is always there.",
        examples=[{"en": "The weights of two strata were exchanged."}],
    )
    instead: str | None = Field(None, description="The release that was named in its place.")


class ReleaseView(BaseModel):
    """A release: computed once, frozen, published, cited, never changed."""

    id: str
    assessment: AssessmentCode
    title: str
    state: ReleaseState
    time_period: str
    created_at: datetime
    frozen_at: datetime | None = None
    published_at: datetime | None = None
    snapshot_sha256: Sha256Hex | None = Field(None, description="Of the analysis extract.")
    definitions_sha256: Sha256Hex | None = None
    content_sha256: Sha256Hex | None = Field(None, description="Of the published observations.")
    code_version: str
    seed: int
    interviews: int = 0
    observations: int = 0
    suppressed: int = 0
    lonely_psu: int = Field(
        0, description="Observations whose error rests on a stratum with one PSU: a stand-in."
    )
    synthetic: bool = False
    analysis: ReleaseAnalysis | None = Field(
        None, description="Null of releases from before it was kept: base weights, the default."
    )
    embargo_until: datetime | None = Field(
        None, description="A frozen release is published at this moment, not before."
    )
    corrects: str | None = Field(None, description="The published release that this one corrects.")
    note: str | None = Field(None, description="What was wrong there, and what is right here.")
    left_out: LeftOut | None = Field(
        None, description="Null of releases from before it was counted."
    )
    retraction: Retraction | None = Field(
        None, description="Of a retracted release: since when and why its numbers are gone."
    )


class ReleaseStanding(ReleaseView):
    """A release with what was published of it since."""

    corrected_by: list[str] = Field(
        default_factory=list, description="Published releases that correct it, oldest first."
    )
    use_instead: str | None = Field(
        None,
        description="Of a retracted release: the published one to read. The newest correction, "
        "else the one that was named, else what stands for that one.",
    )


class ReleaseBundle(BaseModel):
    """All that a report needs; the same bundle always gives the same bytes."""

    release: ReleaseView
    corrected_by: list[str] = Field(
        default_factory=list, description="Published releases that correct it, oldest first."
    )
    context: AssessmentContext
    indicators: list[IndicatorView]
    observations: list[Observation]
    withheld: list[str] = Field(
        default_factory=list,
        description="Indicators of S3 answers that were left out, by code: not published yet.",
    )
