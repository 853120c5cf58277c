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
    NONE = "none"  # what was not drawn has no weight


class Source(StrEnum):
    """Where an indicator's numbers come from; each kind has its own arithmetic (ADR-0033)."""

    SURVEY = "survey"
    ADMINISTRATIVE = "administrative"
    SCORECARD = "scorecard"
    AUDIT = "audit"
    FIELDWORK = "fieldwork"
    NON_PROBABILITY = "non_probability"


class Method(StrEnum):
    """How a number is made; all but `EXPRESSION` are arithmetic that no expression can say."""

    EXPRESSION = "expression"
    DARK_FIGURE = "dark_figure"  # incidents told of over recorded ones
    CONCENTRATION = "concentration"  # share of incidents in the top 5 percent of cells
    RESPONSE_RATE_2 = "response_rate_2"
    RESPONSE_RATE_3 = "response_rate_3"
    ITEM_SILENCE = "item_silence"  # dk and ref over S2 and S3 questions asked

    @property
    def is_of_outcomes(self) -> bool:
        """Whether it is made of the outcomes of cases, not of answers."""
        return self in {Method.RESPONSE_RATE_2, Method.RESPONSE_RATE_3}


class Counted(StrEnum):
    """What a record of an institution counts."""

    OFFENCE = "offence"
    VICTIM = "victim"


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
    DISABILITY = "disability"  # Washington Group, short set
    SETTLEMENT = "settlement"  # formal, informal, mixed
    EDUCATION = "education"
    MIGRATION = "migration"  # place of birth
    WORK = "work"
    INCOME = "income"  # bands of the household, as the assessment cut them
    LANGUAGE = "language"  # first spoken at home; where an assessment may lawfully ask it
    CHILD_SEX = "child_sex"  # of the child that a caregiver tells of
    ICCS = "iccs"  # section of the classification that a recorded incident belongs to


#: Breakdowns by who people are by origin: never of S3 (rule D-07).
OF_ORIGIN = frozenset({Breakdown.MIGRATION, Breakdown.LANGUAGE})


#: Units of which a form is filled in once each: they are not rows of a repeat.
WHOLE_UNITS = frozenset(
    [
        "person",
        "household",
        "record",
        "point",
        "scorecard",
        "informant",
        "group",
        "interview",
        "case",
    ]
)


@dataclass(frozen=True, slots=True)
class Part:
    """One share of a composite or difference: an expression on its own universe."""

    numerator: str
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator; expressions are in the form's language.

    `unit` is `person`, `household`, one of `WHOLE_UNITS` or the name of a repeat, whose rows are
    then counted per person. `filter` is the universe; `count_by` counts a unit several times
    (persons of a household); `population` (repeats only) says which persons can have rows at all,
    and makes each of them count once in the denominator. `quantile` is the order of a quantile.
    `weigh_by` names a variable that says how much of the whole a unit that was not drawn stands
    for, where the form has it; else all count alike.
    `items` makes one share per category: `{item}` stands for it in the numerator.
    `minimum_valid` makes a mean of parts per respondent, over those answered.
    `instrument` is the form that answers it. `beside` is the indicator that is published next to
    it, such as the share of people whom it speaks of (rule 5.1-3). `iccs` and `counted` say which
    recorded incidents it counts, `lag_years` how many years before.
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
    weigh_by: str = ""
    parts: tuple[Part, ...] = ()
    minimum_valid: int = 0
    quantile: float = 0.5
    union: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    disaggregations: tuple[Breakdown, ...] = ()
    sdg: str | None = None
    umf: str | None = None
    source: Source = Source.SURVEY
    instrument: str = "hvs"
    method: Method = Method.EXPRESSION
    iccs: tuple[str, ...] = ()
    counted: Counted | None = None
    lag_years: int = 0
    beside: str | None = None
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
        return self.unit not in WHOLE_UNITS

    @property
    def is_of_survey(self) -> bool:
        """Whether it is estimated from a sample by its expressions alone."""
        return self.source is Source.SURVEY and self.method is Method.EXPRESSION

    @property
    def expressions_known(self) -> bool:
        """Whether it is said in expressions what is counted."""
        return bool(self.numerator or self.parts)

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Every expression with the place where it stands in the file."""
        for name in ("numerator", "denominator", "filter", "population", "count_by"):
            if text := getattr(self, name):
                yield name, text
        for index, part in enumerate(self.parts):
            yield f"parts/{index}/numerator", part.numerator
            if part.filter:
                yield f"parts/{index}/filter", part.filter
