"""Where interviews were held: inside the area, far from its centre, again at the same spot."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.records import Area, BoolArray, FloatArray, Interviews

#: Mean radius of the earth in metres (IUGG).
EARTH_M = 6_371_008.8
#: Two positions nearer than this are the same spot.
SAME_SPOT_M = 5.0
_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Per interview; distances are NaN, and the rest False, without a position."""

    outside: BoolArray
    distance_m: FloatArray
    same_spot: BoolArray


def positions(interviews: Interviews) -> Positions:
    """Judge every position against its area and against the interviewer's others."""
    size = len(interviews)
    if interviews.measured is not None:
        measured = interviews.measured
        return Positions(measured.outside, measured.distance_m, measured.same_spot)
    outside, distance = np.zeros(size, dtype=np.bool_), np.full(size, np.nan)
    area = np.array(interviews.area)
    for name in sorted(set(interviews.area)):
        rows = np.flatnonzero(area == name)
        lat, lon = interviews.latitude[rows], interviews.longitude[rows]
        known = ~np.isnan(lat) & ~np.isnan(lon)
        outside[rows] = known & ~inside(interviews.areas[name], lat, lon)
        distance[rows] = great_circle_m(lat, lon, *interviews.areas[name].centre)
    return Positions(outside, distance, _same_spot(interviews))


def shared_spots(interviewer: Sequence[str], spots: Sequence[Sequence[str]]) -> BoolArray:
    """Interviews that share the name of a square with another one of the interviewer."""
    counts = Counter(
        (who, name) for who, names in zip(interviewer, spots, strict=True) for name in names
    )
    return np.array(
        [
            any(counts[who, name] > 1 for name in names)
            for who, names in zip(interviewer, spots, strict=True)
        ],
        dtype=np.bool_,
    )


def great_circle_m(
    lat: FloatArray, lon: FloatArray, other_lat: FloatArray | float, other_lon: FloatArray | float
) -> FloatArray:
    """Haversine distance in metres."""
    one, other = np.radians(lat), np.radians(other_lat)
    half_lat = np.sin((other - one) / 2.0) ** 2
    half_lon = np.sin(np.radians(np.asarray(other_lon) - lon) / 2.0) ** 2
    root = np.sqrt(half_lat + np.cos(one) * np.cos(other) * half_lon)
    return np.asarray(2.0 * EARTH_M * np.arcsin(np.minimum(1.0, root)))


def inside(area: Area, lat: FloatArray, lon: FloatArray) -> BoolArray:
    """Even-odd rule: a ray from the point crosses the outline an odd number of times."""
    found = np.zeros(len(lat), dtype=np.bool_)
    corners = area.outline
    for (lat1, lon1), (lat2, lon2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if lat1 == lat2:
            continue
        between = (lat1 > lat) != (lat2 > lat)
        found ^= between & (lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1)
    return found


def _same_spot(interviews: Interviews) -> BoolArray:
    found = np.zeros(len(interviews), dtype=np.bool_)
    for rows in interviews.of_interviewer():
        lat, lon = interviews.latitude[rows], interviews.longitude[rows]
        for start in range(0, len(rows), _BLOCK):
            block = slice(start, start + _BLOCK)
            distance = great_circle_m(
                lat[None, :], lon[None, :], lat[block, None], lon[block, None]
            )
            place = np.arange(distance.shape[0])
            distance[place, start + place] = np.nan
            found[rows[block]] = (distance <= SAME_SPOT_M).any(axis=1)
    return found
