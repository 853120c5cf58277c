"""Quality of the fieldwork as indicators: outcome rates and silence, unweighted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.codebook.codebook import Codebook
from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Breakdown, Definition, Method
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.sources.unweighted import plain
from usga_indicators.domain.tabulation import Cell, CellEstimate
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.estimates import MissingTally

_SENSITIVE = 2
_SILENT = (Kind.DK, Kind.REF)
_ASKED = (Kind.ASKED, Kind.DK, Kind.REF, Kind.NA, Kind.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Cases by outcome and the rates that AAPOR makes of them."""

    complete: int
    partial: int
    others: int
    rr2: float | None
    rr3: float | None


def response_rates(
    definition: Definition, total: Outcomes | None, strata: Mapping[Cell, Outcomes]
) -> list[CellEstimate]:
    """RR2 or RR3 of the sample and of its strata; none where nothing was drawn."""
    wanted = strata if Breakdown.STRATUM in definition.disaggregations else {}
    cells = {**({Cell(): total} if total is not None else {}), **wanted}
    second = definition.method is Method.RESPONSE_RATE_2
    return [
        CellEstimate(
            definition,
            cell,
            plain(
                value,
                o.complete + o.partial + o.others,
                o.complete + (o.partial if second else 0),
            ),
            MissingTally(),
            partial=False,
        )
        for cell, o in cells.items()
        if (value := o.rr2 if second else o.rr3) is not None
    ]


def item_silence(
    definition: Definition, frame: Frame, codebook: Codebook, names: Iterable[str]
) -> list[CellEstimate]:
    """Answers of dk or ref over S2 and S3 questions asked; n counts interviews.

    One share of all, or one of each module that the definition names as an item.
    """
    sensitive = [
        name
        for name in dict.fromkeys(names)
        if name in frame.columns and codebook[name].sensitivity >= _SENSITIVE
    ]
    found: list[CellEstimate] = []
    for item in definition.items or (TOTAL,):
        own = [name for name in sensitive if item in {TOTAL, codebook[name].module}]
        estimate = _silence(frame, own)
        if estimate is not None:
            found.append(
                CellEstimate(definition, Cell(item=item), estimate, MissingTally(), partial=False)
            )
    return found


def _silence(frame: Frame, names: Iterable[str]) -> Estimate | None:
    """None where nothing was asked."""
    asked = np.zeros(len(frame), dtype=np.int64)
    silent = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        column = frame.columns[name]
        asked += np.isin(column.kinds, _ASKED)
        silent += np.isin(column.kinds, _SILENT)
    if not asked.any():
        return None
    share = float(silent.sum() / asked.sum())
    return plain(share, int((asked > 0).sum()), int((silent > 0).sum()))
