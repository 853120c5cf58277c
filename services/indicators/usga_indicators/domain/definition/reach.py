"""What a city's own definition speaks of: answers, not where or who people are (D-04)."""

from collections.abc import Collection, Iterator

from usga_expressions.findings import Finding, error

from usga_indicators.domain.codebook.codebook import Codebook, Variable
from usga_indicators.domain.definition.model import Definition, StatisticKind
from usga_indicators.domain.definition.names import names_by_field, names_in

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
_COUNTED = ("numerator", "denominator")
_CLASSES = frozenset(["identifier", "location"])


def reach_findings(
    definition: Definition, codebook: Codebook, characteristics: Collection[str]
) -> Iterator[tuple[str, Finding]]:
    """Findings of names that place people, and of who they are beside what they answered.

    Two definitions that leave out another cluster tell the answers of that cluster: readers
    choose places by approved breakdowns alone. `characteristics`, the questions behind
    breakdowns, choose people of sensitive answers by no other means either. Elsewhere they may
    stand in a filter, where the people who are left out are a group; not beside the question that
    is counted, for `safe and not at 70` that equals `safe` tells of everybody at 70. What a form
    calculates from such questions is taken for one.
    """
    fields = {
        field: names.intersection(codebook.variables)
        for field, names in names_by_field(definition).items()
    }
    behind = {name: codebook.behind(name) for names in fields.values() for name in names}
    who = {name for name, origins in behind.items() if not origins.isdisjoint(characteristics)}
    asked = {name for field in fields if field.endswith(_COUNTED) for name in fields[field]}
    for field, names in fields.items():
        counted = asked if field.endswith("filter") else names
        beside = not names.isdisjoint(counted - who)
        for name in sorted(names):
            if any(_places(codebook[each]) for each in behind[name] if each in codebook):
                yield (
                    field,
                    error(
                        "places-people",
                        f"{name} says where or who people are",
                        hint="choose areas, strata, sex and age in `disaggregations`",
                    ),
                )
            elif name in who and definition.sensitivity >= _S2:
                yield (
                    field,
                    error(
                        "breakdown-only",
                        f"{name} is a breakdown, and sensitive answers are chosen by no other "
                        "means",
                        hint="choose areas, strata, sex and age in `disaggregations`",
                    ),
                )
            elif name in who and beside:
                yield (
                    field,
                    error(
                        "breakdown-only",
                        f"{name} is a breakdown: outside a filter, or beside the question that "
                        "is counted, it tells of single people",
                        hint="choose areas, strata, sex and age in `disaggregations`",
                    ),
                )


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
