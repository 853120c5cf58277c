"""Weight sets and replicate weights as columns that are joined to the extract by pseudonym.

The sums of one pass are those of the weights that its table has. Errors of replicates need sums
of each replicate, and no more; those of calibrated weights rest on the margins of each interview
and are arrays' work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import numpy as np
from ibis.expr import types as ir
from usga_expressions.findings import Finding, error

from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.portable.grouping import Grouping
from usga_indicators.domain.portable.measures import parts_in
from usga_indicators.domain.portable.scan import PortableScan, Run
from usga_indicators.domain.portable.sums import States
from usga_indicators.domain.tabulation.analysis import Analysis, Fpc
from usga_indicators.domain.tabulation.breakdowns import TOTAL, Cell, Partition
from usga_indicators.domain.tabulation.estimates import CellEstimate
from usga_indicators.domain.tabulation.spread import ReplicateRule, respread, spreads_of
from usga_indicators.domain.tabulation.tasks import Task

UNIT = "#unit"
#: Standard errors by code, category and cell.
Errors = dict[tuple[str, str, Cell], float]
_OWN = {"w_person": "#w_person", "w_household": "#w_household"}


def weighed(table: ir.Table, weights: ir.Table) -> ir.Table:
    """The interviews with the weights of a set: columns `#unit`, `w_person`, `w_household`.

    An interview that the set does not know weighs nothing: it is in the sample, and in no base.
    One without any weight of its own was not drawn, and stays out.
    """
    others = [n for n in table.columns if n not in _OWN.values()]
    joined = _joined(table, weights, _OWN)
    drawn = joined["#w_person"].notnull() | joined["#w_household"].notnull()
    return joined.select(
        *others,
        **{
            name: ibis.cases((drawn, joined[f"set {given}"].fill_null(0.0)))
            for given, name in _OWN.items()
        },
    )


def beside(table: ir.Table, replicates: ir.Table, names: Sequence[str]) -> ir.Table:
    """The interviews with columns of replicate weights; zero where none is told."""
    joined = _joined(table, replicates, names)
    return joined.select(
        *table.columns, **{name: joined[f"set {name}"].fill_null(0.0) for name in names}
    )


def _joined(table: ir.Table, other: ir.Table, names: Iterable[str]) -> ir.Table:
    """All interviews, and columns of the other table as `set NAME`."""
    own = other.select(**{f"set {n}": other[n] for n in (UNIT, *names)})
    return table.left_join(own, table[UNIT] == own[f"set {UNIT}"])


def refusal_of_errors(analysis: Analysis) -> Finding | None:
    """Why an engine's sums do not give the errors of an analysis; None where they do."""
    if any(analysis.adjustments.values()):
        return error(
            "not-portable",
            "errors of calibrated weights rest on the margins of each interview",
            hint="ask for replicate weights, or compute it with arrays, in parts",
        )
    if analysis.fpc is Fpc.TWO_STAGE:
        return error(
            "not-portable",
            "errors within PSUs rest on each interview",
            hint="leave the second stage out, or compute it with arrays, in parts",
        )
    return None


@dataclass(frozen=True, slots=True, eq=False)
class PortableReplicates:
    """Replicate weights of a table: names of their columns by weight, and how they vary."""

    columns: Mapping[Weight, Sequence[str]]
    rule: ReplicateRule

    def errors(
        self,
        scan: PortableScan,
        table: ir.Table,
        definitions: Sequence[Definition],
        *,
        areas: Mapping[str, str],
        run: Run,
        by: Grouping,
    ) -> Errors:
        """The standard error of each indicator and cell of a scan."""
        found: Errors = {}
        for weight, names in self.columns.items():
            some = [d for d in definitions if d.weight is weight]
            said = scan.said(table, some, run, by, more=names, psus=False) if some else None
            if said is not None and len(said.groups):
                cells = by.partitions(said.groups.frame(by, table.columns), areas)
                for task, states in said.of_tasks:
                    design = self._design(states, weight, names)
                    for partition in cells:
                        found |= self._of_cells(task, states, design, partition)
        return found

    def _design(self, states: States, weight: Weight, names: Sequence[str]) -> ReplicateDesign:
        """Sums of weights as the weights of rows."""
        whole = states.numbers("w_household" if weight is Weight.HOUSEHOLD else "w_person")
        each = np.stack([states.numbers(name) for name in names], axis=1)
        return ReplicateDesign(whole, each, self.rule.scale, self.rule.rscales, self.rule.mse)

    def _of_cells(
        self, task: Task, states: States, design: ReplicateDesign, partition: Partition
    ) -> Errors:
        one = replace(task, data=states.prepared(parts_in(task.definition)))
        own = replace(partition, cell=partition.cell[states.group])
        plain = SurveyDesign.of(weights=design.weights)
        spreads = spreads_of(one, plain, own, replicates=design, margins=None)
        return {
            (*task.key, cell): self.rule.error(spread.replicates)
            for cell, spread in zip(partition.cells, spreads, strict=True)
            if spread.replicates is not None
        }


def with_errors(
    found: Sequence[CellEstimate], outlines: Sequence[Task], errors: Errors
) -> list[CellEstimate]:
    """The same values with other errors, where there are any."""
    tasks = {task.key: task for task in outlines}
    return [_with_error(each, tasks, errors) for each in found]


def _with_error(
    each: CellEstimate, tasks: Mapping[tuple[str, str], Task], errors: Errors
) -> CellEstimate:
    code, item = each.definition.code, each.cell.item
    se = errors.get((code, item, replace(each.cell, item=TOTAL)))
    if se is None or not each.estimate.n:
        return each
    return replace(each, estimate=respread(tasks[code, item], each.estimate, se))
