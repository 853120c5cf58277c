"""An attacker of a release, written apart from the product: adds up all that readers see.

Breakdowns make up their total, strata their area, categories their base. All sums of an indicator
are solved at once, by a linear programme for each hidden count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from usga_indicators.domain.definition import Source
from usga_indicators.domain.disclosure import Sensitivity, Thresholds
from usga_indicators.domain.publication.statistics import statistic_of
from usga_indicators.domain.tabulation import Cell, CellEstimate
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ObsStatus

Sum = tuple[int | None, list[int]]


def sums_of(
    cells: list[CellEstimate],
    areas: Mapping[str, str],
    *,
    of_categories: bool,
    groups: Mapping[str, str] = MappingProxyType({}),
) -> Iterable[Sum]:
    """Every sum that readers can form, by place; `groups` are those that strata make up."""
    place = {c.cell: at for at, c in enumerate(cells)}
    for item in {c.cell.item for c in cells}:
        own = {c: at for c, at in place.items() if c.item == item}
        total = own[Cell(item=item)]
        strata = {c.stratum: at for c, at in own.items() if c.stratum != "_T"}
        if strata:
            yield total, list(strata.values())
        joined = {
            c.ref_area: at for c, at in own.items() if c.ref_area != "_T" and c.stratum == "_T"
        }
        if joined:
            alone = [at for s, at in strata.items() if areas.get(s) not in joined]
            yield total, [*joined.values(), *alone]
        for area, at in joined.items():
            inside = [strata[s] for s, a in areas.items() if a == area and s in strata]
            if inside:  # areas of records are made of no strata
                yield at, inside
        for code in sorted(set(groups.values())):
            whole = [at for c, at in own.items() if c.subgroup == code]
            if whole:
                yield whole[0], [strata[s] for s, g in groups.items() if g == code and s in strata]
        for name in ("sex", "age"):
            parts = [at for c, at in own.items() if getattr(c, name) != "_T"]
            if parts:
                yield total, parts
        for kind in {c.subgroup.split(":")[0] for c in own if c.subgroup != "_T"}:
            yield total, [at for c, at in own.items() if c.subgroup.startswith(f"{kind}:")]
    if of_categories:
        for of in {replace(c.cell, item="_T") for c in cells}:
            yield None, [at for c, at in place.items() if replace(c, item="_T") == of]


def largest(values: NDArray[np.float64], hidden: list[int], sums: list[Sum], place: int) -> float:
    """The largest value of a hidden count, over all that agrees with what is shown."""
    column = {at: k for k, at in enumerate(hidden)}
    rows, right = [], []
    for total, parts in sums:
        row = np.zeros(len(hidden))
        for at, sign in [
            *((p, 1.0) for p in parts),
            *([(total, -1.0)] if total is not None else []),
        ]:
            if at in column:
                row[column[at]] += sign
        if row.any():
            rows.append(row)
            right.append(float(row @ values[hidden]))
    goal = np.zeros(len(hidden))
    goal[column[place]] = -1.0
    solved = optimize.linprog(goal, A_eq=rows or None, b_eq=right or None)
    return -float(solved.fun) if solved.status == 0 else float("inf")


def broken(
    cells: list[CellEstimate],
    shown: list[Observation],
    areas: Mapping[str, str],
    groups: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Hidden counts that can be told too well, of one indicator."""
    definition, limits = cells[0].definition, Thresholds()
    n = np.array([float(c.estimate.n) for c in cells])
    x = np.array([float(c.estimate.n_numerator) for c in cells])
    hidden = [at for at, o in enumerate(shown) if o.obs_status is ObsStatus.SUPPRESSED]
    if not hidden:
        return []
    categories = len(definition.items) > 0
    known_base = [
        (total, parts)
        for total, parts in sums_of(cells, areas, of_categories=categories, groups=groups)
        if total is not None or not set(parts) <= set(hidden)
    ]
    sums = [s for s in known_base if s[0] is not None]
    counts = statistic_of(definition).value in {"prop", "ratio"}
    of_events = definition.source is Source.ADMINISTRATIVE and not counts  # of a known population
    s3, guarded = (
        definition.sensitivity >= Sensitivity.S3,
        definition.sensitivity >= Sensitivity.S2,
    )
    base = limits.base_hidden_s3 if s3 else limits.base_hidden
    found = []
    for at in hidden:
        small = (0.0 if guarded else 1.0) <= x[at] < limits.count_hidden
        told = counts or of_events
        if told and small and largest(x, hidden, known_base, at) < limits.count_hidden - 1e-6:
            found.append(f"{definition.code} {cells[at].cell}: numerator {x[at]:.0f}")
        if n[at] < base and not categories:
            most = (
                largest(x, hidden, sums, at) + largest(n - x, hidden, sums, at)
                if counts
                else largest(n, hidden, sums, at)
            )
            if most < base - 1e-6:
                found.append(f"{definition.code} {cells[at].cell}: base {n[at]:.0f}")
        rest = n[at] - x[at]
        small = (0.0 if guarded else 1.0) <= rest < limits.count_hidden
        if (
            counts
            and small
            and not categories
            and largest(n - x, hidden, sums, at) < limits.count_hidden - 1e-6
        ):
            found.append(f"{definition.code} {cells[at].cell}: complement {rest:.0f}")
    return found


