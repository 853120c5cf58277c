"""A map of areas in classes; hidden areas are hatched, areas without data dotted."""

import math
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from usga_reports.domain.chart import palette
from usga_reports.domain.chart.scale import round_step
from usga_reports.domain.chart.svg import Canvas
from usga_reports.domain.published import CellState

Ring = list[tuple[float, float]]
Projection = Callable[[float, float], tuple[float, float]]

_WIDTH, _MAP = 640.0, 420.0
_LONGEST_BAR = 160.0
_SMALLEST_RING = 4  # a triangle that comes back to its first corner (RFC 7946)
_KM_OF_A_DEGREE = 111.32  # of latitude, mean
MAX_CLASSES = len(palette.CLASSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One area: polygons as rings of longitude and latitude."""

    code: str
    polygons: tuple[tuple[Ring, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaValue:
    """What an area shows; `number` is its key into the table beneath the map."""

    state: CellState
    number: str
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapWords:
    """Texts of the legend."""

    title: str
    classes: tuple[str, ...]
    hidden: str
    missing: str
    kilometres: str
    north: str


def shapes_of(collection: dict[str, Any]) -> tuple[Shape, ...]:
    """Areas with a polygon, of a GeoJSON FeatureCollection (RFC 7946), in its order."""
    shapes = []
    for feature in collection.get("features", []):
        geometry = feature.get("geometry") or {}
        properties = feature.get("properties") or {}
        polygons = _polygons(geometry)
        if polygons:
            code = str(properties.get("code", feature.get("id", "")))
            shapes.append(Shape(code=code, polygons=polygons))
    return tuple(shapes)


def _polygons(geometry: dict[str, Any]) -> tuple[tuple[Ring, ...], ...]:
    coordinates = geometry.get("coordinates") or []
    match geometry.get("type"):
        case "Polygon":
            sources = [coordinates]
        case "MultiPolygon":
            sources = coordinates
        case _:
            return ()
    polygons = (
        tuple(
            [(float(p[0]), float(p[1])) for p in ring]
            for ring in polygon
            if len(ring) >= _SMALLEST_RING
        )
        for polygon in sources
    )
    return tuple(polygon for polygon in polygons if polygon)


def classes_for(values: Iterable[float], *, percent: bool) -> tuple[float, ...]:
    """Edges of equal classes with round numbers that hold all values; at least two edges."""
    known = sorted(values)
    if not known:
        return (0.0, 1.0)
    low, high = known[0], known[-1]
    step = round_step(max(high - low, 1e-9 + abs(high) * 0.01, 1.0), MAX_CLASSES - 1)
    first = math.floor(low / step) * step
    count = max(1, math.ceil((high - first) / step + 1e-9))
    edges = tuple(first + index * step for index in range(count + 1))
    if percent:
        edges = tuple(min(edge, 100.0) for edge in edges)
    return edges


def class_of(value: float, edges: tuple[float, ...]) -> int:
    """Index of the class that holds a value; a class holds its lower edge."""
    for index in range(len(edges) - 2, -1, -1):
        if value >= edges[index] - 1e-9:
            return index
    return 0


def choropleth(
    shapes: tuple[Shape, ...],
    values: dict[str, AreaValue],
    *,
    name: str,
    edges: tuple[float, ...],
    words: MapWords,
) -> str:
    """Draw the areas north up, true to scale at the middle latitude, with legend and scale bar."""
    project, height, km = _projection(shapes)
    canvas = Canvas(_WIDTH, max(height + 24, 240.0), name=name)
    colors = _colors(len(edges) - 1)
    for shape in shapes:
        area = values.get(shape.code) or AreaValue(state=CellState.MISSING, number="")
        fill = _fill(canvas, area, edges, colors)
        for polygon in shape.polygons:
            rings = [[project(lon, lat) for lon, lat in ring] for ring in polygon]
            canvas.polygon(rings, fill=fill, stroke=palette.INK, stroke_width=0.9)
    for shape in shapes:
        if shape.code in values:
            _number(canvas, project, shape, values[shape.code])
    _legend(canvas, colors, words)
    _scale_bar(canvas, km, words)
    return canvas.render()


def _colors(count: int) -> tuple[str, ...]:
    spread = MAX_CLASSES - 1
    return tuple(
        palette.CLASSES[round(i * spread / max(count - 1, 1))] for i in range(max(count, 1))
    )


def _fill(
    canvas: Canvas, area: AreaValue, edges: tuple[float, ...], colors: tuple[str, ...]
) -> str:
    if area.state is CellState.HIDDEN:
        return canvas.hatch
    if area.value is None:
        return canvas.dots
    return colors[class_of(area.value, edges)]


def _number(canvas: Canvas, project: Projection, shape: Shape, area: AreaValue) -> None:
    ring = max((polygon[0] for polygon in shape.polygons), key=lambda r: abs(_area(r)))
    x, y = project(*_centroid(ring))
    shown = area.value is not None and area.state is not CellState.HIDDEN
    flagged = area.state is CellState.FLAGGED
    broken = {"stroke_dasharray": "3 2"} if flagged else {}
    canvas.add(
        "circle", cx=x, cy=y, r=9.5, fill=palette.PAPER, stroke=palette.INK,
        stroke_width=1.6 if flagged else 0.6, **broken,
    )  # fmt: skip
    canvas.text(x, y + 3.6, area.number, anchor="middle", size=10, bold=shown)


def _projection(shapes: tuple[Shape, ...]) -> tuple[Projection, float, float]:
    """Equirectangular about the middle latitude; gives positions, height, pixels a kilometre."""
    points = [p for s in shapes for polygon in s.polygons for ring in polygon for p in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    wide, tall = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
    factor = min((_MAP - 16) / wide, 400.0 / tall)

    def project(lon: float, lat: float) -> tuple[float, float]:
        return 8 + (lon - west) * squeeze * factor, 8 + (north - lat) * factor

    return project, tall * factor + 16, factor / _KM_OF_A_DEGREE


def _area(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def _centroid(ring: Ring) -> tuple[float, float]:
    area = _area(ring)
    if area == 0:
        return ring[0]
    x0, y0 = ring[0]  # shifted, so that small areas far from the origin keep their digits
    cx = cy = total = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        ax, ay, bx, by = x1 - x0, y1 - y0, x2 - x0, y2 - y0
        cross = ax * by - bx * ay
        total += cross
        cx += (ax + bx) * cross
        cy += (ay + by) * cross
    return x0 + cx / (3 * total), y0 + cy / (3 * total)


def _legend(canvas: Canvas, colors: tuple[str, ...], words: MapWords) -> None:
    x, y = _MAP + 24, 22.0
    for line in textwrap.wrap(words.title, 30):
        canvas.text(x, y, line, bold=True)
        y += 14
    y += 4
    for color, text in zip(reversed(colors), reversed(words.classes), strict=True):
        _swatch(canvas, x, y, color, text)
        y += 20
    y += 6
    _swatch(canvas, x, y, canvas.hatch, words.hidden)
    _swatch(canvas, x, y + 20, canvas.dots, words.missing)


def _swatch(canvas: Canvas, x: float, y: float, paint: str, text: str) -> None:
    canvas.add(
        "rect", x=x, y=y, width=26, height=14, fill=paint, stroke=palette.INK, stroke_width=0.7
    )
    canvas.text(x + 34, y + 11, text, size=10)


def _scale_bar(canvas: Canvas, km: float, words: MapWords) -> None:
    length = round_step(120.0 / km, 1)
    if length * km > _LONGEST_BAR:
        length /= 2
    x, y = _MAP + 24, canvas.height - 26
    canvas.line(x, y, x + length * km, y, palette.INK, 2)
    for end in (x, x + length * km):
        canvas.line(end, y - 4, end, y + 4, palette.INK, 1.2)
    canvas.text(
        x + length * km / 2, y - 8, f"{length:.10g} {words.kilometres}", anchor="middle", size=9.5
    )
    north = x + 180
    canvas.polygon([[(north, y - 26), (north + 5, y - 10), (north - 5, y - 10)]], fill=palette.INK)
    canvas.text(north, y + 4, words.north, anchor="middle", size=10, bold=True)
