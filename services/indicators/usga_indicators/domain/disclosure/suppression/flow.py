"""The cheapest consistent change of a table that moves one cell as far as it must.

The heuristic of Kelly, Golden and Assad (1992), "Cell suppression: disclosure protection for
sensitive tabular data", with linear programmes in place of shortest paths: what the change
touches is hidden, and costs nothing when the next cell is protected.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.disclosure.suppression.scenarios import Scenario
from usga_indicators.domain.disclosure.suppression.system import AdditiveSystem, FloatArray

#: Changes below this share of the protected cell's are the solver's rounding.
TOUCHED = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Solves scenarios of one system; deviations are in units of the scenario's amount."""

    system: AdditiveSystem
    #: How much further than the protected cell another may move; 1 is enough in a network.
    reach: float
    matrix: "scipy.sparse.csr_array"

    @classmethod
    def of(cls, system: AdditiveSystem, reach: float) -> "Flows":
        """Prepare the equations once."""
        half = system.equations()
        return cls(system, reach, scipy.sparse.hstack([half, -half], format="csr"))

    def bounds(self, scenario: Scenario) -> tuple[FloatArray, FloatArray]:
        """How far each cell may move up and down in a scenario; zero where it may not."""
        amount = abs(scenario.amount)
        size = len(self.system)
        up = np.full(size, self.reach)
        down = np.minimum(self.system.values / amount, self.reach)
        still = list(self.system.shown | scenario.known)
        up[still] = down[still] = 0.0
        return up, down

    def cheapest(self, scenario: Scenario, costs: FloatArray) -> FloatArray | None:
        """The deviations of the least cost, or None when there is none."""
        up, down = self.bounds(scenario)
        size = len(self.system)
        least = np.zeros(2 * size)
        most = np.concatenate([up, down])
        if scenario.amount > 0:
            least[scenario.cell], most[scenario.cell] = 1.0, 1.0
            most[size + scenario.cell] = 0.0
        else:
            least[size + scenario.cell] = most[size + scenario.cell] = 1.0
            most[scenario.cell] = 0.0
        solved = scipy.optimize.linprog(
            np.concatenate([costs, costs]),
            A_eq=self.matrix,
            b_eq=np.zeros(self.matrix.shape[0]),
            bounds=np.column_stack([least, most]),
        )
        if solved.status != 0:
            return None
        moved: FloatArray = solved.x[:size] - solved.x[size:]
        return moved

    def touched(self, moved: FloatArray) -> frozenset[int]:
        """Cells that a change needs."""
        return frozenset(int(c) for c in np.flatnonzero(np.abs(moved) > TOUCHED))
