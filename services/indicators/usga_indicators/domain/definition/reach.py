"""What a definition of an assessment's own may not speak of: where and who people are (D-04)."""

from collections.abc import Iterator

from usga_expressions.findings import Finding, error

from usga_indicators.domain.codebook.codebook import Codebook, Variable
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import names_in

#: Questions of the sample and of the interview, as every form of the catalogue names them.
OF_THE_SAMPLE = frozenset(
    ["stratum", "psu_code", "settlement", "structure_no", "hh_serial", "enum_code", "sel_draw",
     "sel_index"]
)  # fmt: skip
_OF_THE_DEVICE = frozenset(
    ["deviceid", "username", "phonenumber", "email", "today", "start", "end"]
)
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


def _places(variable: Variable) -> bool:
    return (
        variable.name in OF_THE_SAMPLE
        or variable.type in _OF_THE_DEVICE
        or variable.field_class in _CLASSES
    )
