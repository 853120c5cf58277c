"""Many interviews at once give the bits that they give one by one."""

import numpy as np
import pytest
from usga_indicators.domain.incremental import SufficientStatistics, groups
from usga_indicators.domain.tabulation import patterns

from tests.support.surveys import definitions, frame_from, people, tables_of

#: Shares, complete ones and others, means, ratios, several of a person, unions, combinations.
CODES = ("PER-02", "PER-03", "PER-10", "VIC-01", "VIC-10", "VIC-12", "VIO-06", "INT-06", "GOV-07")
AREAS = {"s01": "north", "s02": "north", "s99": "alone"}


def statistics() -> SufficientStatistics:
    some = definitions(*CODES)
    found = SufficientStatistics(some, AREAS)
    found.add(frame_from(tables_of(people(300)), some))
    return found


@pytest.mark.parametrize("many", [1, 5_000], ids=["by patterns", "by rows"])
def test_groups_give_the_same_bits(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    one_by_one = statistics()
    monkeypatch.setattr(groups, "_LEAST", 1)
    monkeypatch.setattr(groups, "_LEAST_OF_GROUP", 0)
    monkeypatch.setattr(patterns, "MANY", many)
    monkeypatch.setattr(patterns, "_LEAST_OF_PATTERN", 0)
    grouped = statistics()
    assert grouped.interviews == one_by_one.interviews
    for row, (psu, cell) in enumerate(grouped.pairs.keys):
        key = (
            one_by_one.psus.of(grouped.psus.keys[psu]),
            one_by_one.cells.of(grouped.cells.keys[cell]),
        )
        other = one_by_one.pairs.known(key)
        assert other is not None
        assert np.array_equal(grouped.by_psu.high[row], one_by_one.by_psu.high[other])
        assert np.array_equal(grouped.by_psu.low[row], one_by_one.by_psu.low[other])
    for row, cell_ in enumerate(grouped.cells.keys):
        other = one_by_one.cells.of(cell_)
        assert np.array_equal(grouped.by_cell.high[row], one_by_one.by_cell.high[other])


def test_few_interviews_are_not_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "GroupedSums", None)  # would be called
    statistics()
