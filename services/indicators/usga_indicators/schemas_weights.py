"""Bodies and answers of weights: margins, recipes, weight sets, design rules."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints
from usga_shared.wire.sync import AssessmentCode

from usga_indicators.domain.weighting.recipe import (
    Calibrate,
    NonResponse,
    Of,
    Rake,
    Recipe,
    Trim,
    Unknown,
)
from usga_indicators.domain.weighting.refusals import WeightFinding
from usga_indicators.domain.weighting.replicate_weights import Asked, Method
from usga_indicators.messages.findings import said_in
from usga_indicators.storage.weights import (
    DesignRules,
    LoggedTrim,
    StoredMargin,
    StoredWeightSet,
)

MarginName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Category = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sets = Annotated[
    list[Literal["person", "household"]],
    Field(
        min_length=1,
        max_length=2,
        description="Which weights the step changes; a weight set shows them as `of`, which is "
        "taken as well.",
        validation_alias=AliasChoices("sets", "of"),
    ),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MarginCell(_Body):
    """How many of the population are of these categories."""

    categories: list[Category] = Field(min_length=1, max_length=4, examples=[["female", "Y18T24"]])
    population: float = Field(ge=0, le=1e12, allow_inf_nan=False, examples=[37105])


class NewMargin(_Body):
    """Counts of a population, with their source; never changed once uploaded."""

    assessment: AssessmentCode
    name: MarginName = Field(examples=["sex-age-2024"])
    variables: list[Variable] = Field(
        min_length=1,
        max_length=4,
        description="Single choices of the form, age (in bands), stratum or area.",
        examples=[["sex", "age"]],
    )
    cells: list[MarginCell] = Field(min_length=1, max_length=2000)
    source: str = Field(
        min_length=1, max_length=400, examples=["National census 2024, table B3 (synthetic)"]
    )
    as_of: date = Field(description="The day that the counts speak of.", examples=["2024-08-24"])


class MarginView(BaseModel):
    """A stored margin."""

    assessment: AssessmentCode
    name: str = Field(examples=["sex-age-2024"])
    variables: list[str] = Field(examples=[["sex", "age"]])
    cells: list[MarginCell]
    total: float = Field(description="Everybody.", examples=[187780])
    source: str = Field(examples=["National census 2024, table B3 (synthetic)"])
    as_of: str = Field(examples=["2024-08-24"])
    sha256: str = Field(description="Of variables, cells, source and day.")
    created_at: datetime

    @classmethod
    def of(cls, stored: StoredMargin) -> "MarginView":
        """As readers see it."""
        margin = stored.margin
        return cls(
            assessment=stored.assessment,
            name=margin.name,
            variables=list(margin.variables),
            cells=[MarginCell(categories=list(k), population=v) for k, v in margin.counts.items()],
            total=margin.total,
            source=margin.source,
            as_of=margin.as_of,
            sha256=stored.sha256,
            created_at=stored.created_at,
        )


class MarginFinding(BaseModel):
    """What may stop weights that are made with the margin."""

    pointer: str = Field(description="Place in the margin.", examples=["/variables/0"])
    code: str = Field(examples=["margin-lacks-category"])
    message: str = Field(examples=["the margin does not count other of sex"])
    hint: str | None = Field(description="A way out.", examples=["count it, 0 for nobody"])


class MarginUploaded(MarginView):
    """A stored margin, with what was found beside the form."""

    findings: list[MarginFinding]

    @classmethod
    def told(
        cls, stored: StoredMargin, found: Sequence[WeightFinding], language: str
    ) -> "MarginUploaded":
        """As the one who uploaded it is told, in the language."""
        findings = [
            MarginFinding(
                pointer=each.place,
                code=each.code,
                message=said_in(language, each.message) or "",
                hint=said_in(language, each.hint),
            )
            for each in found
        ]
        return cls(**MarginView.of(stored).model_dump(), findings=findings)


class NonResponseBody(_Body):
    """Respondents of a class stand for its eligible cases without an interview."""

    kind: Literal["nonresponse"]
    by: list[Variable] = Field(
        max_length=3, description="Of stratum, psu, area.", examples=[["stratum"]]
    )
    unknown: Literal["proportional", "eligible", "not_eligible"] = Field(
        "proportional", description="How cases of unknown eligibility count (AAPOR's e)."
    )
    sets: Sets = ["person", "household"]

    def step(self) -> NonResponse:
        """As the domain has it."""
        return NonResponse(tuple(self.by), Unknown(self.unknown), _of(self.sets))


class TrimBody(_Body):
    """Cut extreme weights by class; what is cut is spread over the others of the class."""

    kind: Literal["trim"]
    by: list[Variable] = Field(default_factory=list, max_length=3, examples=[["stratum"]])
    upper_median: Positive | None = Field(
        None, description="Upper bound as a multiple of the class's median.", examples=[5]
    )
    lower_median: Positive | None = Field(None, description="Lower bound, likewise.")
    upper: Positive | None = Field(None, description="Upper bound as a weight.")
    lower: Positive | None = Field(None, description="Lower bound as a weight.")
    sets: Sets = ["person", "household"]

    def step(self) -> Trim:
        """As the domain has it."""
        return Trim(
            tuple(self.by),
            self.upper_median,
            self.lower_median,
            self.upper,
            self.lower,
            _of(self.sets),
        )


class RakeBody(_Body):
    """Meet population margins; one margin is post-stratification."""

    kind: Literal["rake"]
    margins: list[MarginName] = Field(min_length=1, max_length=6, examples=[["sex-age-2024"]])
    missing: Literal["refuse", "keep"] = Field(
        "refuse", description="keep: who has no category keeps the share that the weights give."
    )
    sets: Sets = ["person"]

    def step(self) -> Rake:
        """As the domain has it."""
        return Rake(tuple(self.margins), self.missing, _of(self.sets))


class CalibrateBody(_Body):
    """Meet population margins by the generalised regression distances (GREG)."""

    kind: Literal["calibrate"]
    margins: list[MarginName] = Field(min_length=1, max_length=6, examples=[["sex-age-2024"]])
    distance: Literal["linear", "raking", "logit"] = "linear"
    bounds: tuple[float, float] | None = Field(
        None, description="Limits of the factor; logit needs them.", examples=[[0.5, 2.0]]
    )
    missing: Literal["refuse", "keep"] = "refuse"
    sets: Sets = ["person"]

    def step(self) -> Calibrate:
        """As the domain has it."""
        bounds = None if self.bounds is None else (float(self.bounds[0]), float(self.bounds[1]))
        return Calibrate(tuple(self.margins), self.distance, bounds, self.missing, _of(self.sets))


StepBody = Annotated[
    NonResponseBody | TrimBody | RakeBody | CalibrateBody, Field(discriminator="kind")
]


def _of(sets: list[Any]) -> tuple[Of, ...]:
    return tuple(dict.fromkeys(Of(each) for each in sets))


class RecipeBody(_Body):
    """Base weights 1/(pi1 pi2 pi3), then these steps in their order; none: base weights."""

    steps: list[StepBody] = Field(
        default_factory=list,
        max_length=8,
        examples=[
            [
                {"kind": "nonresponse", "by": ["stratum"]},
                {"kind": "trim", "by": ["stratum"], "upper_median": 5},
                {"kind": "rake", "margins": ["sex-age-2024"]},
            ]
        ],
    )

    def recipe(self) -> Recipe:
        """As the domain has it."""
        return Recipe(tuple(step.step() for step in self.steps))


class NewWeightSet(_Body):
    """A recipe for the interviews of one form."""

    assessment: AssessmentCode
    instrument: str = Field("hvs", max_length=64, description="The form.", examples=["hvs"])
    title: str = Field("", max_length=200, examples=["Raked to the census of 2024"])
    recipe: RecipeBody


class WeightSetView(BaseModel):
    """A weight set: made once, never changed."""

    id: str
    assessment: AssessmentCode
    number: int = Field(description="Counts the weight sets of the assessment.", examples=[1])
    instrument: str = Field(examples=["hvs"])
    title: str
    recipe: list[dict[str, Any]] = Field(
        description="The steps as they were asked for: `recipe.steps` of a new weight set takes "
        "them as they stand here."
    )
    steps: list[dict[str, Any]] = Field(description="The factors that each step was solved to.")
    margins: list[dict[str, Any]] = Field(description="The margins that were met, whole.")
    diagnostics: dict[str, Any] = Field(
        description="By set: n, sum, min, max, CV, Kish's design effect, n by stratum; by step: "
        "classes, cycles, misfit, who was cut."
    )
    sha256: str = Field(description="Of recipe, steps and margins: what recomputes exactly.")
    weights_sha256: str = Field(description="Of the weights of the interviews of that moment.")
    snapshot_sha256: str = Field(description="Of the interviews of that moment.")
    interviews: int
    created_at: datetime

    @classmethod
    def of(cls, stored: StoredWeightSet) -> "WeightSetView":
        """As readers see it."""
        return cls(**{name: getattr(stored, name) for name in cls.model_fields})


class WeightPreview(BaseModel):
    """What a recipe would give; nothing was stored."""

    steps: list[dict[str, Any]]
    diagnostics: dict[str, Any]
    interviews: int
    snapshot_sha256: str
    weights_sha256: str


class TrimmedView(BaseModel):
    """One weight that was cut."""

    step: int = Field(description="Place of the step in the recipe, from 0.")
    set: Literal["person", "household"]
    unit: str | None = Field(description="Pseudonym; null once the interview was withdrawn.")
    before: float
    after: float = Field(
        description="The bound. Above `before` where the share of what others lost had carried "
        "the weight over it."
    )

    @classmethod
    def of(cls, logged: LoggedTrim) -> "TrimmedView":
        """As readers see it."""
        return cls(
            step=logged.step,
            set="person" if logged.of == Of.PERSON else "household",
            unit=logged.unit,
            before=logged.before,
            after=logged.after,
        )


class VarianceBody(_Body):
    """Errors by replicate weights instead of linearisation."""

    method: Literal["JK1", "JKn", "BRR", "Fay", "bootstrap"] = Field(examples=["JKn"])
    replicates: int = Field(500, ge=2, le=2000, description="Of the bootstrap.")
    seed: int = Field(1, ge=0, lt=2**63, description="Of the bootstrap.")
    rho: float = Field(0.3, ge=0, lt=1, description="Of Fay's method.")
    readjust: bool = Field(
        default=True, description="Each replicate goes through the recipe by itself."
    )
    mse: bool = Field(
        default=True, description="Deviations from the estimate, not from their mean."
    )

    def asked(self) -> Asked:
        """As the domain has it."""
        return Asked(
            Method(self.method),
            self.replicates,
            self.seed,
            self.rho,
            self.readjust,
            self.mse,
        )


class DesignBody(_Body):
    """How the sample of an assessment is analysed."""

    lonely_psu: Literal["fail", "remove", "certainty", "adjust", "average"] = "adjust"
    adjust_domain_lonely: bool = Field(
        default=False,
        description="The rule holds too where a breakdown leaves one PSU of a stratum.",
    )
    fpc: Literal["none", "first_stage", "two_stage"] = Field(
        "none",
        description="first_stage: 1 - n/N of PSUs and nothing within them, for PSUs that were "
        "taken whole; two_stage adds the variance within PSUs.",
    )
    nested: bool = Field(default=True, description="PSU names repeat across strata.")

    def rules(self, number: int) -> DesignRules:
        """As it is stored."""
        return DesignRules(
            self.lonely_psu, self.adjust_domain_lonely, self.fpc, self.nested, number
        )


class DesignView(BaseModel):
    """The rules that hold; a release keeps those of its moment."""

    assessment: AssessmentCode
    number: int = Field(description="0: nothing was set, the default holds.", examples=[1])
    lonely_psu: str = Field(examples=["adjust"])
    adjust_domain_lonely: bool
    fpc: str = Field(examples=["none"])
    nested: bool

    @classmethod
    def of(cls, assessment: str, rules: DesignRules) -> "DesignView":
        """As readers see it."""
        return cls(assessment=assessment, **rules.plain())
