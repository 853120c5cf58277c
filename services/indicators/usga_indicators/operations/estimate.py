"""The estimation job: pure work on an extract, run in a thread of its own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.codebook import Codebook, frame_of, skip_rules
from usga_indicators.domain.codebook.comparability import Compared, changes_in, compared
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition.names import variables_of, with_screeners
from usga_indicators.domain.design import DesignError
from usga_indicators.domain.publication import Protected, Told, protect_and_audit
from usga_indicators.domain.tabulation import CellEstimate, tabulate
from usga_indicators.messages import DesignRefused, NothingToEstimate
from usga_indicators.operations.follow_feed import Source, wanted_names
from usga_indicators.storage.extract_tables import interviews_of, snapshot_digest


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a release freezes."""

    cells: list[Protected]
    definitions: list[Definition]
    snapshot_sha256: str
    interviews: int
    compared: Mapping[str, Compared] = field(default_factory=dict)
    """How far the versions of the form asked the same, by indicator."""
    told: Sequence[Told] = ()
    """What an attacker could say of the hidden cells."""


def estimate(
    sources: Sequence[Source],
    definitions: Sequence[Definition],
    context: AssessmentContext,
    *,
    release: str,
    time_period: str,
) -> Estimated:
    """Estimate, protect and digest; each definition on the first instrument that can answer it.

    Raises DesignRefused when the sample cannot carry a variance, NothingToEstimate without
    interviews.
    """
    found: list[CellEstimate] = []
    compared_by_code: dict[str, Compared] = {}
    interviews = 0
    for source in sources:
        done = {cell.definition.code for cell in found}
        waiting = [d for d in definitions if d.code not in done]
        new, size = _of_source(source, waiting, context)
        found += new
        changes = changes_in(context.comparisons, source.layout.instrument)
        for definition in {cell.definition.code: cell.definition for cell in new}.values():
            compared_by_code[definition.code] = compared(
                questions_of(definition, source.codebook), changes
            )
        interviews = max(interviews, size)
    if not found:
        raise NothingToEstimate
    cells, told = protect_and_audit(
        [
            _marked(cell, compared_by_code[cell.definition.code])
            for cell in sorted(found, key=lambda c: c.definition.code)
        ],
        release=release,
        time_period=time_period,
        probability_sample=context.probability_sample,
        area_of_stratum=_areas(context),
    )
    used = {c.definition.code for c in found}
    return Estimated(
        cells=cells,
        definitions=[d for d in definitions if d.code in used],
        snapshot_sha256=_digest(sources),
        interviews=interviews,
        compared=compared_by_code,
        told=told,
    )


def _marked(cell: CellEstimate, found: Compared) -> CellEstimate:
    match found.effect:
        case "full":
            return cell
        case "partial":
            return replace(cell, partial=True)
        case _:
            return replace(cell, partial=True, broken=True)


def questions_of(definition: Definition, codebook: Codebook) -> tuple[str, ...]:
    """The questions that a definition's answers rest on, screeners included."""
    rules = skip_rules().joined(codebook.skips)
    return with_screeners((*variables_of(definition), *definition.union), rules)


def _of_source(
    source: Source, definitions: Sequence[Definition], context: AssessmentContext
) -> tuple[list[CellEstimate], int]:
    raw = interviews_of(source.tables, source.layout)
    if len(raw) == 0:
        return [], 0
    rules = skip_rules().joined(source.codebook.skips)
    frame = frame_of(raw, source.codebook, wanted_names(definitions, source.codebook), rules)
    drawn = {s.stratum: s.psus_sampled for s in context.strata}
    try:
        return tabulate(definitions, frame, _areas(context), drawn), len(raw)
    except DesignError as error:
        raise DesignRefused(code=error.code) from error


def _areas(context: AssessmentContext) -> dict[str, str]:
    return {s.stratum: s.area for s in context.strata if s.area}


def _digest(sources: Sequence[Source]) -> str:
    parts = [f"{s.layout.instrument} {snapshot_digest(s.tables)}" for s in sources]
    if len(parts) == 1:
        return parts[0].partition(" ")[2]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
