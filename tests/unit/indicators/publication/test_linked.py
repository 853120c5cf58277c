"""The dark figure: by area and sex over what is recorded there, and hidden with it (D-03)."""

from typing import Any

import pytest
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication import closed_with_records, protect, protect_and_audit
from usga_indicators.domain.sources import Records, dark_figure, rates, recorded_in
from usga_indicators.domain.tabulation import Cell, CellEstimate
from usga_indicators.domain.tabulation.estimates import MissingTally
from usga_shared.wire.vocabulary import ObsStatus

from tests.unit.indicators.sources.test_records import BY_CODE, made

DARK, ROBBERY = BY_CODE["JUS-04"], BY_CODE["ADM-02"]
NORTH, SOUTH = (Cell(stratum=s, ref_area=a) for s, a in (("s1", "north"), ("s2", "south")))
CELLS = (Cell(), NORTH, SOUTH, Cell(sex="F"), Cell(sex="M"))
TOLD = 2_000.0


def records(robbed: dict[str, int], sexes: dict[str, int]) -> Records:
    """Robberies of 2025 by area, some with a victim of a sex, and as many people everywhere."""
    areas = [area for area, number in robbed.items() for _ in range(number)]
    victims = [sex for sex, number in sexes.items() for _ in range(number)]
    incidents = made(
        [{"iccs": "0401", "date_occ": "2025-03-01", "area_cell": area} for area in areas],
        victim=[(at, {"vi_sex": sex}) for at, sex in enumerate(victims)],
    )
    living = [{"po_area": a, "po_year": 2025, "po_resident": 40_000} for a in robbed]
    people = made([{"ag_inst": "i"}], pop=[(0, row) for row in living], cell=[])
    return Records.of(incidents, people)


def told(cell: Cell) -> CellEstimate:
    estimate = Estimate(
        TOLD, 90.0, TOLD - 180, TOLD + 180, 1.2, df=40, n=800, n_numerator=200, n_psu=44, cv=0.045
    )
    return CellEstimate(DARK, cell, estimate, MissingTally(), partial=False)


def ratios(of: Records) -> list[CellEstimate]:
    found = [dark_figure(DARK, told(cell), of, "2025") for cell in CELLS]
    return [each for each in found if each is not None]


def hidden(of: Records) -> set[Cell]:
    """Cells that are closed with what is recorded, and shown of none of their numbers."""
    mine = ratios(of)
    over = {(DARK.code, c.cell): recorded_in(DARK, c.cell, of, "2025") for c in mine}
    counted, year = rates([ROBBERY], of, "2025")
    shown = protect(counted, release="r", time_period=str(year), probability_sample=True)
    closed = closed_with_records(mine, over, counted, shown)
    how: dict[str, Any] = {"release": "r", "time_period": "2026", "probability_sample": True}
    joined = {"s1": "north", "s2": "south"}
    cells, _ = protect_and_audit(mine, **how, area_of_stratum=joined, closed=closed)
    open_, _ = protect_and_audit(mine, **how, area_of_stratum=joined)
    assert {c.observation.obs_status for c in open_} == {ObsStatus.NORMAL}
    return {
        each.cell
        for each, c in zip(mine, cells, strict=True)
        if c.observation.obs_status is ObsStatus.SUPPRESSED and c.observation.obs_value is None
    }


def test_each_cell_is_over_what_is_recorded_in_it() -> None:
    of = records({"north": 60, "south": 40}, {"female": 25, "male": 50, "unknown": 5})
    values = {c.cell: c.estimate.value for c in ratios(of)}
    over = {Cell(): 100, NORTH: 60, SOUTH: 40, Cell(sex="F"): 25, Cell(sex="M"): 50}
    assert values == {cell: pytest.approx(TOLD / number) for cell, number in over.items()}
    (north,) = [c for c in ratios(of) if c.cell == NORTH]
    assert north.estimate.se == pytest.approx(90 / 60)
    assert hidden(of) == set()


def test_a_stratum_that_is_no_area_of_records_and_a_sex_that_nobody_recorded_have_none() -> None:
    of = records({"east": 60}, {"unknown": 9})
    assert [c.cell for c in ratios(of)] == [Cell()]
    assert dark_figure(DARK, told(Cell(stratum="s3")), of, "2025") is None


def test_few_recorded_events_hide_their_ratio_and_what_their_rate_hides_with_them() -> None:
    of = records({"north": 60, "south": 4}, {"female": 30, "male": 30})
    assert hidden(of) == {NORTH, SOUTH}


def test_one_sex_with_few_recorded_events_hides_both() -> None:
    of = records({"north": 60, "south": 40}, {"female": 7, "male": 60})
    assert hidden(of) == {Cell(sex="F"), Cell(sex="M")}


def test_few_recorded_events_of_all_hide_everything() -> None:
    of = records({"north": 5, "south": 3}, {"female": 4, "male": 4})
    assert hidden(of) == set(CELLS)
