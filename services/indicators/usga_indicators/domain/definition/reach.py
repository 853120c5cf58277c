"""What a city's own definition speaks of: answers, not where or who people are (D-04)."""

from collections.abc import Iterator

from usga_expressions.findings import Finding, error

from usga_indicators.domain.codebook.codebook import Codebook, Variable
from usga_indicators.domain.definition.model import Definition, StatisticKind
from usga_indicators.domain.definition.names import names_in

#: Questions of the sample and of the interview, as every form of the catalogue names them.
OF_THE_SAMPLE = frozenset(
    ["stratum", "psu_code", "settlement", "structure_no", "hh_serial", "enum_code", "sel_draw",
     "sel_index"]
)  # fmt: skip
_OF_THE_DEVICE = frozenset(
    ["deviceid", "username", "phonenumber", "email", "today", "start", "end"]
)
_OF_ANSWERS = frozenset([StatisticKind.PROPORTION, StatisticKind.MEAN, StatisticKind.QUANTILE])
_CLASSES = frozenset(["identifier", "location"])


def reach_findings(definition: Definition, codebook: Codebook) -> Iterator[tuple[str, Finding]]:
    """Findings of names that place people or point to them.

    Two definitions that leave out another cluster tell the answers of that cluster: readers
    choose places by approved breakdowns alone.
    """
    for field, text in definition.expressions():
        for name in names_in(text):
            if name in codebook and _places(codebook[name]):
                yield (
                    field,
                    error(
                        "places-people",
                        f"{name} says where or who people are",
                        hint="choose areas, strata, sex and age in `disaggregations`",
                    ),
                )


def constant_findings(definition: Definition) -> Iterator[tuple[str, Finding]]:
    """Findings of expressions that say the same of everybody.

    A total of rows may count each as 1; of shares and universes only answers decide.
    """
    for field, text in definition.expressions():
        of_share = field.endswith("numerator") and definition.statistic in _OF_ANSWERS
        if (of_share or field.endswith("filter")) and not names_in(text):
            yield (
                field,
                error(
                    "constant",
                    "it asks no question: it says the same of everybody",
                    hint="name a variable, such as ${safe_night} = 'safe'",
                ),
            )


def _places(variable: Variable) -> bool:
    return (
        variable.name in OF_THE_SAMPLE
        or variable.type in _OF_THE_DEVICE
        or variable.field_class in _CLASSES
    )
