"""What an indicator is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class StatisticKind(StrEnum):
    """The statistics of the catalogue (domain rule 5.1-6)."""

    PROPORTION = "proportion"
    MEAN = "mean"
    TOTAL = "total"
    RATIO = "ratio"
    RATE = "rate_100k"
    QUANTILE = "quantile"
    COMPOSITE = "composite"  # average of the shares of its parts
    DIFFERENCE = "difference"  # first part minus second, on the same people


class UnitMeasure(StrEnum):
    """What a value is counted in."""

    PERCENT = "percent"
    POINTS = "percentage_points"
    NUMBER = "number"
    PER_100000 = "per_100000"
    CURRENCY = "currency"
    SCORE = "score"


class Weight(StrEnum):
    """Which weight set an indicator takes; people never take household weights."""

    PERSON = "person"
    HOUSEHOLD = "household"


class MissingPolicy(StrEnum):
    """Where dk, ref and na go (domain rule 5.1-1)."""

    EXCLUDE = "exclude"
    INCLUDE = "include_in_denominator"


class Breakdown(StrEnum):
    """Approved disaggregations (rule D-04 knows no others)."""

    STRATUM = "stratum"
    AREA = "ref_area"
    SEX = "sex"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Part:
    """One share of a composite or difference: an expression on its own universe."""

    numerator: str
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator; expressions are in the form's language.

    `unit` is `person`, `household` or the name of a repeat, whose rows are then counted per
    person. `filter` is the universe; `count_by` counts a unit several times (persons of a
    household); `population` (repeats only) says which persons can have rows at all, and makes
    each of them count once in the denominator. `quantile` is the order of a quantile.
    `items` makes one share per category: `{item}` stands for it in the numerator.
    `minimum_valid` makes a mean of parts per respondent, over those answered.
    """

    code: str
    version: str
    title: Mapping[str, str]
    theme: str
    statistic: StatisticKind
    unit: str
    unit_measure: UnitMeasure
    weight: Weight
    missing_policy: MissingPolicy
    reference_period: str
    direction: str
    sensitivity: int
    numerator: str = ""
    denominator: str = ""
    filter: str = ""
    population: str = ""
    count_by: str = ""
    parts: tuple[Part, ...] = ()
    minimum_valid: int = 0
    quantile: float = 0.5
    union: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    disaggregations: tuple[Breakdown, ...] = ()
    sdg: str | None = None
    umf: str | None = None
    role: str = "outcome"
    level: str | None = None
    key_figure: int | None = None
    description: Mapping[str, str] = field(default_factory=dict)
    caveats: Mapping[str, str] = field(default_factory=dict)

    def by_item(self) -> list[tuple[str, "Definition"]]:
        """One definition per category, with the category; itself when it has none."""
        if not self.items:
            return [("_T", self)]
        return [
            (item, replace(self, numerator=self.numerator.replace("{item}", item), items=()))
            for item in self.items
        ]

    @property
    def is_of_rows(self) -> bool:
        """Whether it counts rows of a repeat."""
        return self.unit not in {"person", "household"}

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Every expression with the place where it stands in the file."""
        for name in ("numerator", "denominator", "filter", "population", "count_by"):
            if text := getattr(self, name):
                yield name, text
        for index, part in enumerate(self.parts):
            yield f"parts/{index}/numerator", part.numerator
            if part.filter:
                yield f"parts/{index}/filter", part.filter
