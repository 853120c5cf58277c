"""What is wrong with a definition whatever the form: weight, policy, breakdowns, union."""

from collections.abc import Iterable, Iterator, Mapping

from usga_expressions.findings import Finding, error, warning

from usga_indicators.domain.definition.model import (
    OF_ORIGIN,
    Breakdown,
    Definition,
    Method,
    MissingPolicy,
    Source,
    StatisticKind,
    Weight,
)
from usga_indicators.domain.definition.names import variables_of

_S3 = 3
#: What the metadata of an SDG indicator say of silence (rule 5.1-1).
_POLICIES: Mapping[str, MissingPolicy] = {
    "16.1.3": MissingPolicy.INCLUDE,
    "16.1.4": MissingPolicy.INCLUDE,
    "16.b.1": MissingPolicy.INCLUDE,
    "11.7.2": MissingPolicy.INCLUDE,
    "16.6.2": MissingPolicy.EXCLUDE,
    "16.7.2": MissingPolicy.EXCLUDE,
}
#: Indicators of those who had contact: the share of them stands beside (rule 5.1-3).
_OF_CONTACTS = frozenset({"16.5.1", "16.6.2"})

Placed = Iterator[tuple[str, Finding]]


def plan_findings(definition: Definition) -> Placed:
    """Findings with the field in which each stands."""
    yield from _weights(definition)
    yield from _policies(definition)
    yield from _breakdowns(definition)
    yield from _sources(definition)
    if definition.sdg in _OF_CONTACTS and definition.beside is None:
        yield (
            "beside",
            error(
                "beside",
                f"{definition.sdg} is of those who had contact: their share stands beside it",
                hint="name the indicator of the share in `beside`",
            ),
        )
    if definition.expressions_known:
        missing = set(definition.union) - set(variables_of(definition))
        if missing:
            yield (
                "union",
                error(
                    "union",
                    f"components not in the expressions: {sorted(missing)}",
                    hint="list just the variables that the numerator joins",
                ),
            )


def _weights(definition: Definition) -> Placed:
    drawn = definition.source is Source.SURVEY
    if drawn == (definition.weight is Weight.NONE):
        yield (
            "weight",
            error(
                "weight",
                "a survey is weighted, and nothing else is",
                expected="person or household" if drawn else "none",
            ),
        )
    if definition.unit == "household" and definition.weight is not Weight.HOUSEHOLD:
        yield "weight", error("weight", "households take the household weight")
    if definition.weight is Weight.HOUSEHOLD and definition.unit == "person":
        yield (
            "weight",
            error(
                "weight",
                "persons take the person weight",
                hint="a question about the household has `unit: household`",
            ),
        )


def _policies(definition: Definition) -> Placed:
    wanted = _POLICIES.get(definition.sdg or "")
    if definition.code[-1:].isalpha():  # a variant says itself how it differs
        return
    if wanted is not None and definition.missing_policy is not wanted:
        yield (
            "missing_policy",
            error(
                "missing-policy",
                f"the metadata of {definition.sdg} say otherwise of dk, ref and na",
                expected=wanted.value,
            ),
        )


#: Cells that a source can make beside the total.
_OF_PEOPLE = frozenset(Breakdown) - {Breakdown.ICCS}
_CELLS: Mapping[Source, frozenset[Breakdown]] = {
    Source.SURVEY: _OF_PEOPLE,
    Source.NON_PROBABILITY: _OF_PEOPLE,
    Source.FIELDWORK: _OF_PEOPLE,
    Source.ADMINISTRATIVE: frozenset({Breakdown.ICCS}),
    Source.AUDIT: frozenset({Breakdown.AREA}),
    Source.SCORECARD: frozenset(),
}
_OF_RATES = frozenset({Breakdown.AREA, Breakdown.SEX, Breakdown.AGE})


def _cells_of(definition: Definition) -> frozenset[Breakdown]:
    recorded = definition.source is Source.ADMINISTRATIVE
    if recorded and definition.statistic is StatisticKind.RATE:
        return _OF_RATES
    return _CELLS[definition.source]


def _breakdowns(definition: Definition) -> Placed:
    never = sorted(set(definition.disaggregations) - _cells_of(definition))
    if never:
        yield (
            "disaggregations",
            error(
                "disaggregation",
                f"{', '.join(never)}: what it is made of has no such cells",
                hint="rates of records have areas, sexes and ages; their shares sections of the "
                "ICCS; points of a walk areas; a sample all but the ICCS",
            ),
        )
    if definition.unit == "household" and Breakdown.AGE in definition.disaggregations:
        yield "disaggregations", warning("disaggregation", "a household has no age")
    origin = sorted(OF_ORIGIN.intersection(definition.disaggregations))
    if definition.sensitivity >= _S3 and origin:
        yield (
            "disaggregations",
            error(
                "disaggregation",
                "S3 is never shown by origin (D-07)",
                hint=f"leave {', '.join(origin)} out",
            ),
        )
    if definition.sensitivity >= _S3 and Breakdown.AREA in definition.disaggregations:
        yield (
            "disaggregations",
            error(
                "disaggregation",
                "S3 is never shown below the stratum (D-07)",
                hint="leave ref_area out",
            ),
        )


def _sources(definition: Definition) -> Placed:
    recorded = (
        definition.statistic is StatisticKind.RATE or definition.method is Method.DARK_FIGURE
    )
    counts = definition.source is Source.ADMINISTRATIVE or definition.method is Method.DARK_FIGURE
    if recorded and counts and not (definition.iccs and definition.counted):
        yield (
            "iccs",
            error("iccs", "a rate of records needs `iccs` classes and what is `counted`"),
        )
    chosen = definition.source is Source.NON_PROBABILITY
    if chosen and definition.statistic is not StatisticKind.TOTAL:
        yield (
            "statistic",
            error(
                "non-probability",
                "chosen people give counts, never shares of a population (Q-03)",
                expected="total",
            ),
        )


def company_findings(definitions: Iterable[Definition]) -> Iterator[tuple[str, str, Finding]]:
    """What is wrong among definitions: code, field, finding. `beside` names one of them."""
    company = tuple(definitions)
    known = {d.code for d in company}
    for definition in company:
        beside = definition.beside
        if beside is not None and (beside not in known or beside == definition.code):
            yield (
                definition.code,
                "beside",
                error("beside", f"there is no indicator {beside} to be published beside it"),
            )
