"""All that a release estimates of a sample and sums can give, worked out by an engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ibis.expr import types as ir

from usga_indicators.domain.codebook.codebook import Codebook
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.incremental import SufficientStatistics, estimates_from
from usga_indicators.domain.portable.grouping import Grouping, OneGroup, SexAndAge
from usga_indicators.domain.portable.scan import PortableScan, Run
from usga_indicators.domain.portable.weights import (
    PortableReplicates,
    refusal_of_errors,
    with_errors,
)
from usga_indicators.domain.tabulation.analysis import Analysis
from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate
from usga_indicators.domain.tabulation.groups import GROUPS


class ErrorsNotPortable(ValueError):
    """An engine cannot give the errors that an analysis asks for; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class PortableEstimates:
    """Estimates of a scan in the order of `tabulate`; one pass more for each group asked for."""

    scan: PortableScan
    areas: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    analysis: Analysis = field(default_factory=Analysis)
    replicates: PortableReplicates | None = None

    def of(
        self, table: ir.Table, definitions: Sequence[Definition], run: Run
    ) -> list[CellEstimate]:
        """Every portable definition in every cell. Raises ErrorsNotPortable, a DesignError."""
        finding = refusal_of_errors(self.analysis)
        if finding is not None:
            raise ErrorsNotPortable(finding.message)
        portable = self.scan.portable(table, definitions)
        places: dict[tuple[str, str], list[CellEstimate]] = {
            (one.code, item): [] for each in portable for item, one in each.by_item()
        }
        for by, wanted in self._passes(table, portable):
            for each in self._one(table, wanted, run, by):
                places[each.definition.code, each.cell.item].append(each)
        return [each for found in places.values() for each in found]

    def _passes(
        self, table: ir.Table, portable: Sequence[Definition]
    ) -> Iterator[tuple[Grouping, list[Definition]]]:
        yield SexAndAge(), list(portable)
        for group in GROUPS:
            wanted = [d for d in portable if group.breakdown in d.disaggregations]
            if wanted and _has(table, self.scan.codebook, group.columns):
                yield OneGroup(group), wanted

    def _one(
        self, table: ir.Table, wanted: Sequence[Definition], run: Run, by: Grouping
    ) -> list[CellEstimate]:
        statistics = self.scan.statistics(table, wanted, self.areas, run, by)
        if isinstance(by, OneGroup) and not _any_in(by, statistics):
            return []  # nobody answered the question of the group
        found = estimates_from(statistics, self.drawn, analysis=self.analysis)
        if self.replicates is None:
            return found
        errors = self.replicates.errors(self.scan, table, wanted, areas=self.areas, run=run, by=by)
        return with_errors(found, [outline.task for outline in statistics.outlines], errors)


def _has(table: ir.Table, codebook: Codebook, names: Sequence[str]) -> bool:
    return all(name in table.columns and name in codebook for name in names)


def _any_in(by: OneGroup, statistics: SufficientStatistics) -> bool:
    return any(statistics.people_in(Cell(subgroup=c)) for c in by.group.codes())
