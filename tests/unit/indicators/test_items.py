"""Categories of one answer add up to everybody: one hidden among them is never alone."""

import pytest
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication import protect
from usga_indicators.domain.tabulation import Cell, CellEstimate, MissingTally

PROBLEMS: Definition = next(d for d in catalogue() if d.code == "PER-11")
SAID = 600


def share(item: str, people: int, **cell: str) -> CellEstimate:
    p = people / SAID
    estimate = Estimate(
        value=p, se=0.02, ci_low=max(p - 0.04, 0.001), ci_high=p + 0.04, deff=1.2, df=60, n=SAID,
        n_numerator=people, n_psu=70, cv=0.02 / p,
    )  # fmt: skip
    return CellEstimate(PROBLEMS, Cell(item=item, **cell), estimate, MissingTally(), partial=False)


@pytest.mark.parametrize("cell", [{}, {"stratum": "s01"}])
def test_a_second_category_is_hidden_with_the_only_one_D03(cell: dict[str, str]) -> None:
    cells = [share("theft", 350, **cell), share("drugs", 245, **cell), share("guns", 5, **cell)]
    shown = {
        p.observation.item: p.observation
        for p in protect(cells, release="r", time_period="2026", probability_sample=True)
    }
    assert (shown["guns"].conf_status, shown["guns"].reason) == ("C", "D-01")
    hidden = {item for item, o in shown.items() if o.obs_value is None}
    assert len(hidden) == 2
    (other,) = hidden - {"guns"}
    assert shown[other].conf_status == "D"


def test_nothing_is_hidden_without_need() -> None:
    cells = [share("theft", 350), share("drugs", 250)]
    shown = protect(cells, release="r", time_period="2026", probability_sample=True)
    assert [p.observation.item for p in shown] == ["theft", "drugs"]
    assert all(p.observation.obs_value is not None for p in shown)
