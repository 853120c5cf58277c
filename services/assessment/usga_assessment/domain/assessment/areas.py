"""Areas of an assessment: GeoJSON (RFC 7946) polygons, checked before they are kept."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usga_assessment.domain.assessment.planar import is_valid
from usga_assessment.domain.assessment.wording import is_one_line

MOST_FEATURES = 2_000
MOST_POSITIONS = 200_000
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,31}$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_LONGEST_TITLE = 200
_COLLECTION = frozenset({"type", "features", "name", "bbox"})
_FEATURE = frozenset({"type", "id", "properties", "geometry", "bbox"})
_PROPERTIES = frozenset({"code", "title", "kind", "parent"})
KINDS = ("assessment", "city", "district", "ward", "settlement", "village", "block", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A named polygon; areas form a tree by `parent`."""

    code: str
    title: dict[str, str]
    kind: str
    parent: str | None
    geometry: dict[str, Any]

    def feature(self) -> dict[str, Any]:
        """The GeoJSON feature."""
        return {
            "type": "Feature",
            "id": self.code,
            "properties": {
                "code": self.code,
                "title": self.title,
                "kind": self.kind,
                "parent": self.parent,
            },
            "geometry": self.geometry,
        }


@dataclass(frozen=True, slots=True)
class AreaFinding:
    """One thing wrong, where (a JSON pointer) and which rule."""

    pointer: str
    code: str


def feature_collection(areas: Sequence[Area]) -> dict[str, Any]:
    """The areas as a GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": [area.feature() for area in areas]}


def read_areas(document: Any) -> tuple[list[Area], list[AreaFinding]]:
    """The areas of a FeatureCollection, and everything that is wrong with it."""
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        return [], [AreaFinding("/type", "not-a-feature-collection")]
    found = [
        AreaFinding(f"/{_safe(key)}", "unknown-member") for key in _extra(document, _COLLECTION)
    ]
    features = document.get("features")
    if not isinstance(features, list) or not features:
        return [], [*found, AreaFinding("/features", "no-features")]
    if len(features) > MOST_FEATURES:
        return [], [*found, AreaFinding("/features", "too-many-features")]
    if _positions(features) > MOST_POSITIONS:
        return [], [*found, AreaFinding("/features", "too-many-positions")]
    areas: list[Area] = []
    for index, feature in enumerate(features):
        reader = _Feature(f"/features/{index}", feature)
        area = reader.area()
        found.extend(reader.findings)
        if area is not None:
            areas.append(area)
    if not found:
        found = _across(areas)
    return ([] if found else areas), found


class _Feature:
    """Reads one feature, collecting what is wrong with it."""

    def __init__(self, pointer: str, feature: Any) -> None:
        self._pointer, self._feature = pointer, feature
        self.findings: list[AreaFinding] = []

    def area(self) -> Area | None:
        feature = self._feature
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            self._fault("", "not-a-feature")
            return None
        properties = feature.get("properties")
        if not isinstance(properties, dict):
            self._fault("/properties", "missing")
            return None
        for key in _extra(feature, _FEATURE):
            self._fault(f"/{_safe(key)}", "unknown-member")
        for key in _extra(properties, _PROPERTIES):
            self._fault(f"/properties/{_safe(key)}", "unknown-member")
        self._check_properties(properties)
        self._check_geometry(feature.get("geometry"))
        if self.findings:
            return None
        return Area(
            code=properties["code"],
            title=properties["title"],
            kind=properties.get("kind", "other"),
            parent=properties.get("parent"),
            geometry=feature["geometry"],
        )

    def _fault(self, where: str, code: str) -> None:
        self.findings.append(AreaFinding(self._pointer + where, code))

    def _check_properties(self, properties: Mapping[str, Any]) -> None:
        code, parent = properties.get("code"), properties.get("parent")
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            self._fault("/properties/code", "not-a-key")
        if parent is not None and (not isinstance(parent, str) or not _CODE.fullmatch(parent)):
            self._fault("/properties/parent", "not-a-key")
        if properties.get("kind", "other") not in KINDS:
            self._fault("/properties/kind", "unknown-kind")
        title = properties.get("title")
        if (
            not isinstance(title, dict)
            or not title
            or not all(
                _LANGUAGE.fullmatch(language)
                and isinstance(text, str)
                and 0 < len(text.strip()) <= len(text) <= _LONGEST_TITLE
                and is_one_line(text)
                for language, text in title.items()
            )
        ):
            self._fault("/properties/title", "not-a-title")

    def _check_geometry(self, geometry: Any) -> None:
        if not isinstance(geometry, dict) or set(geometry) - {"type", "coordinates", "bbox"}:
            self._fault("/geometry", "not-a-polygon")
            return
        depth = {"Polygon": 2, "MultiPolygon": 3}.get(str(geometry.get("type")))
        if depth is None or not _is_nested(geometry.get("coordinates"), depth):
            self._fault("/geometry", "not-a-polygon")
            return
        if not _within_the_world(geometry["coordinates"], depth):
            self._fault("/geometry", "outside-wgs84")
            return
        if not (_is_closed(geometry["coordinates"], depth) and is_valid(geometry)):
            # No reason is given: shapely's would carry a coordinate.
            self._fault("/geometry", "invalid-polygon")


def _across(areas: Sequence[Area]) -> list[AreaFinding]:
    found: list[AreaFinding] = []
    parents: dict[str, str | None] = {}
    for index, area in enumerate(areas):
        if area.code in parents:
            found.append(AreaFinding(f"/features/{index}/properties/code", "duplicate-area"))
        parents[area.code] = area.parent
    for index, area in enumerate(areas):
        pointer = f"/features/{index}/properties/parent"
        if area.parent is not None and area.parent not in parents:
            found.append(AreaFinding(pointer, "unknown-area"))
        elif _is_own_ancestor(area.code, parents):
            found.append(AreaFinding(pointer, "circular-parents"))
    return found


def _is_own_ancestor(code: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    above = parents.get(code)
    while above is not None and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _is_nested(value: Any, depth: int) -> bool:
    """Lists of lists `depth` deep around positions of two or three finite numbers."""
    if not isinstance(value, list) or not value:
        return False
    if depth == 0:
        return len(value) in (2, 3) and all(
            isinstance(part, (int, float)) and not isinstance(part, bool) and math.isfinite(part)
            for part in value
        )
    return all(_is_nested(part, depth - 1) for part in value)


def _is_closed(value: Any, depth: int) -> bool:
    """Whether every ring ends where it began (shapely would close it silently)."""
    if depth == 1:
        return bool(value[0] == value[-1])
    return all(_is_closed(part, depth - 1) for part in value)


def _within_the_world(value: Any, depth: int) -> bool:
    if depth == 0:
        return bool(-180 <= value[0] <= 180 and -90 <= value[1] <= 90)  # noqa: PLR2004 - degrees
    return all(_within_the_world(part, depth - 1) for part in value)


def _positions(features: Any) -> int:
    """How many positions a document may hold at most: innermost lists, counted cheaply."""
    count, stack = 0, [features]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            count += 1
            stack.extend(part for part in value if isinstance(part, (list, dict)))
    return count


def _extra(document: Mapping[str, Any], known: frozenset[str]) -> list[str]:
    return sorted(set(document) - known)


def _safe(key: str) -> str:
    return key[:64].replace("~", "~0").replace("/", "~1")
