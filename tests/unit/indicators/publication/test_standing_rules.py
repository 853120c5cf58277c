"""What a stored release shows is held against the rules by the numbers that stay inside."""

from dataclasses import replace

import numpy as np
import pytest
from usga_indicators.domain.definition import Definition, Source
from usga_indicators.domain.publication import protect, protect_and_audit, unrounded
from usga_indicators.domain.publication.people import Layer
from usga_indicators.domain.publication.standing import is_at_risk
from usga_indicators.domain.tabulation import Cell, tabulate

from tests.support.disguised import MEAN, people, said

WORDS = "if(${z} = 1, 101, 100) * 100000000"


def those(few: int, size: int = 900) -> np.ndarray:
    z = np.zeros(size)
    z[: few * 5] = 1  # of each of the five strata
    return z


@pytest.mark.parametrize("definition", [said("M", WORDS, **MEAN), said("S", "${z} = 1")])
@pytest.mark.parametrize(("few", "at_risk"), [(9, True), (10, False)])
def test_a_shown_cell_of_few_who_differ_is_at_risk(
    definition: Definition, few: int, at_risk: bool
) -> None:
    found = tabulate([definition], people({"z": those(few)}), {})
    strata = [each for each in found if each.cell.stratum != "_T"]
    assert {is_at_risk(definition, unrounded(each)) for each in strata} == {at_risk}


def test_nobody_stands_behind_a_score() -> None:
    points = {"n": 3, "n_numerator": 3}
    assert is_at_risk(said("P", "${z} = 1"), points)
    assert not is_at_risk(said("P", "${z} = 1", source=Source.AUDIT), points)


def test_without_the_numbers_of_people_nothing_is_shown_and_what_was_is_at_risk() -> None:
    definition = said("M", WORDS, **MEAN)
    bare = [replace(e, values=None) for e in tabulate([definition], people({"z": those(50)}), {})]
    cells = protect(bare, release="r", time_period="2026", probability_sample=True)
    assert {cell.observation.obs_value for cell in cells} == {None}
    assert all(is_at_risk(definition, unrounded(each)) for each in bare)


def test_numbers_of_two_values_are_attacked_as_counts_D03() -> None:
    """Total minus the others is the hidden one: it takes company, as its share would."""
    z = np.zeros(900)
    z[0::5][:4] = 1  # 4 of the first stratum, 60 of each other
    for stratum in range(1, 5):
        z[stratum::5][:60] = 1
    frame = people({"z": z})
    hidden = []
    for definition in (said("A", "${z} = 1"), said("A", WORDS, **MEAN)):
        cells, told = protect_and_audit(
            tabulate([definition], frame, {}),
            release="r", time_period="2026", probability_sample=True,
        )  # fmt: skip
        hidden.append(
            {c.observation.stratum for c in cells if c.observation.obs_value is None} - {"_T"}
        )
        assert all(each.protected for each in told)
        assert Layer.NUMERATOR in {each.layer for each in told}
    assert hidden[0] == hidden[1]
    assert len(hidden[1]) == 2


def test_the_numbers_of_people_are_kept_inside_alone() -> None:
    found = tabulate([said("M", WORDS, **MEAN)], people({"z": those(12)}), {})
    cells = protect(found, release="r", time_period="2026", probability_sample=True)
    inside = next(c for c, e in zip(cells, found, strict=True) if e.cell == Cell())
    assert inside.internal["values"]["at_high"] == 60
    assert "values" not in inside.observation.model_dump()
