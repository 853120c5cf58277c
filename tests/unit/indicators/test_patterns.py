"""Who answers alike is worked out once, and gives what one by one gives."""

from functools import lru_cache

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.tabulation import patterns
from usga_indicators.domain.tabulation.measures import NotComputable, prepare, prepare_each
from usga_indicators.domain.tabulation.patterns import Patterns

from tests.support.surveys import definitions, frame_from, people, tables_of


@lru_cache(maxsize=1)
def frame() -> Frame:
    return frame_from(tables_of(people(300)), definitions())


@pytest.fixture(autouse=True)
def of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MANY", 1)
    monkeypatch.setattr(patterns, "_LEAST_OF_PATTERN", 0)


@pytest.mark.parametrize(
    "definition",
    [one for each in definitions() for _, one in each.by_item()[:2]],
    ids=lambda d: d.code,
)
def test_a_definition_gives_the_same(definition: Definition) -> None:
    try:
        wanted = prepare_each(definition, frame())
    except NotComputable:
        with pytest.raises(NotComputable):
            prepare(definition, frame())
        return
    found = prepare(definition, frame())
    assert found.partial == wanted.partial
    for name in ("numerators", "denominators", "missing", "implied"):
        mine, theirs = getattr(found, name), getattr(wanted, name)
        assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f"), name


def test_most_definitions_have_few_patterns() -> None:
    found = [Patterns.of(each, frame()) for each in definitions("PER-02", "VIC-01", "GOV-07")]
    counts = [len(each.frame) for each in found if each is not None]
    assert len(counts) == len(found)
    assert max(counts) < len(frame())
    assert counts[0] < 10


def test_rows_of_repeats_and_measured_numbers_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (rows,) = definitions("VIC-10")
    assert Patterns.of(rows, frame()) is None
    (number,) = definitions("VIO-11")
    monkeypatch.setattr(patterns, "_LARGEST", -1)
    assert Patterns.of(number, frame()) is None
