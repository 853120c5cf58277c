"""The bootstrap of the sample: errors of one sample go together, and hidden cells stay out."""

from functools import lru_cache

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame, codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.composites import (
    Component,
    Index,
    Pillar,
    Replicates,
    Value,
    Wanted,
    bootstrap,
    evaluate,
)
from usga_indicators.domain.composites.index import Aggregation
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.tabulation import Cell, tabulate
from usga_indicators.operations.follow_feed import wanted_names
from usga_indicators.storage.extract_tables import empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem

from tests.support.indicators import extract_items, outline

BY_CODE = {d.code: d for d in catalogue()}
CODES = ("ENV-01", "PER-01", "PER-04", "GOV-01", "VIC-10")


@lru_cache(maxsize=1)
def frame() -> Frame:
    """800 synthetic interviews in four strata of ten primary units."""
    definitions = [BY_CODE[code] for code in CODES]
    codebook, names = codebook_of([outline()]), wanted_names(definitions)
    layout = Layout.of(codebook, names)
    items = [ExtractItem.model_validate(i) for i in extract_items(800, psus=10)]
    raw = interviews_of(merge(empty_tables(layout), layout, items), layout)
    return frame_of(raw, codebook, names, skip_rules())


def wanted(*codes: str) -> list[Wanted]:
    return [Wanted(code, BY_CODE[code], frame()) for code in codes]


def found(*codes: str, drawn: dict[str, int] | None = None, draws: int = 2000) -> Replicates:
    made = bootstrap(wanted(*codes), drawn or {}, seed=7, draws=draws)
    assert made is not None
    return made


@pytest.mark.parametrize("drawn", [{}, {"s01": 14}], ids=["all-reached", "four-psus-empty"])
def test_its_errors_are_those_of_linearisation(drawn: dict[str, int]) -> None:
    """Of shares, means of shares and incidents; persons and households; the whole and a stratum."""
    estimates = tabulate([BY_CODE[c] for c in CODES], frame(), {}, drawn)
    taylor = {(e.definition.code, e.cell): 100 * e.estimate.se for e in estimates}
    made = found(*CODES, drawn=drawn)
    for column, code in enumerate(CODES):
        for row, area in enumerate(made.areas):
            cell = Cell() if area == "_T" else Cell(stratum=area)
            if (code, cell) in taylor:
                error = made.deviations[:, row, column].std()
                assert error == pytest.approx(taylor[code, cell], rel=0.12), (code, area)


def test_the_same_seed_gives_the_same_replicates_and_strata_are_drawn_apart() -> None:
    one, again = found("PER-01", draws=200), found("PER-01", draws=200)
    assert np.array_equal(one.deviations, again.deviations)
    first, second = one.deviations[:, 1, 0], one.deviations[:, 2, 0]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def difference() -> Index:
    """Half of one share and half of what it lacks to a hundred: always fifty."""
    components = (
        Component("PER-01", "_T", 0, 100, reversed_=False),
        Component("PER-01x", "_T", 0, 100, reversed_=True),
    )
    return Index(
        "X", "1.0.0", {}, (Pillar("p", {}, components),),
        floor=0, pillar_needs=1, index_needs=1, aggregation=Aggregation.ARITHMETIC,
    )  # fmt: skip


def test_errors_that_cancel_in_the_sample_cancel_in_the_index() -> None:
    """Planted: standard errors alone, taken as independent, give a wide interval."""
    share = found("PER-01").deviations[:, :1]
    made = Replicates(("_T",), ("PER-01", "PER-01x"), np.concatenate([share, share], axis=2))
    values = {"_T": {"PER-01": Value(60, 3.0), "PER-01x": Value(60, 3.0)}}
    together = evaluate(difference(), values, seed=1, replicates=made, draws=2000).areas[0]
    apart = evaluate(difference(), values, seed=1, draws=2000).areas[0]
    assert together.low == pytest.approx(50)
    assert together.high == pytest.approx(50)
    assert apart.low is not None
    assert apart.high is not None
    assert apart.high - apart.low > 5


def test_what_a_release_hides_is_in_no_interval() -> None:
    """The hidden component moves in every replicate, and neither score nor interval shows it."""
    index = difference()
    quiet = np.zeros((50, 1, 2))
    loud = quiet.copy()
    loud[..., 1] = np.linspace(-40, 40, 50)[:, None]
    values = {"_T": {"PER-01": Value(60, None)}}
    open_ = Index(**{f: getattr(index, f) for f in index.__slots__} | {"pillar_needs": 0.5})
    scores = [
        evaluate(
            open_, values, seed=1, draws=50,
            replicates=Replicates(("_T",), ("PER-01", "PER-01x"), deviations),
        )
        for deviations in (quiet, loud)
    ]  # fmt: skip
    assert scores[0].areas == scores[1].areas
    assert scores[0].areas[0].missing == ("PER-01x",)


def test_what_is_not_of_the_sample_keeps_its_own_error() -> None:
    """A rate of records has a standard error and no replicate."""
    made = Replicates(("_T",), ("PER-01",), np.zeros((2000, 1, 1)))
    values = {"_T": {"PER-01": Value(60, 3.0), "PER-01x": Value(40, 4.0)}}
    area = evaluate(difference(), values, seed=1, draws=2000, replicates=made).areas[0]
    assert area.low is not None
    assert area.high is not None
    assert (area.high - area.low) / 2 == pytest.approx(1.96 * 2, abs=0.2)  # half of 4


def test_strata_with_one_unit_are_drawn_as_one_and_tell_no_error_of_their_own() -> None:
    codebook, names = codebook_of([outline()]), wanted_names([BY_CODE["PER-01"]])
    layout = Layout.of(codebook, names)
    items = [
        ExtractItem.model_validate({**item, "psu": item["stratum"]})
        for item in extract_items(400)
        if item["stratum"] in {"s01", "s02", "s03"}
    ]
    raw = interviews_of(merge(empty_tables(layout), layout, items), layout)
    alone = frame_of(raw, codebook, names, skip_rules())
    made = bootstrap([Wanted("PER-01", BY_CODE["PER-01"], alone)], {}, seed=7, draws=100)
    assert made is not None
    assert made.deviations[:, 0, 0].std() > 0
    assert np.isnan(made.deviations[:, 1:, 0]).all()
