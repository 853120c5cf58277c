"""Every breakdown that the catalogue of the domain dossier (5.2) names is served, and no other.

`tests/golden/catalogue/breakdowns.csv` is the dossier's column. What is not served, or is served
beyond it, stands here with its reason; a further indicator may serve a breakdown in its place.
"""

import csv
from pathlib import Path

import pytest
from usga_indicators.domain.definition import Definition, catalogue

BY_CODE = {d.code: d for d in catalogue()}
DOSSIER = Path("tests/golden/catalogue/breakdowns.csv")
#: What the dossier's shorthand (rule 5.1-7) stands for.
D0 = frozenset({"stratum", "sex"})
D1 = D0 | {"age", "disability", "settlement"}
D2 = D1 | {"education", "income", "migration", "work"}
SHORTHAND = {"D0": D0, "D1": D1, "D2": D2, "D3": D1 | {"language"}, "area": {"ref_area"}}
#: Breakdowns that no cell of the indicator has: an indicator of its own has an item for each.
BY_ITEM = {
    ("VIC-14", "P"): "VIC-14p",
    ("VIO-04", "P"): "VIO-04p",
    ("VIO-05", "P"): "VIO-05p",
    ("VIO-06", "P"): "VIO-06p",
    ("VIO-10", "P"): "VIO-10p",
    ("JUS-08", "ground"): "JUS-08g",
    ("GOV-06", "domain"): "GOV-06d",
    ("ADM-05", "form"): "ADM-05f",
    ("QUA-04", "module"): "QUA-04m",
}
#: Named by the dossier and not served as such, with the reason.
NOT_SERVED = {
    ("PER-08", "sex"): "it is of women alone",
    ("VIO-01", "migration"): "S3 is never shown by origin (D-07)",
    ("FLO-10", "age"): "a household has no age",
    ("FLO-10", "disability"): "nor has a household a disability: its members have",
    ("SVC-01", "sex"): "it counts all members of a household, and the respondent's is not theirs",
    ("VIO-12", "sex"): "served as child_sex: the sex of the child, not of the caregiver",
    ("QUA-01", "psu"): "clusters are never shown outside (Q-04); supervisors see their cases",
    ("QUA-02", "enum"): "internal, as the dossier says: interviewers are never published",
}
#: Served beyond what the dossier names.
MORE = {
    "JUS-08": {"education", "migration", "work", "income"},  # D2, as its SDG metadata ask
    "VIO-12": {"child_sex"},
}
#: Indicators that are not in the dossier, nor variants of those that are.
OWN = {
    "PER-12": D1, "SVC-07": {"stratum"}, "KII-01": set(), "FGD-01": set(),
}  # fmt: skip


def named() -> dict[str, set[str]]:
    with DOSSIER.open() as stream:
        return {
            row["code"]: {
                one
                for word in row["breakdowns"].split(",")
                if word
                for one in SHORTHAND.get(word, {word})
            }
            for row in csv.DictReader(stream)
        }


NAMED = named()


def served(definition: Definition) -> set[str]:
    return {str(breakdown) for breakdown in definition.disaggregations}


@pytest.mark.parametrize("code", NAMED)
def test_what_the_dossier_names_is_served_or_has_its_reason_D04(code: str) -> None:
    excepted = {b for c, b in {*NOT_SERVED, *BY_ITEM} if c == code}
    assert excepted <= NAMED[code]
    assert served(BY_CODE[code]) == NAMED[code] - excepted | MORE.get(code, set())


@pytest.mark.parametrize(("where", "instead"), BY_ITEM.items(), ids=str)
def test_an_indicator_by_items_serves_a_breakdown_of_another(
    where: tuple[str, str], instead: str
) -> None:
    found = BY_CODE[instead]
    assert found.items
    assert found.beside == where[0] or found.beside == "GOV-06e"


@pytest.mark.parametrize(
    "definition", [d for d in catalogue() if d.code not in NAMED], ids=lambda d: d.code
)
def test_variants_have_no_breakdown_that_is_not_approved_D04(definition: Definition) -> None:
    of = definition.code[:6]
    approved = OWN[of] if of in OWN else NAMED[of]
    assert served(definition) <= approved
