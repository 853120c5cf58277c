"""Near-duplicates: the share of equal answers between two interviews.

Kuriakose and Robbins (2016), "Don't get duped: fraud through duplication in public opinion
surveys": the maximum percent match of each interview with any other; 0.85 and above is suspicious.
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.records import FloatArray, Interviews

NEAR = 0.85
#: Pairs that are kept; of a survey copied out whole there would be millions.
MAX_PAIRS = 100_000
#: Interviews that are compared with all others at once: bounds the memory, not the outcome.
_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The largest match of each interview (NaN for the only one), and pairs that are near.

    `near` counts every near pair; `pairs` holds at most MAX_PAIRS of them, in order.
    """

    largest: FloatArray
    pairs: tuple[tuple[int, int], ...]
    near: int


def matches(interviews: Interviews) -> Matches:
    """Compare all with all over rating and category items; missing counts as a value."""
    answers = _indicators(interviews)
    items = interviews.scale.shape[1] + interviews.categories.shape[1]
    size = len(interviews)
    most = np.full(size, -1, dtype=np.int64)
    pairs: list[tuple[int, int]] = []
    near = 0
    least = int(np.ceil(NEAR * items - 1e-9))
    for start in range(0, size, _BLOCK):
        block = np.rint(answers[start : start + _BLOCK] @ answers[start:].T).astype(np.int16)
        rows = np.arange(block.shape[0])
        block[rows, rows] = -1  # nobody is compared with themselves
        most[start : start + len(rows)] = np.maximum(
            most[start : start + len(rows)], block.max(axis=1)
        )
        most[start:] = np.maximum(most[start:], block.max(axis=0))
        ahead = np.triu(block >= least, k=1)
        near += int(ahead.sum())
        if len(pairs) < MAX_PAIRS:
            one, other = np.nonzero(ahead)
            kept = slice(0, MAX_PAIRS - len(pairs))
            pairs += [
                (start + int(a), start + int(b))
                for a, b in zip(one[kept], other[kept], strict=True)
            ]
    largest = np.where(most < 0, np.nan, most / items)
    return Matches(largest, tuple(pairs), near)


def _indicators(interviews: Interviews) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """One column per item and answer: equal answers are then a matrix product."""
    columns = [
        *np.where(np.isnan(interviews.scale), -1.0, interviews.scale).T,
        *interviews.categories.T.astype(np.float64),
    ]
    found = [column == value for column in columns for value in np.unique(column)]
    return np.ascontiguousarray(np.array(found, dtype=np.float32).T)
