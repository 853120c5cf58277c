"""Names that an own definition may not use: of places, and of who people are (D-04)."""

from dataclasses import replace

import pytest
from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.definition.reach import reach_findings
from usga_indicators.domain.tabulation.groups import QUESTIONS

from tests.support.surveys import definitions

(SAFE,) = definitions("PER-02")


def codebook() -> Codebook:
    """A form that calculates a band from the age, a flag from the band, and a place."""
    calculated = {"band": "${age} >= 70", "old": "${band}", "where": "${psu_code}", "sum": "1"}
    nodes = [{"kind": "question", "type": "text", "name": n} for n in ("age", "psu_code", "safe")]
    nodes += [
        {"kind": "question", "type": "calculate", "name": name, "calculation": text}
        for name, text in calculated.items()
    ]
    return codebook_of([{"name": "form", "version": "1", "nodes": nodes}])


def told(**changes: object) -> set[tuple[str, str]]:
    own = replace(SAFE, **{"numerator": "${safe} = 'yes'", **changes})  # type: ignore[arg-type]
    found = reach_findings(own, codebook(), QUESTIONS)
    return {(field, finding.code) for field, finding in found}


@pytest.mark.parametrize("name", ["age", "band", "old"])
def test_who_people_are_chooses_in_a_filter_of_its_own_alone(name: str) -> None:
    assert told(filter=f"${{{name}}} = 1") == set()
    assert told(numerator=f"${{{name}}} = 1") == set()
    alone = {("filter", "breakdown-only")}
    assert told(filter=f"${{{name}}} = 1 or ${{safe}} = 'no'") == alone
    assert told(filter=f"${{{name}}} = 1", sensitivity=2) == alone
    beside = f"${{safe}} = 'yes' and ${{{name}}} = 1"
    assert told(numerator=beside) == {("numerator", "breakdown-only")}


@pytest.mark.parametrize("name", ["psu_code", "where"])
def test_places_are_named_nowhere(name: str) -> None:
    assert told(filter=f"${{{name}}} = 'a'") == {("filter", "places-people")}
    assert told(numerator="${{item}} = 'a'", items=("safe", name)) == {
        ("numerator", "places-people")
    }


def test_what_is_calculated_from_nothing_is_an_answer() -> None:
    assert told(filter="${sum} = 1") == set()
    assert told(filter="${nobody} = 1") == set()  # told elsewhere
