"""Complementary suppression, first pass: no hidden cell stands alone in a sum.

Where parts and their total are published, one hidden part is the total minus the others. Each
sum with exactly one hidden cell gets a second one hidden, cheapest first, until none is left.
This stops subtraction within a sum; it does not prove protection against a linear programme over
all sums together.
"""

from collections.abc import Collection, Sequence


def complement(
    sums: Sequence[Sequence[int]],
    hidden: Collection[int],
    cost: Sequence[float],
    *,
    never: Collection[int] = (),
) -> frozenset[int]:
    """Indices to hide in addition to `hidden`.

    Each of `sums` lists the cells of one equation, parts and total; `cost` is what hiding a cell
    loses (its unweighted base, say); cells in `never` stay visible unless nothing else is left.
    """
    closed = set(hidden)
    waiting = True
    while waiting:
        waiting = False
        for cells in sums:
            if len(closed.intersection(cells)) != 1:
                continue
            candidates = [c for c in cells if c not in closed]
            if not candidates:
                continue
            closed.add(min(candidates, key=lambda c: (c in never, cost[c], c)))
            waiting = True
    return frozenset(closed - set(hidden))
