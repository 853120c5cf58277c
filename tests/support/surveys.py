"""Synthetic interviews of two versions of the form as analysis frames."""

import copy
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from usga_indicators.domain.codebook import Codebook, Frame, codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.tabulation import CellEstimate
from usga_indicators.operations.follow_feed import wanted_names
from usga_indicators.storage.extract_tables import Tables, empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem

from tests.support.indicators import extract_items, outline

LATER = "2026.2.0"
LACKING = "sh_12m"
_NUMBERS = ("value", "se", "ci_low", "ci_high", "deff", "cv")
_COUNTS = ("df", "n", "n_numerator", "n_psu")


@lru_cache(maxsize=1)
def known() -> Codebook:
    """Two versions of the household survey; the later one lacks a component of unions."""
    later = copy.deepcopy(outline())
    later["version"] = LATER
    later["nodes"] = [node for node in later["nodes"] if node["name"] != LACKING]
    return codebook_of([outline(), later])


@lru_cache(maxsize=1)
def layout() -> Layout:
    """What the whole catalogue reads."""
    return Layout.of(known(), wanted_names(catalogue(), known()))


def definitions(*codes: str) -> list[Definition]:
    """Shipped definitions; without codes all of the survey."""
    return [d for d in catalogue() if d.is_of_survey and (not codes or d.code in codes)]


def people(count: int, *, seed: int = 1, strata: int = 4, psus: int = 6) -> list[dict[str, Any]]:
    """Items of an extract with everything odd in them: versions, missing weights, one lone PSU."""
    items = extract_items(count, seed=seed, strata=strata, psus=psus)
    for at, item in enumerate(items):
        if at % 3 == 0:
            item["version"] = LATER
            item["s3"].pop(LACKING, None)
        if at % 17 == 5:
            item["w_person"] = None
        if at % 19 == 6:
            item["w_household"] = 0.0
        if at % 23 == 7:
            item["disposition"] = "2.1"
        if at % 29 == 8:
            item["answers"]["sex"] = "other"
        if at % 11 == 9:
            item |= {"stratum": "s99", "psu": "alone"}
    return items


def tables_of(items: Sequence[dict[str, Any]]) -> Tables:
    """The extract that holds these items."""
    return merge(
        empty_tables(layout()), layout(), [ExtractItem.model_validate(item) for item in items]
    )


def frame_from(tables: Tables, some: Iterable[Definition]) -> Frame:
    """The interviews of an extract with the variables of these definitions."""
    names = wanted_names(some, known())
    return frame_of(interviews_of(tables, layout()), known(), names, skip_rules())


def assert_same(
    got: Sequence[CellEstimate], wanted: Sequence[CellEstimate], *, tolerance: float = 1e-12
) -> None:
    """Every number of every cell, what is undefined included."""
    assert [(e.definition.code, e.cell) for e in got] == [
        (e.definition.code, e.cell) for e in wanted
    ]
    for mine, theirs in zip(got, wanted, strict=True):
        where = f"{mine.definition.code} {mine.cell}"
        for name in ("missing", "partial", "lonely"):
            assert getattr(mine, name) == getattr(theirs, name), where
        for name in _COUNTS:
            assert getattr(mine.estimate, name) == getattr(theirs.estimate, name), where
        for name in _NUMBERS:
            a, b = getattr(mine.estimate, name), getattr(theirs.estimate, name)
            close = np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
            assert close, f"{where} {name}: {a!r} {b!r}"
