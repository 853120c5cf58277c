"""Twelve invented villages as polygons: a mesh over a rectangle, no boundary of any real place."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_WEST, _SOUTH, _EAST, _NORTH = 36.850, -1.268, 36.874, -1.253
_COLUMNS, _ROWS = 4, 3
#: Invented titles (trees); none is a village of Mathare.
_TREES = (
    ("mwembe", "Mwembe"),
    ("mkuyu", "Mkuyu"),
    ("mvule", "Mvule"),
    ("mninga", "Mninga"),
    ("mgunga", "Mgunga"),
    ("mbuyu", "Mbuyu"),
    ("mzambarau", "Mzambarau"),
    ("mpera", "Mpera"),
    ("mchungwa", "Mchungwa"),
    ("mnazi", "Mnazi"),
    ("mkindu", "Mkindu"),
    ("mtini", "Mtini"),
)


@dataclass(frozen=True, slots=True)
class Village:
    """One stratum of the sample and area of the map."""

    stratum: str
    area: str
    title: dict[str, str]
    ring: tuple[tuple[float, float], ...]
    settlement: str

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude of the middle of its corners."""
        corners = self.ring[:-1]
        longitude = sum(point[0] for point in corners) / len(corners)
        return sum(point[1] for point in corners) / len(corners), longitude


def villages(seed: int) -> list[Village]:
    """The twelve villages; neighbours share their corners exactly."""
    rng = random.Random(f"{seed}/villages")  # noqa: S311 - synthetic data
    mesh = _mesh(rng)
    found: list[Village] = []
    for number, (code, title) in enumerate(_TREES):
        column, row = number % _COLUMNS, number // _COLUMNS
        corners = [
            mesh[column, row],
            mesh[column + 1, row],
            mesh[column + 1, row + 1],
            mesh[column, row + 1],
            mesh[column, row],
        ]
        found.append(
            Village(
                stratum=f"s{number + 1:02d}",
                area=code,
                title={
                    "en": f"{title} (synthetic)",
                    "sw": f"{title} (ya kubuni)",
                },
                ring=tuple(corners),
                settlement="informal" if number % 3 else "mixed",
            )
        )
    return found


def _mesh(rng: random.Random) -> dict[tuple[int, int], tuple[float, float]]:
    """Corner points: a regular grid, shaken, with a straight outer edge."""
    width, height = (_EAST - _WEST) / _COLUMNS, (_NORTH - _SOUTH) / _ROWS
    points: dict[tuple[int, int], tuple[float, float]] = {}
    for column in range(_COLUMNS + 1):
        for row in range(_ROWS + 1):
            inner_x = 0 < column < _COLUMNS
            inner_y = 0 < row < _ROWS
            dx = rng.uniform(-0.22, 0.22) * width if inner_x else 0.0
            dy = rng.uniform(-0.22, 0.22) * height if inner_y else 0.0
            x, y = _WEST + column * width + dx, _SOUTH + row * height + dy
            points[column, row] = (round(x, 6), round(y, 6))
    return points


def feature_collection(places: Sequence[Village]) -> dict[str, Any]:
    """GeoJSON (RFC 7946): the whole area first, then the villages inside it."""
    whole = [(_WEST, _SOUTH), (_EAST, _SOUTH), (_EAST, _NORTH), (_WEST, _NORTH), (_WEST, _SOUTH)]
    features = [
        _feature(
            "mathare",
            whole,
            title={"en": "Mathare (synthetic)", "sw": "Mathare (ya kubuni)"},
            kind="assessment",
        )
    ]
    features += [
        _feature(v.area, list(v.ring), title=v.title, kind="village", parent="mathare")
        for v in places
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(code: str, ring: list[tuple[float, float]], **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": code,
        "properties": {"code": code, **properties},
        "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in ring]]},
    }
