"""Residuals of all cells at once are those of one cell after the other."""

from dataclasses import replace

import numpy as np
import pytest
from usga_indicators.domain.design import Adjustment, SurveyDesign
from usga_indicators.domain.tabulation.margins import Margins
from usga_indicators.domain.weighting.residuals import Calibrated, PostStratified, Raked

DRAW = np.random.default_rng(5)
SIZE, CELLS = 300, 4
WEIGHTS = DRAW.uniform(1, 9, SIZE)
WEIGHTS[:20] = 0.0
SEX, AGE = DRAW.integers(0, 2, SIZE), DRAW.integers(0, 5, SIZE)
CELL = DRAW.integers(-1, CELLS, SIZE)
OLD = WEIGHTS * DRAW.uniform(0.5, 1.5, SIZE)


def design(*adjustments: Adjustment) -> SurveyDesign:
    psu = np.arange(SIZE) % 20
    made = SurveyDesign.of(weights=WEIGHTS, strata=psu % 4, ids=[psu], nest=True)
    return replace(made, adjustments=adjustments)


@pytest.mark.parametrize(
    "step",
    [Raked([(SEX, WEIGHTS), (AGE, WEIGHTS)]), PostStratified(SEX * 5 + AGE, OLD, WEIGHTS)],
    ids=["raked", "post-stratified"],
)
def test_all_cells_at_once(step: Raked | PostStratified) -> None:
    weighed = design(step)
    margins = Margins.of(weighed)
    assert margins is not None
    y = DRAW.normal(size=SIZE)
    got = margins.residuals(*margins.sums(y * WEIGHTS, CELL, CELLS))
    z = np.stack([np.where(at == CELL, y * WEIGHTS, 0.0) for at in range(CELLS)], axis=1)
    wanted = np.zeros_like(got)
    np.add.at(wanted, weighed.stages[0].cluster, step.residuals(z))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)
    assert margins.present.all()


def test_weights_after_each_margin_and_other_steps_are_left_to_the_rows() -> None:
    several = Raked([(SEX, WEIGHTS), (AGE, OLD)])
    other = Calibrated.of(np.ones((SIZE, 1)), OLD + 1.0, WEIGHTS)
    for steps in ([several], [other], [PostStratified(SEX, OLD, WEIGHTS)] * 2, []):
        assert Margins.of(design(*steps)) is None
