"""What each interview adds to the sums of an indicator, as an engine's columns, and back."""

from collections.abc import Mapping

import ibis
import numpy as np
from ibis.expr import types as ir

from usga_indicators.domain.codebook.column import FloatArray
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.incremental.contributions import REASONS, TALLIES, Contribution
from usga_indicators.domain.portable.measures import Worked
from usga_indicators.domain.tabulation.tasks import is_ratio

#: Of a share with x = 1 and y of 0 or 1: the sum that each other one equals.
_SAME = {"wx": "w", "wyy": "wy", "wyx": "wy", "wxx": "w", "based": "n"}
_ZERO, _ONE = ibis.literal(0, "int32"), ibis.literal(1, "int32")
_BY_PSU = ("wy", "wx", "n", "based")
_BY_CELL = ("wy", "wx", "n", "wyy", "wyx", "wxx", "w", "ny", *TALLIES, "lacking")


def columns_of(
    definition: Definition, worked: Worked, w: ir.NumericValue, *, is_share: bool
) -> dict[str, ir.Value]:
    """Columns by the names of `incremental.contributions`; `w` is the weight, never null."""
    y, x = worked.y, worked.x
    used = w != 0.0
    based = used & worked.based
    inside = (x != 0.0) | (y != 0.0) if is_ratio(definition) else x != 0.0
    counted = based if is_share else based & inside
    numbers = {"wy": w * y, "w": w}
    flags = {"n": counted, "ny": counted & (y != 0.0)}
    if not is_share:
        numbers |= {"wx": w * x, "wyy": w * y * y, "wyx": w * y * x, "wxx": w * x * x}
        flags |= {"based": based}
    flags |= {name: used & (worked.missing == int(kind)) for name, kind in REASONS.items()}
    flags |= {"implied": used & worked.implied}
    if definition.union:
        flags |= {"lacking": worked.lacking}
    return {
        **{name: ibis.cases((counted, value), else_=_ZERO) for name, value in numbers.items()},
        **{name: ibis.cases((flag, _ONE), else_=_ZERO) for name, flag in flags.items()},
    }


def contribution_from(sums: Mapping[str, FloatArray], groups: int) -> Contribution:
    """The sums of groups in the order of an indicator's columns."""

    def column(name: str) -> FloatArray:
        found = sums.get(name, sums.get(_SAME.get(name, "")))
        return np.zeros(groups) if found is None else found.astype(np.float64)

    return Contribution(
        np.stack([column(name) for name in _BY_PSU], axis=1),
        np.stack([column(name) for name in _BY_CELL], axis=1),
    )
