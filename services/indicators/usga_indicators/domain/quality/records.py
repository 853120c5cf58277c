"""What the measures read of fieldwork: one row per interview, missing numbers as NaN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Area:
    """An enumeration area: its centre and outline, (latitude, longitude) in degrees."""

    centre: tuple[float, float]
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Positions that were measured where they are kept: no coordinates, NaN without a position."""

    outside: BoolArray
    distance_m: FloatArray
    same_spot: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Interviews:
    """Interviews in the order of the file.

    `scale` holds answers on one rating scale, interviews by items, NaN where missing;
    `categories` holds codes, -1 where missing. Times are seconds since 1970 (UTC), `start_hour`
    the hour of the clock where the interview began (-1 where missing).
    """

    ids: tuple[str, ...]
    interviewer: IntArray
    interviewers: tuple[str, ...]
    area: tuple[str, ...]
    areas: Mapping[str, Area]
    start: FloatArray
    end: FloatArray
    start_hour: IntArray
    latitude: FloatArray
    longitude: FloatArray
    age: FloatArray
    income: FloatArray
    scale: FloatArray
    scale_items: tuple[str, ...]
    categories: IntArray
    category_items: tuple[str, ...]
    measured: "Measured | None" = None

    def __len__(self) -> int:
        return len(self.ids)

    def named(self, rows: BoolArray) -> list[str]:
        """Identifiers of some rows."""
        return [self.ids[at] for at in np.flatnonzero(rows)]

    def of_interviewer(self) -> list[IntArray]:
        """Rows of each interviewer, in the order of the file."""
        order = np.argsort(self.interviewer, kind="stable")
        counts = np.bincount(self.interviewer, minlength=len(self.interviewers))
        return np.split(order, np.cumsum(counts)[:-1])


def codes(values: Sequence[str]) -> tuple[IntArray, tuple[str, ...]]:
    """Numbers for texts in sorted order."""
    known = tuple(sorted(set(values)))
    place = {text: at for at, text in enumerate(known)}
    return np.array([place[v] for v in values], dtype=np.int64), known
