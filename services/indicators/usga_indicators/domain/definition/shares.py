"""What a city's own definition of sensitive answers may be (rules D-01, D-04, D-12)."""

from collections.abc import Iterator

from usga_expressions.findings import Finding, error

from usga_indicators.domain.codebook.codebook import Codebook
from usga_indicators.domain.definition.conditions import is_condition, is_of_conditions
from usga_indicators.domain.definition.model import Definition, StatisticKind
from usga_indicators.domain.definition.names import names_by_field, variables_of

_S2 = 2
#: Of which the counts of people say all that is shown.
_COUNTED = frozenset(
    {StatisticKind.PROPORTION, StatisticKind.RATIO, StatisticKind.RATE, StatisticKind.TOTAL}
)

Placed = Iterator[tuple[str, Finding]]


def sensitive_findings(definition: Definition, codebook: Codebook) -> Placed:
    """Findings of a class below that of the answers, and of what tells more than it counts.

    S2 and S3 answers are shares or counts by conditions, of sensitive questions alone: with a
    question that neighbours know the answer to, "harassed, and not new here" that equals
    "harassed" tells of everybody who is new. Elsewhere a number is made of one question: a mean of
    two at once is the one hidden in the other.
    """
    used = [codebook[name] for name in variables_of(definition) if name in codebook]
    most = max((each.sensitivity for each in used), default=0)
    if definition.sensitivity < most == _S2:  # of S3 every definition is checked
        yield (
            "sensitivity",
            error(
                "sensitivity",
                "it uses S2 variables and is less sensitive itself",
                hint="say `sensitivity: 2`",
            ),
        )
    if max(definition.sensitivity, most) >= _S2:
        yield from _shares(definition)
        yield from _alone(definition, codebook)
    else:
        yield from _of_one_question(definition, codebook)


def _shares(definition: Definition) -> Placed:
    if definition.statistic not in _COUNTED:
        yield (
            "statistic",
            error(
                "sensitive-share",
                "sensitive answers are shown as shares or counts of people alone",
                hint="take a proportion",
            ),
        )
    elif not is_of_conditions(definition):
        field = "denominator" if is_condition(definition.numerator) else "numerator"
        yield (
            field,
            error(
                "sensitive-share",
                "of sensitive answers each person is a yes or a no: write a condition",
                hint="compare the variable with an answer",
            ),
        )
    if definition.count_by:
        yield (
            "count_by",
            error(
                "sensitive-share",
                "of sensitive answers each person counts once",
                hint="leave count_by out",
            ),
        )


def _alone(definition: Definition, codebook: Codebook) -> Placed:
    for field, names in names_by_field(definition).items():
        for name in sorted(names):
            if name in codebook and max(_classes(name, codebook)) < _S2:
                yield (
                    field,
                    error(
                        "sensitive-alone",
                        f"{name} is no sensitive question: beside one it chooses whose answer "
                        "is told",
                        hint="choose areas, strata, sex and age in `disaggregations`",
                    ),
                )


def _classes(name: str, codebook: Codebook) -> list[int]:
    found = [codebook[each] for each in codebook.behind(name) if each in codebook]
    return [_S2 if each.is_s3 else each.sensitivity for each in found]


def _of_one_question(definition: Definition, codebook: Codebook) -> Placed:
    for field, named in names_by_field(definition).items():
        names = named.intersection(codebook.variables)  # a repeat is no question
        texts = {text for at, text in _expressions(definition) if at == field}
        counted = field.endswith(("numerator", "denominator", "count_by"))
        if counted and len(names) > 1 and not all(is_condition(text) for text in texts):
            yield (
                field,
                error(
                    "one-question",
                    "a number of several questions tells each of them: write a condition, or "
                    "count one question",
                    hint="compare the variable with an answer",
                ),
            )


def _expressions(definition: Definition) -> Iterator[tuple[str, str]]:
    for _, one in definition.by_item():
        yield from one.expressions()
