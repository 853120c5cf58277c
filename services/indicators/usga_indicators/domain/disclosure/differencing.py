"""Two published releases must not differ by a few people (rule D-04).

Of one withdrawn interview every cell that moves tells the stratum, sex and age band, and the way
in which a share moves tells the answer, S3 included.
"""

from dataclasses import dataclass

#: Releases that differ by 1 to one below this many interviews are not both published.
LEAST_DIFFERENCE = 10


@dataclass(frozen=True, slots=True)
class Basis:
    """What a release was computed from: its snapshot, how many interviews, which definitions."""

    snapshot_sha256: str | None
    definitions_sha256: str | None
    interviews: int


def too_close(new: Basis, published: Basis) -> bool:
    """Whether the difference of two releases may be that of a few people.

    Numbers of interviews ten apart mean ten people or more. Below that the snapshots must be the
    same. Other definitions read other variables, which makes another snapshot of the same
    interviews: then equal numbers are taken for the same people.
    """
    apart = abs(new.interviews - published.interviews)
    if new.snapshot_sha256 == published.snapshot_sha256 or apart >= LEAST_DIFFERENCE:
        return False
    return apart > 0 or new.definitions_sha256 == published.definitions_sha256
