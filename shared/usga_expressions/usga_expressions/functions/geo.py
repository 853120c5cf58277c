"""Length and area of geopoints, geotraces and geoshapes, on a sphere of 6,378.1 km."""

import math
from collections.abc import Iterable
from itertools import pairwise

_RADIUS = 6_378_100.0  # metres; the radius that the engines use
_FEW = 2
_RING = 3


def points(texts: Iterable[str]) -> list[tuple[float, float]] | None:
    """Read "lat lon alt acc; ..." as radians; None when a point cannot be read."""
    found = []
    for text in texts:
        for part in text.split(";"):
            numbers = part.split()
            if not numbers:
                continue
            try:
                found.append((math.radians(float(numbers[0])), math.radians(float(numbers[1]))))
            except (ValueError, IndexError):
                return None
    return found


def distance(texts: Iterable[str]) -> float:
    """Return the length in metres, to the centimetre, along the points; 0 for fewer than two."""
    trace = points(texts)
    if trace is None:
        return math.nan
    return _hundredths(sum(_haversine(a, b) for a, b in pairwise(trace)))


def area(texts: Iterable[str]) -> float:
    """Return the area in square metres, to two decimals; 0 for fewer than three points."""
    ring = points(texts)
    if ring is None:
        return math.nan
    if len(ring) < _RING:
        return 0.0
    twice = 0.0
    for (lat1, lon1), (lat2, lon2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        twice += (lon2 - lon1) * (2 + math.sin(lat1) + math.sin(lat2))
    return _hundredths(abs(twice) * _RADIUS * _RADIUS / 2)


def geofence(point: str, shape: str) -> bool:
    """Tell whether a point lies inside a closed shape (even-odd rule in degrees)."""
    where, ring = points([point]), points([shape])
    if not where or not ring or len(ring) < _RING or ring[0] != ring[-1]:
        return False
    lat, lon = where[0]
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (
            lat2 - lat1
        ) + lon1:
            inside = not inside
    return inside


def _hundredths(number: float) -> float:
    """Round as the engines do: they write no more than the devices can measure."""
    return math.floor(number * 100 + 0.5) / 100


def _haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    half = (
        math.sin((b[0] - a[0]) / 2) ** 2
        + math.cos(a[0]) * math.cos(b[0]) * math.sin((b[1] - a[1]) / 2) ** 2
    )
    return 2 * _RADIUS * math.asin(min(1.0, math.sqrt(half)))