def broken_beside(
    mine: tuple[list[CellEstimate], list[Observation]],
    other: tuple[list[CellEstimate], list[Observation]],
    areas: Mapping[str, str],
    groups: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Hidden counts of the first release, of one indicator, that both together tell too well.

    All sums of both are solved at once. A cell whose counts are the same in both is one unknown;
    one that differs by fewer than ten people is taken for known where either shows it.
    """
    (cells, shown), (others, seen) = mine, other
    place = {c.cell: at for at, c in enumerate(others)}
    size = len(cells)
    both = [*cells, *others]
    hides = [o.obs_status is ObsStatus.SUPPRESSED for o in (*shown, *seen)]
    same: dict[int, int] = {}
    for at, each in enumerate(cells):
        if each.cell not in place:
            continue
        twin = size + place[each.cell]
        apart = [
            abs(each.estimate.n - both[twin].estimate.n),
            abs(each.estimate.n_numerator - both[twin].estimate.n_numerator),
        ]
        if max(apart) == 0:
            same[twin] = at
        if max(apart) < 10 and hides[at] != hides[twin]:
            hides[at] = hides[twin] = False
    definition, limits = cells[0].definition, Thresholds()
    categories = len(definition.items) > 0
    sums: list[Sum] = []
    for offset, own in ((0, cells), (size, others)):
        for total, parts in sums_of(own, areas, of_categories=categories, groups=groups):
            moved = [offset + p for p in parts]
            if total is None and all(hides[p] for p in moved):
                continue  # their base is hidden with them
            sums.append(
                (
                    None if total is None else same.get(offset + total, offset + total),
                    [same.get(p, p) for p in moved],
                )
            )
    hidden = sorted({same.get(at, at) for at, hides_it in enumerate(hides) if hides_it})
    n = np.array([float(c.estimate.n) for c in both])
    x = np.array([float(c.estimate.n_numerator) for c in both])
    counts = statistic_of(definition).value in {"prop", "ratio"}
    s3 = definition.sensitivity >= Sensitivity.S3
    guarded = definition.sensitivity >= Sensitivity.S2
    base = limits.base_hidden_s3 if s3 else limits.base_hidden
    found = []
    for at in (at for at in hidden if at < size):
        for name, values in (("numerator", x), ("complement", n - x)):
            if not counts or (categories and name == "complement"):
                continue
            small = (0.0 if guarded else 1.0) <= values[at] < limits.count_hidden
            if small and largest(values, hidden, sums, at) < limits.count_hidden - 1e-6:
                found.append(f"{definition.code} {both[at].cell}: {name} {values[at]:.0f}")
        if n[at] < base and not categories:
            most = sum(
                largest(values, hidden, sums, at) for values in ((x, n - x) if counts else (n,))
            )
            if most < base - 1e-6:
                found.append(f"{definition.code} {both[at].cell}: base {n[at]:.0f}")
    return found
