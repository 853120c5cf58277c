"""Two published releases must not differ by a few people (rule D-04).

Of one withdrawn interview every cell that moves tells the stratum, sex and age band, and the way
in which a share moves tells the answer, S3 included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

#: Releases that differ by 1 to one below this many people are not both published.
LEAST_DIFFERENCE = 10


@dataclass(frozen=True, slots=True)
class Basis:
    """What a release was computed from: its snapshot and how many interviews."""

    snapshot_sha256: str | None
    interviews: int


def too_close(new: Basis, published: Basis, *, differing: int | None) -> bool:
    """Whether the difference of two releases may be that of a few people.

    `differing` counts the people that one of them has and the other has not, or has with other
    answers; nobody means that weights or definitions alone are others. None says that nobody can
    count them any more: then the numbers of interviews must be ten apart, because equal numbers
    say nothing about who was counted.
    """
    if new.snapshot_sha256 is not None and new.snapshot_sha256 == published.snapshot_sha256:
        return False
    if differing is None:
        return abs(new.interviews - published.interviews) < LEAST_DIFFERENCE
    return 0 < differing < LEAST_DIFFERENCE


def fewest_apart(surveys: Sequence[int], others: Sequence[int]) -> int:
    """Of the people that differ in each survey form, the fewest; 0 where nobody does.

    A few people of one survey are not hidden by many of another. Forms without a sample count
    where no survey differs.
    """
    for found in (surveys, others):
        if any(found):
            return min(each for each in found if each)
    return 0
