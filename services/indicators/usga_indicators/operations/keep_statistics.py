"""What a release keeps beside its observations: sums by PSU and cell, without any interview."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.incremental import SufficientStatistics
from usga_indicators.domain.incremental.kept import (
    estimates_of_kept,
    from_bytes,
    keep,
    to_bytes,
)
from usga_indicators.domain.tabulation import CellEstimate
from usga_indicators.domain.tabulation.analysis import Analysis

_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The interviews of a form, how they are analysed, and their sums where they are known."""

    frame: Frame
    analysis: Analysis
    statistics: SufficientStatistics | None = None


def kept_statistics(
    forms: Sequence[Counted],
    answered: Mapping[str, tuple[Definition, Frame]],
    found: Sequence[CellEstimate],
    context: AssessmentContext,
) -> bytes:
    """The sums of every survey form that answered something, one block after the other."""
    drawn = {s.stratum: s.psus_sampled for s in context.strata}
    blocks: list[bytes] = []
    for form in forms:
        mine = [d for d, own in answered.values() if own is form.frame]
        if not mine:
            continue
        codes = {d.code for d in mine}
        kept = keep(
            sorted(mine, key=lambda d: d.code),
            form.frame,
            areas_of(context),
            [each for each in found if each.definition.code in codes],
            drawn=drawn,
            analysis=form.analysis,
            statistics=form.statistics,
        )
        block = to_bytes(kept)
        blocks.append(_LENGTH.pack(len(block)) + block)
    return b"".join(blocks)


def estimates_again(
    content: bytes,
    definitions: Sequence[Definition],
    context: AssessmentContext,
    analysis: Analysis,
) -> list[CellEstimate]:
    """The linear estimates of a release from what it kept. Raises LookupError."""
    drawn = {s.stratum: s.psus_sampled for s in context.strata}
    found: list[CellEstimate] = []
    while content:
        (length,) = _LENGTH.unpack_from(content)
        block, content = content[_LENGTH.size :][:length], content[_LENGTH.size + length :]
        kept = from_bytes(block, definitions, areas_of(context))
        found += estimates_of_kept(kept, drawn, analysis)
    return found


def areas_of(context: AssessmentContext) -> dict[str, str]:
    """Area by stratum, where there is one."""
    return {s.stratum: s.area for s in context.strata if s.area}
