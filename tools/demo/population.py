"""Margins of an invented population: the adults behind the sample, by sex and by age.

No census of any real place: the total is what the sample itself stands for, the shares are those
that the synthetic people were drawn with (`habits.toml`).
"""

import tomllib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tools.demo.fieldwork import HABITS
from tools.demo.sample import Household

#: First age of each band, and its code.
_BANDS = (
    (18, "Y18T24"),
    (25, "Y25T34"),
    (35, "Y35T44"),
    (45, "Y45T54"),
    (55, "Y55T64"),
    (65, "Y_GE65"),
)
_ROUNDED_TO = 100


def margins(sample: Iterable[Household]) -> list[dict[str, Any]]:
    """Population margins as the service takes them, each marked as synthetic."""
    adults = sum(household.n_eligible / (household.pi1 * household.pi2) for household in sample)
    total = _ROUNDED_TO * round(adults / _ROUNDED_TO)
    habits = tomllib.loads(HABITS.read_text(encoding="utf-8"))
    low, high = habits["numbers"]["age"]
    return [
        _margin("sex", habits["choices"]["sex"], total),
        _margin("age", _ages(low, high), total),
    ]


def _ages(low: float, high: float) -> dict[str, float]:
    """Shares of a triangular distribution with its peak at a quarter, as people are drawn."""
    peak = low + (high - low) / 4

    def below(age: float) -> float:
        if age <= peak:
            return max(age - low, 0) ** 2 / ((high - low) * (peak - low))
        return 1 - max(high - age, 0) ** 2 / ((high - low) * (high - peak))

    # whole years: an age of 24 was drawn as 23.5 to 24.5
    edges = [low - 0.5, *(first - 0.5 for first, _ in _BANDS[1:]), high + 0.5]
    shares = [below(b) - below(a) for a, b in pairwise(edges)]
    return {code: share for (_, code), share in zip(_BANDS, shares, strict=True)}


def _margin(name: str, shares: dict[str, float], total: int) -> dict[str, Any]:
    codes = list(shares)
    counts = [round(total * shares[code]) for code in codes[:-1]]
    counts.append(total - sum(counts))
    return {
        "name": name,
        "variables": [name],
        "cells": [
            {"categories": [code], "population": count}
            for code, count in zip(codes, counts, strict=True)
        ],
        "source": "SYNTHETIC: invented population of the demonstration, no census",
        "as_of": "2026-01-01",
    }
