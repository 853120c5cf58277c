"""Whatever comes, changes and goes: the sums give what a full computation gives."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.design import SinglePrimaryUnit
from usga_indicators.domain.incremental import SufficientStatistics, estimates_from
from usga_indicators.domain.tabulation import CellEstimate, tabulate

from tests.support.surveys import assert_same, definitions, frame_from, people, tables_of

#: One of every kind: shares, means, ratios, rates, rows, unions, categories, combinations.
CODES = (
    "PER-02", "PER-03", "PER-10", "SVC-02", "COH-01", "VIC-01", "VIC-09", "VIC-10", "VIC-12",
    "VIC-14", "VIO-06", "INT-06", "GOV-07",
)  # fmt: skip
AREAS = {"s01": "north", "s02": "north", "s03": "south", "s99": "alone"}
DRAWN = {"s01": 9, "s02": 3, "s99": 1}
UNITS = 60
VERSIONS = 3

#: Who says what now: a place among the units, and a version of their answers (None: withdrawn).
Batch = Mapping[int, int | None]
batches = st.lists(
    st.dictionaries(
        st.integers(0, UNITS - 1),
        st.one_of(st.none(), st.integers(0, VERSIONS - 1)),
        min_size=1,
        max_size=25,
    ),
    min_size=1,
    max_size=6,
)


@lru_cache(maxsize=1)
def answers() -> list[list[dict[str, Any]]]:
    """By version, everybody's answers; an edit may change every one, the PSU included."""
    found = [people(UNITS, seed=seed) for seed in range(VERSIONS)]
    units = [item["unit"] for item in found[0]]
    return [[item | {"unit": u} for item, u in zip(v, units, strict=True)] for v in found]


class Fieldwork:
    """Sums that follow batches, and who is in them."""

    def __init__(self, some: Sequence[Definition]) -> None:
        self.definitions = some
        self.statistics = SufficientStatistics(some, AREAS)
        self.now: dict[int, int] = {}

    def take_in(self, batch: Batch) -> None:
        old = {at: self.now[at] for at in batch if at in self.now}
        new = {at: version for at, version in batch.items() if version is not None}
        self.statistics.take_away(self.frame(old))
        self.statistics.add(self.frame(new))
        for at in old:
            del self.now[at]
        self.now |= new

    def frame(self, who: Mapping[int, int]) -> Any:
        items = [answers()[version][at] for at, version in who.items()]
        return frame_from(tables_of(items), self.definitions)

    def in_full(self) -> list[CellEstimate]:
        if self.statistics.interviews == 0:
            return []
        return tabulate(self.definitions, self.frame(self.now), AREAS, DRAWN)

    def check(self) -> None:
        try:
            wanted = self.in_full()
        except SinglePrimaryUnit:
            with pytest.raises(SinglePrimaryUnit):
                estimates_from(self.statistics, DRAWN)
            return
        quantiles = [e for e in wanted if e.definition.statistic == "quantile"]
        assert_same(estimates_from(self.statistics, DRAWN, quantiles=quantiles), wanted)


@settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(batches)
def test_any_sequence_equals_the_full_computation(events: list[Batch]) -> None:
    fieldwork = Fieldwork(definitions(*CODES))
    for batch in events:
        fieldwork.take_in(batch)
    fieldwork.check()


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(batches)
def test_so_do_all_indicators_after_every_batch(events: list[Batch]) -> None:
    fieldwork = Fieldwork(definitions())
    for batch in events:
        fieldwork.take_in(batch)
        fieldwork.check()


@settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(batches)
def test_the_same_interviews_are_the_same_bits_whatever_the_way_there(
    events: list[Batch],
) -> None:
    """Floats that are added and taken away drift; these do not."""
    by_detours, at_once = (Fieldwork(definitions(*CODES)) for _ in range(2))
    for batch in events:
        by_detours.take_in(batch)
    at_once.take_in(by_detours.now)
    mine, theirs = by_detours.statistics, at_once.statistics
    assert mine.interviews == theirs.interviews
    for row, pair in enumerate(mine.pairs.keys):
        psu, cell = mine.psus.keys[pair[0]], mine.cells.keys[pair[1]]
        other = theirs.pairs.known((theirs.psus.of(psu), theirs.cells.of(cell)))
        expected = np.zeros(1) if other is None else theirs.by_psu.high[other]
        assert (mine.by_psu.high[row] == expected).all()
        assert (mine.by_psu.low[row] == (0 if other is None else theirs.by_psu.low[other])).all()
