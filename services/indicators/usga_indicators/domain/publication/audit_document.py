"""The attack on a release as it is stored with it: internal, because intervals tell of people."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from usga_indicators.domain.publication.hierarchy import Told


def audit_document(told: Sequence[Told]) -> dict[str, Any]:
    """How many hidden cells were attacked in sums, how many stayed open, and every interval.

    An interval is [position of the cell, layer, least, most]; most is null where it has no end.
    """
    return {
        "cells": len({each.place for each in told}),
        "open": len({each.place for each in told if not each.protected}),
        "intervals": [
            [each.place, each.layer.value, _short(each.lower), _short(each.upper)] for each in told
        ],
    }


def _short(value: float) -> float | None:
    return round(value, 6) if isfinite(value) else None
