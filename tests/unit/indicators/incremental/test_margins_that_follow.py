"""Errors of raked weights from sums: those of a full computation, whoever came and went."""

from dataclasses import replace

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.design import Adjustment
from usga_indicators.domain.design.codes import IntArray
from usga_indicators.domain.incremental import SufficientStatistics, estimates_from
from usga_indicators.domain.incremental.margins import MarginSums, is_followed
from usga_indicators.domain.tabulation import tabulate
from usga_indicators.domain.tabulation.analysis import Analysis
from usga_indicators.domain.weighting.residuals import Calibrated, Raked

from tests.support.surveys import assert_same, definitions, frame_from, people, tables_of

CODES = ("PER-01", "PER-10", "COH-01", "GOV-07", "VIC-09")
DRAWN = {"s01": 8, "s02": 6}
FACTORS = np.array([1.3, 0.8, 1.1, 0.7])


def weighed(frame: Frame) -> tuple[Frame, IntArray, IntArray]:
    """Interviews with weights of two margins by answers: sex, and every third person."""
    sex = np.clip(frame.columns["sex"].codes, -1, 2).astype(np.int64) + 1
    third = (np.round(frame.w_person * 7) % 3).astype(np.int64)
    person = frame.w_person * FACTORS[sex] * FACTORS[third]
    return replace(frame, w_person=person), sex, third


def adjustments_of(frame: Frame, sex: IntArray, third: IntArray) -> dict[Weight, tuple[Raked]]:
    weights = frame.w_person
    apart = [np.where(weights > 0, cell, 9) for cell in (sex, third)]
    return {Weight.PERSON: (Raked([(cell, weights) for cell in apart]),)}


def part(frame: Frame, start: int, stop: int) -> tuple[Frame, dict[Weight, tuple[Raked]]]:
    some, *cells = weighed(frame.part(start, stop))
    return some, adjustments_of(some, *cells)


@pytest.fixture(scope="module")
def frame() -> Frame:
    found = frame_from(tables_of(people(260)), definitions(*CODES))
    nothing = np.arange(len(found)) % 41 == 7
    return replace(found, w_person=np.where(nothing, 0.0, found.w_person))


def test_they_are_those_of_a_full_computation(frame: Frame) -> None:
    some = definitions(*CODES)
    statistics, sums = SufficientStatistics(some, {}), MarginSums(some, {})
    for start, stop in ((0, 90), (90, len(frame))):
        add, adjustments = part(frame, start, stop)
        statistics.add(add)
        sums.add(add, adjustments)
    gone, adjustments = part(frame, 0, 60)
    statistics.take_away(gone)
    sums.take_away(gone, adjustments)
    left, *cells = weighed(frame.part(60, len(frame)))
    analysis = Analysis(adjustments=adjustments_of(left, *cells))
    wanted = tabulate(some, left, {}, DRAWN, analysis)
    plain = estimates_from(statistics, DRAWN)
    found = sums.respread(plain, statistics, DRAWN)
    assert_same(found, wanted, tolerance=1e-9)
    moved = sum(
        abs(a.estimate.se - b.estimate.se) > 1e-6 * b.estimate.se
        for a, b in zip(found, plain, strict=True)
    )
    assert moved > 50


def test_what_is_no_raking_is_not_followed(frame: Frame) -> None:
    one, cells = np.ones(3), np.array([0, 0, 1])
    raked: Adjustment = Raked([(cells, one)])
    greg: Adjustment = Calibrated.of(one[:, None], one, one)
    assert is_followed({Weight.PERSON: (raked,), Weight.HOUSEHOLD: ()})
    for steps in ((), (greg,), (raked, raked), (Raked([(cells, one), (cells, one.copy())]),)):
        assert not is_followed({Weight.PERSON: steps})
