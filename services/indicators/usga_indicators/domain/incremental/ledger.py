"""How many people of each cell have which numbers, moved by the interviews that come and go.

What no sums tell of (rule D-01 for means and ratios). Counts are whole numbers, so any order of
events that ends with the same interviews ends with the same counts.
"""

from collections.abc import Sequence

import numpy as np
import scipy

from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.disclosure import Counted, Values, values_of
from usga_indicators.domain.incremental.places import Gathering
from usga_indicators.domain.tabulation.people_values import Pairs

_Part = tuple[IntArray, IntArray, FloatArray, FloatArray, IntArray]


class Ledger:
    """Pairs by indicator and cell. Where it is not `whole`, nobody knows who has what."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.whole = True

    def move(
        self, indicator: int, pairs: Pairs, group_of: IntArray | None, at: Gathering, sign: float
    ) -> None:
        """Interviews come, or go with `sign` -1; `group_of` is the row of each in `at`."""
        if not len(pairs.row):
            return
        row = pairs.row if group_of is None else group_of[pairs.row]
        ones = np.ones(len(row))
        size = at.matrix.shape[1]
        people = scipy.sparse.csr_matrix((ones, (row, pairs.code)), (size, len(pairs.y)))
        found = (at.matrix @ people).tocoo()
        count = np.rint(found.data).astype(np.int64) * int(sign)
        cell = at.places[found.row]
        code = np.full(len(count), indicator, dtype=np.int64)
        self.parts.append((code, cell, pairs.y[found.col], pairs.x[found.col], count))

    def join(self, other: "Ledger", cells: IntArray) -> None:
        """Take in what another has, whose cells are these here."""
        self.whole &= other.whole
        self.parts += [(i, cells[cell], y, x, n) for i, cell, y, x, n in other.parts]

    def values(self, cells: int, everybody: int | None) -> Sequence[Values | None]:
        """How values are spread, by indicator x cell; `everybody` is their cell."""
        if not self.parts or not self.whole:
            return []
        indicator, cell, y, x, count = (
            np.concatenate(each) for each in zip(*self.parts, strict=True)
        )
        pairs = Counted(indicator * cells + cell, y, x, count).in_order()
        self.parts = [(pairs.group // cells, pairs.group % cells, pairs.y, pairs.x, pairs.count)]
        groups = (int(indicator.max()) + 1) * cells
        own = np.arange(groups)
        whole = own if everybody is None else own - own % cells + everybody
        return values_of(pairs, groups, whole)
