"""What a set of weights does to precision: spread, and Kish's design effect of weighting."""

from typing import Any

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.weighting.units import Units


def described_weights(units: Units, weights: FloatArray) -> dict[str, Any]:
    """Facts of the weights above zero.

    CV with divisor n; deff = 1 + CV^2 = n sum w^2/(sum w)^2 (Kish 1965, section 11.7), and the
    effective number of interviews n/deff.
    """
    used = weights[weights > 0]
    n = len(used)
    if n == 0:
        return {"n": 0, "sum": 0.0}
    total = float(used.sum())
    squares = float(used @ used)
    deff = n * squares / total**2
    return {
        "n": n,
        "without_weight": int((weights <= 0).sum()),
        "sum": total,
        "mean": total / n,
        "min": float(used.min()),
        "max": float(used.max()),
        "median": float(np.median(used)),
        "cv": float(np.sqrt(max(deff - 1.0, 0.0))),
        "deff_kish": deff,
        "n_effective": n / deff,
        "by_stratum": _by_stratum(units, weights),
    }


def _by_stratum(units: Units, weights: FloatArray) -> list[dict[str, Any]]:
    strata = units.variables.get("stratum")
    if strata is None:
        return []
    found = []
    for at, level in enumerate(strata.levels):
        own = weights[(strata.codes == at) & (weights > 0)]
        if len(own):
            found.append(
                {
                    "stratum": level,
                    "n": len(own),
                    "sum": float(own.sum()),
                    "min": float(own.min()),
                    "max": float(own.max()),
                }
            )
    return found
