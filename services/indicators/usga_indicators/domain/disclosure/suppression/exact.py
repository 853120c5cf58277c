"""The cheapest protecting pattern, as a mixed-integer linear programme.

Fischetti and Salazar (2001), section 3: binary x (hidden or not) and, for every scenario, a
consistent change of the table that moves only hidden cells. Solved by HiGHS with branch and cut.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.disclosure.suppression.flow import Flows
from usga_indicators.domain.disclosure.suppression.scenarios import Scenario
from usga_indicators.domain.disclosure.suppression.system import FloatArray

#: Cells times scenarios up to which the cheapest pattern is searched, unless asked otherwise.
EXACT_LIMIT = 50_000
_INFEASIBLE = 2
#: Just under a half.
_HALF = 0.499
_ROUNDING = 1e-4
#: Larger costs are scaled: the solver's tolerances are absolute.
_LARGEST_COST = 1e6


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a solver may search: nodes repeat on every machine, seconds do not.

    Systems with more cells times scenarios than `size` are left to the heuristic.
    """

    seconds: float | None = None
    nodes: int | None = None
    size: int = EXACT_LIMIT

    def options(self) -> dict[str, float | int]:
        """As scipy names them."""
        limits = {"time_limit": self.seconds, "node_limit": self.nodes}
        return {name: limit for name, limit in limits.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Solved:
    """A pattern, or None where none was found in time; `bound` is proven not to be undercut."""

    hidden: frozenset[int] | None
    bound: float


def cheapest_pattern(
    flows: Flows,
    asked: Sequence[Scenario],
    hidden: Collection[int],
    *,
    known_cost: float,
    effort: Effort,
) -> Solved:
    """Search for a pattern cheaper than `known_cost`, which one is known to have."""
    system = flows.system
    size, still = len(system), np.zeros(len(system) * len(asked))
    unit = max(1.0, float(system.costs.max(initial=0.0)) / _LARGEST_COST)
    costs = system.costs / unit
    least, most = _bounds(flows, asked, hidden)
    cutoff = _cutoff(np.concatenate([costs, still]), known_cost / unit)
    constraints = [*_constraints(flows, asked), cutoff]
    for presolve in (True, False):
        solved = scipy.optimize.milp(
            np.concatenate([costs + _ties(costs, system.values), still]),
            constraints=constraints,
            integrality=np.concatenate([np.ones(size), still]),
            bounds=scipy.optimize.Bounds(least, most),
            options={
                "mip_rel_gap": _gap(costs, known_cost / unit),
                "presolve": presolve,
                **effort.options(),
            },
        )
        if solved.status != _INFEASIBLE:  # a pattern is known: it was presolve that erred
            break
    lower = unit * _bound(costs, getattr(solved, "mip_dual_bound", None))
    if solved.x is None:
        return Solved(None, lower)
    found = frozenset(int(c) for c in np.flatnonzero(solved.x[:size] > 0.5))  # noqa: PLR2004
    return Solved(found, lower)


def _bounds(
    flows: Flows, asked: Sequence[Scenario], hidden: Collection[int]
) -> tuple[FloatArray, FloatArray]:
    size = len(flows.system)
    least, most = [np.zeros(size)], [np.ones(size)]
    least[0][list(hidden)] = 1.0
    most[0][list(flows.system.shown)] = 0.0
    for scenario in asked:
        up, down = flows.bounds(scenario)
        low = -down
        low[scenario.cell] = up[scenario.cell] = 1.0 if scenario.amount > 0 else -1.0
        least.append(low)
        most.append(up)
    return np.concatenate(least), np.concatenate(most)


def _constraints(
    flows: Flows, asked: Sequence[Scenario]
) -> "list[scipy.optimize.LinearConstraint]":
    """Changes add up, and touch only what is hidden."""
    equations = flows.system.equations()
    size, count = len(flows.system), len(asked)
    additive = scipy.sparse.hstack(
        [
            scipy.sparse.csr_array((equations.shape[0] * count, size)),
            scipy.sparse.block_diag([equations] * count, format="csr"),
        ],
        format="csr",
    )
    limits = [flows.bounds(scenario) for scenario in asked]
    up = scipy.sparse.vstack([scipy.sparse.diags_array(u) for u, _ in limits], format="csr")
    down = scipy.sparse.vstack([scipy.sparse.diags_array(d) for _, d in limits], format="csr")
    moves = scipy.sparse.eye_array(size * count, format="csr")
    return [
        scipy.optimize.LinearConstraint(additive, 0.0, 0.0),
        scipy.optimize.LinearConstraint(
            scipy.sparse.hstack([-up, moves], format="csr"), -np.inf, 0.0
        ),
        scipy.optimize.LinearConstraint(
            scipy.sparse.hstack([down, moves], format="csr"), 0.0, np.inf
        ),
    ]


def _cutoff(costs: FloatArray, known_cost: float) -> "scipy.optimize.LinearConstraint":
    most = known_cost * (1.0 + 1e-9) + 1e-6
    return scipy.optimize.LinearConstraint(scipy.sparse.csr_array(costs[None, :]), -np.inf, most)


def _bound(costs: FloatArray, dual: float | None) -> float:
    """No pattern costs less, ties left out."""
    if dual is None or not np.isfinite(dual):
        return 0.0
    return float(np.ceil(dual - _HALF - _ROUNDING)) if _whole(costs) else float(dual)


def _ties(costs: FloatArray, values: FloatArray) -> FloatArray:
    """Of patterns that cost the same, that of the smaller cells: no sum of these makes a half."""
    if not _whole(costs):
        return np.zeros(len(costs))
    return np.asarray(_HALF * values / max(float(values.sum()), 1.0))


def _gap(costs: FloatArray, known_cost: float) -> float:
    """Whole costs make whole sums: with ties, less than a half from the bound is the least."""
    return _HALF / (known_cost + _HALF) if _whole(costs) else 0.0


def _whole(costs: FloatArray) -> bool:
    return bool(np.all(costs == np.round(costs)))
