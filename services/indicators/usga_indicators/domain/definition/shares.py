"""What a city's own definition of sensitive answers may be (rules D-01, D-12)."""

from collections.abc import Iterator

from usga_expressions.findings import Finding, error

from usga_indicators.domain.codebook.codebook import Codebook
from usga_indicators.domain.definition.conditions import is_condition, is_of_conditions
from usga_indicators.domain.definition.model import Definition, StatisticKind
from usga_indicators.domain.definition.names import variables_of

_S2, _S3 = 2, 3
#: Of which the counts of people say all that is shown.
_COUNTED = frozenset(
    {StatisticKind.PROPORTION, StatisticKind.RATIO, StatisticKind.RATE, StatisticKind.TOTAL}
)

Placed = Iterator[tuple[str, Finding]]


def sensitive_findings(definition: Definition, codebook: Codebook) -> Placed:
    """Findings of a class below that of the answers, and of S3 in other numbers than shares."""
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
    if definition.sensitivity >= _S3 or any(each.is_s3 for each in used):
        yield from _shares(definition)


def _shares(definition: Definition) -> Placed:
    if definition.statistic not in _COUNTED:
        yield (
            "statistic",
            error(
                "s3-share",
                "S3 answers are shown as shares or counts of people alone",
                hint="take a proportion",
            ),
        )
    elif not is_of_conditions(definition):
        field = "denominator" if is_condition(definition.numerator) else "numerator"
        yield (
            field,
            error(
                "s3-share",
                "of S3 answers each person is a yes or a no: write a condition",
                hint="compare the variable with an answer",
            ),
        )
    if definition.count_by:
        yield (
            "count_by",
            error(
                "s3-share",
                "of S3 answers each person counts once",
                hint="leave count_by out",
            ),
        )
