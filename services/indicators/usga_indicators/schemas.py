"""Bodies that the indicators service takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Expression = Annotated[str, StringConstraints(max_length=4000)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Language = Literal["en", "es", "ru", "sw", "uz"]
Words = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Sentences = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class PartBody(BaseModel):
    """One share of a composite or a difference, on its own universe."""

    model_config = ConfigDict(extra="forbid")

    numerator: Expression = Field(examples=["selected('sa a', ${hs_access})"])
    filter: Expression | None = Field(None, examples=["${hs_use} = 'yes'"])


class DefinitionBody(BaseModel):
    """What an indicator is, in the form's own expression language (docs/methods/indicators.md)."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=16, examples=["LOC-01"])
    version: str = Field(max_length=16, examples=["1.0.0"])
    title: dict[Language, Words] = Field(
        description="By language; English at least.", examples=[{"en": "Feel safe at the market"}]
    )
    theme: str = Field(pattern=r"^[A-Z]{3}$", examples=["LOC"])
    statistic: Name = Field(examples=["proportion"])
    unit: Name = Field(description="person, household, or a repeat.", examples=["person"])
    unit_measure: Name = Field(examples=["percent"])
    weight: Name = Field(examples=["person"])
    missing_policy: Name = Field(examples=["exclude"])
    reference_period: Name = Field(examples=["12m"])
    direction: Literal["+", "-", "o"] = Field(examples=["+"])
    sensitivity: int = Field(ge=0, le=3, examples=[1])
    numerator: Expression | None = Field(None, examples=["${tr_comm} = 'lot'"])
    denominator: Expression | None = None
    filter: Expression | None = Field(None, examples=["${sex} = 'female'"])
    population: Expression | None = None
    count_by: Expression | None = None
    parts: list[PartBody] = Field(default_factory=list, max_length=12)
    minimum_valid: int | None = Field(None, ge=1, le=12)
    quantile: float | None = Field(None, gt=0, lt=1)
    union: list[Name] = Field(default_factory=list, max_length=40)
    items: list[Name] = Field(default_factory=list, max_length=60)
    disaggregations: list[Name] = Field(default_factory=list, max_length=4)
    instrument: Name | None = Field(None, description="The form; hvs without it.")
    beside: str | None = Field(None, max_length=16)
    sdg: str | None = Field(None, max_length=16)
    umf: str | None = Field(None, max_length=16)
    role: Name | None = None
    level: Name | None = None
    description: dict[Language, Sentences] = Field(default_factory=dict)
    caveats: dict[Language, Sentences] = Field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The fields that were given, as a definition file would hold them."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
