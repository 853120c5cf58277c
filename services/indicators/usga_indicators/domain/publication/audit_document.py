"""The attack on a release as it is stored with it: internal, because intervals tell of people."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from usga_indicators.domain.publication.beside import ToldBeside
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


def beside_document(releases: Sequence[str], told: Sequence[ToldBeside]) -> dict[str, Any]:
    """The same of the release together with `releases`, the published ones.

    `told` lists the cells that are open: [release, position, layer, least, most].
    """
    bare = [each for each in told if not each.told.protected]
    return {
        "releases": list(releases),
        "cells": len({(each.release, each.told.place) for each in told}),
        "open": len({(each.release, each.told.place) for each in bare}),
        "told": [
            [
                each.release,
                each.told.place,
                each.told.layer.value,
                _short(each.told.lower),
                _short(each.told.upper),
            ]
            for each in bare
        ],
    }


def _short(value: float) -> float | None:
    return round(value, 6) if isfinite(value) else None
