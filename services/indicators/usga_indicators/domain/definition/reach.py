"""What a city's own definition speaks of: answers, not where or who people are (D-04)."""

from collections.abc import Collection, Iterator

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
_S2 = 2
_CLASSES = frozenset(["identifier", "location"])


def reach_findings(
    definition: Definition, codebook: Codebook, characteristics: Collection[str]
) -> Iterator[tuple[str, Finding]]:
    """Findings of names that place people or point to them, and of S2 and S3 by who they are.

    Two definitions that leave out another cluster tell the answers of that cluster, and of
    sensitive answers so do two that leave out another age: readers choose places and
    `characteristics`, the questions behind breakdowns, by approved breakdowns alone.
    """
    for field, name in _named(definition):
        if name not in codebook:
            continue
        if _places(codebook[name]):
            yield (
                field,
                error(
                    "places-people",
                    f"{name} says where or who people are",
                    hint="choose areas, strata, sex and age in `disaggregations`",
                ),
            )
        elif definition.sensitivity >= _S2 and name in characteristics:
            yield (
                field,
                error(
                    "breakdown-only",
                    f"{name} is a breakdown, and sensitive answers are chosen by no other means",
                    hint="choose areas, strata, sex and age in `disaggregations`",
                ),
            )


def _named(definition: Definition) -> Iterator[tuple[str, str]]:
    """Every name with its field, once; a category may be one, as in `${{item}}`."""
    found: dict[tuple[str, str], None] = {}
    for _, one in definition.by_item():
        for field, text in one.expressions():
            found |= dict.fromkeys((field, name) for name in names_in(text))
    found |= dict.fromkeys(("union", name) for name in definition.union)
    if definition.weigh_by:
        found["weigh_by", definition.weigh_by] = None
    yield from found


def constant_findings(definition: Definition) -> Iterator[tuple[str, Finding]]:
    """Findings of expressions that say the same of everybody.

    A total of rows may count each as 1; of shares and universes only answers decide.
    """
    said = {each: None for _, one in definition.by_item() for each in one.expressions()}
    silent = {field: None for field, text in said if not names_in(text)}
    for field in silent:
        of_share = field.endswith("numerator") and definition.statistic in _OF_ANSWERS
        if of_share or field.endswith("filter"):
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
