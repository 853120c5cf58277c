"""Complementary suppression, first pass: no hidden cell stands alone in a sum.

Where parts and their total are published, the hidden parts together are the total minus the
others. Each sum whose hidden cells are one alone, or together are still too small to be seen,
gets one more hidden, cheapest first, until none is left. This stops subtraction within a sum; it
does not prove protection against a linear programme over all sums together.
"""

from collections.abc import Callable, Collection, Sequence


def complement(
    sums: Sequence[Sequence[int]],
    hidden: Collection[int],
    cost: Sequence[float],
    *,
    never: Collection[int] = (),
    small: Callable[[Collection[int]], bool] = lambda _: False,
) -> frozenset[int]:
    """Indices to hide in addition to `hidden`.

    Each of `sums` lists the cells of one equation, parts and total; `cost` is what hiding a cell
    loses (its unweighted base, say); cells in `never` stay visible unless nothing else is left.
    `small` tells whether hidden parts, seen as one cell, would have to be hidden again.
    """
    closed = set(hidden)
    waiting = True
    while waiting:
        waiting = False
        for cells in sums:
            hidden_here = closed.intersection(cells)
            totals = _totals(cells, never)
            total_hidden = not hidden_here.isdisjoint(totals)
            if not hidden_here or (
                len(hidden_here) > 1 and (total_hidden or not small(hidden_here))
            ):
                continue
            # a total is hidden for one that stands alone, not for several that are small
            kept = closed if len(hidden_here) == 1 else closed | totals
            candidates = [c for c in cells if c not in kept]
            if not candidates:
                continue
            closed.add(min(candidates, key=lambda c: (c in never, cost[c], c)))
            waiting = True
    return frozenset(closed - set(hidden))


def _totals(cells: Sequence[int], never: Collection[int]) -> set[int]:
    """The totals among the cells of a sum; where all are totals (categories) they are parts."""
    totals = set(cells).intersection(never)
    return set() if len(totals) == len(cells) else totals
