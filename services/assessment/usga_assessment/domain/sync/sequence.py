"""What is held of one install: no hole stays unseen (protocol P-20 to P-23).

Held numbers are kept as ranges, so that the picture of a tablet costs the same after a season as
after a day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from usga_shared.wire.sync import SequencePicture

SHOWN = 100
"""Gaps and forks that a receipt lists."""


@dataclass(slots=True)
class InstallSequence:
    """The numbers held of one install, as inclusive ranges, and those used for two ids."""

    install: UUID
    ranges: list[tuple[int, int]] = field(default_factory=list)
    forks: list[int] = field(default_factory=list)

    def holds(self, seq: int) -> bool:
        """Whether an interview with this number is held."""
        return any(first <= seq <= last for first, last in self.ranges)

    def add(self, seqs: Iterable[int]) -> None:
        """Take in further numbers."""
        self.ranges = merged([*self.ranges, *((seq, seq) for seq in seqs)])

    def add_fork(self, seq: int) -> None:
        """Note that a number was used for two ids: a cloned or restored tablet."""
        if seq not in self.forks:
            self.forks = sorted([*self.forks, seq])

    def picture(self) -> SequencePicture:
        """What receipts say about this install."""
        first = self.ranges[0] if self.ranges else (0, 0)
        return SequencePicture(
            install=self.install,
            contiguous=first[1] if first[0] == 1 else 0,
            max=self.ranges[-1][1] if self.ranges else 0,
            gaps=gaps(self.ranges)[:SHOWN],
            forks=self.forks[:SHOWN],
        )


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, disjoint ranges; neighbours are joined."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def gaps(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The missing numbers between 1 and the largest held, as inclusive ranges."""
    missing: list[tuple[int, int]] = []
    expected = 1
    for first, last in ranges:
        if first > expected:
            missing.append((expected, first - 1))
        expected = last + 1
    return missing
