"""Interviews that say the same as one row of an engine's answer, and what they add to the sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
from ibis.expr import types as ir
from scipy import sparse

from usga_indicators.domain.codebook.column import FloatArray, IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.incremental.contributions import COUNTED, Contribution, contribution_of
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.tasks import Task

#: What an engine adds up of each state: everybody, and of each weight its sum and who has one.
ADDED = ("people", "w_person", "w_household", "n_person", "n_household")
_IMPLIED, _LACKING = 1, 2


def state_columns(parts: int) -> tuple[str, ...]:
    """The columns that tell what an interview says of an indicator."""
    shares = [f"{name}{at}" for at in range(parts) for name in ("y", "x")]
    return ("at", *shares, "missing", "flags")


def states_of(worked: Sequence[Mapping[str, ir.Value]], parts: int) -> ir.ArrayValue:
    """What an interview says of each indicator, as an array with one entry for each."""
    entries = []
    for at, own in enumerate(worked):
        flags = ibis.cases((own["implied"], _IMPLIED), else_=0) + ibis.cases(
            (own["lacking"], _LACKING), else_=0
        )
        fields: dict[str, ir.Value] = {"at": ibis.literal(at, "int32")}
        for part in range(parts):
            for name in (f"y{part}", f"x{part}"):
                fields[name] = own.get(name, ibis.null("float64")).cast("float64")
        fields |= {"missing": own["missing"].cast("int32"), "flags": flags.cast("int32")}
        entries.append(ibis.struct(fields))
    return ibis.array(entries)


def added(table: ir.Table) -> dict[str, ir.Value]:
    """The sums of ADDED."""
    person, household = table["#w_person"], table["#w_household"]
    return {
        "people": table.count(),
        "w_person": person.sum(),
        "w_household": household.sum(),
        "n_person": (person != 0.0).cast("int64").sum(),
        "n_household": (household != 0.0).cast("int64").sum(),
    }


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """The states of one indicator: the group of each, what it says, and who is in it."""

    group: IntArray
    columns: Mapping[str, Any]

    def contribution(self, task: Task, parts: int, groups: int) -> Contribution:
        """The sums of groups: as many times what one interview of the state adds."""
        weight = "household" if task.weight is Weight.HOUSEHOLD else "person"
        flags = np.asarray(self.columns["flags"])
        size = len(flags)
        nobody: IntArray = np.zeros(size, dtype=np.int64)
        said = replace(task, data=self.prepared(parts))
        one = contribution_of(said, _nowhere(nobody), np.ones(size))
        weights, counts = (self.numbers(f"{name}_{weight}") for name in ("w", "n"))
        of_psu, of_cell = _counting(task, parts)
        by_psu = one.by_psu * np.where(of_psu, counts[:, None], weights[:, None])
        by_cell = one.by_cell * np.where(of_cell, counts[:, None], weights[:, None])
        by_cell[:, -1] = np.where(flags & _LACKING, self.numbers("people"), 0.0)
        return Contribution(self._summed(by_psu, groups), self._summed(by_cell, groups))

    def prepared(self, parts: int) -> Prepared:
        """What each state says, as of one interview."""
        flags = np.asarray(self.columns["flags"])
        return Prepared(
            numerators=self._shares("y", parts),
            denominators=self._shares("x", parts),
            missing=np.asarray(self.columns["missing"]).astype(np.int8),
            implied=(flags & _IMPLIED) > 0,
        )

    def numbers(self, name: str) -> FloatArray:
        """A sum of each state."""
        return np.asarray(self.columns[name], dtype=np.float64)

    def _shares(self, name: str, parts: int) -> FloatArray:
        return np.stack([self.numbers(f"{name}{at}") for at in range(parts)], axis=1)

    def _summed(self, values: FloatArray, groups: int) -> FloatArray:
        rows = np.arange(len(values))
        gather = sparse.csr_matrix((np.ones(len(rows)), (self.group, rows)), (groups, len(rows)))
        return np.asarray(gather @ values)


def _counting(task: Task, parts: int) -> tuple[Any, Any]:
    """Which sums count people; the others add their weights up."""
    if task.is_linear:
        by_psu, by_cell = [False, False, True, True], [False] * 8
        by_cell[2] = by_cell[7] = True  # rows, and rows with y
    else:
        by_psu = [False] * (2 * parts) + [True]
        products = parts * (2 * parts + 1)
        by_cell = [False] * (products + 1) + [True] * (1 + 2 * parts)
    return np.array(by_psu), np.array(by_cell + [True] * COUNTED)


def _nowhere(codes: IntArray) -> Frame:
    """As many interviews that say nothing."""
    nothing = RawText(codes, ("",))
    ones = np.ones(len(codes))
    return Frame(len(codes), nothing, nothing, ones, ones, {})
