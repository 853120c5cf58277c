"""Scores of institutions and places as observations: nobody stands behind them to protect."""

from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any

from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from usga_indicators.domain.definition.model import UnitMeasure
from usga_indicators.domain.publication import Protected
from usga_indicators.domain.tabulation import CellEstimate

_PERCENT = 100.0


def published(found: CellEstimate, *, release: str, time_period: str) -> Protected:
    """One score to one decimal, with the number of records or points and without an interval."""
    definition, cell, estimate = found.definition, found.cell, found.estimate
    scale = _PERCENT if definition.unit_measure is UnitMeasure.PERCENT else 1.0
    value = estimate.value * scale
    observation = Observation(
        indicator=definition.code,
        ref_area=cell.ref_area,
        stratum=cell.stratum,
        time_period=time_period,
        sex=cell.sex,
        age=cell.age,
        item=cell.item,
        subgroup=cell.subgroup,
        obs_value=_one_decimal(value),
        sample_size=estimate.n,
        unit_measure=definition.unit_measure.value,
        obs_status=ObsStatus.NORMAL if isfinite(value) else ObsStatus.MISSING,
        conf_status=ConfStatus.FREE,
        release=release,
        method_version=definition.version,
    )
    return Protected(observation, _internal(found, scale))


def _one_decimal(value: float) -> float | None:
    """Halves away from zero, as percentages are rounded (D-05)."""
    if not isfinite(value):
        return None
    return float(Decimal(repr(value)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def _internal(found: CellEstimate, scale: float) -> dict[str, Any]:
    numbers = asdict(found.estimate) | {"value": found.estimate.value * scale}
    kept = {k: v if isfinite(v) else None for k, v in numbers.items()}
    return {**kept, "missing": asdict(found.missing)}
