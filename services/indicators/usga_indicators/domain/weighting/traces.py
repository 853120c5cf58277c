"""What calibration steps leave for linearisation: the residuals that a variance is made of."""

from collections.abc import Sequence

import numpy as np

from usga_indicators.domain.design import Adjustment
from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.weighting.frozen import (
    Calibrated,
    FrozenStep,
    Multiplied,
    Table,
    cells_of,
)
from usga_indicators.domain.weighting.make import base_weights
from usga_indicators.domain.weighting.recipe import Of
from usga_indicators.domain.weighting.residuals import Calibrated as Regression
from usga_indicators.domain.weighting.residuals import Raked
from usga_indicators.domain.weighting.units import Units


def adjustments_of(steps: Sequence[FrozenStep], units: Units, of: Of) -> tuple[Adjustment, ...]:
    """The calibration steps of one set of weights, in their order.

    Non-response factors and trimming count as given: what they add to the variance only
    replicate weights that are adjusted anew can tell.
    """
    weights = base_weights(units)[of]
    found: list[Adjustment] = []
    for at, step in enumerate(steps):
        if of not in step.of:
            continue
        before, place = weights, f"/steps/{at}"
        weights = step.apply(of, weights, units, place)
        match step:
            case Multiplied(kind="rake"):
                tables = step.tables[step.of.index(of)]
                cells = [_apart(units, t, weights, place) for t in tables]
                found.append(Raked([(cell, weights) for cell in cells]))
            case Calibrated():
                columns = []
                for table in step.multipliers[step.of.index(of)]:
                    keys = tuple(table.factors)
                    cell = cells_of(units, table.names, keys, place)
                    columns.append((cell[:, None] == np.arange(len(keys))).astype(np.float64))
                x = np.concatenate(columns, axis=1)
                safe = np.where(before > 0, before, 1.0)
                found.append(Regression.of(x, before, np.where(before > 0, weights / safe, 1.0)))
            case _:
                pass
    return tuple(found)


def _apart(units: Units, table: Table, weights: FloatArray, place: str) -> IntArray:
    """The cell of each row; rows without a weight have one of their own, where all is zero."""
    cell = cells_of(units, table.names, tuple(table.factors), place)
    return np.where((cell < 0) | (weights <= 0), len(table.factors), cell)
