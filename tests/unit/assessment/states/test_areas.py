"""Areas as GeoJSON: what is accepted, and every fault."""

from typing import Any

import pytest
from usga_assessment.domain.assessment.areas import feature_collection, read_areas

RING = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
HOLE = [[0.2, 0.2], [0.2, 0.4], [0.4, 0.4], [0.4, 0.2], [0.2, 0.2]]


def area(code: str = "a", **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, "title": {"en": "A"}} | properties,
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }


def shaped(kind: str, coordinates: Any) -> dict[str, Any]:
    return area() | {"geometry": {"type": kind, "coordinates": coordinates}}


def codes(*features: Any) -> list[str]:
    document = {"type": "FeatureCollection", "features": list(features)}
    return [finding.code for finding in read_areas(document)[1]]


class TestAccepted:
    def test_comes_back_the_same(self) -> None:
        document = {"type": "FeatureCollection", "features": [area("a"), area("b", parent="a")]}
        areas, findings = read_areas(document)
        assert findings == []
        assert read_areas(feature_collection(areas)) == (areas, [])

    @pytest.mark.parametrize(
        "feature",
        [
            shaped("Polygon", [RING, HOLE]),
            shaped("MultiPolygon", [[RING], [[[x + 2, y] for x, y in RING]]]),
            shaped("Polygon", [[[*position, 12.5] for position in RING]]),
            shaped("Polygon", [[[-180, -90], [180, -90], [180, 90], [-180, -90]]]),
        ],
    )
    def test_polygons(self, feature: dict[str, Any]) -> None:
        assert codes(feature) == []


class TestRefused:
    @pytest.mark.parametrize(
        ("feature", "code"),
        [
            (shaped("Point", [0, 0]), "not-a-polygon"),
            (shaped("Polygon", []), "not-a-polygon"),
            (shaped("Polygon", [[]]), "not-a-polygon"),
            (shaped("Polygon", RING), "not-a-polygon"),
            (shaped("Polygon", [[["0", 0]] * 4]), "not-a-polygon"),
            (shaped("Polygon", [[[True, 0]] * 4]), "not-a-polygon"),
            (shaped("Polygon", [[[float("nan"), 0]] * 4]), "not-a-polygon"),
            (shaped("Polygon", [[[0, 0], [1, 1]]]), "invalid-polygon"),
            (shaped("Polygon", [RING[:-1]]), "invalid-polygon"),
            (shaped("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]), "invalid-polygon"),
            (shaped("Polygon", [HOLE, RING]), "invalid-polygon"),
            (shaped("Polygon", [[[x, y + 90] for x, y in RING]]), "outside-wgs84"),
            (area() | {"geometry": None}, "not-a-polygon"),
            (area() | {"geometry": {"type": "Polygon"}}, "not-a-polygon"),
            (area() | {"colour": "red"}, "unknown-member"),
            (area(population=5), "unknown-member"),
            (area("a b"), "not-a-key"),
            (area("a\n"), "not-a-key"),
            (area(kind="planet"), "unknown-kind"),
            (area(title="A"), "not-a-title"),
            (area(title={"en": ""}), "not-a-title"),
            (area(title={"en": " "}), "not-a-title"),
            (area(title={"en": "Ward\a"}), "not-a-title"),
            (area(title={"en": "Ward \u202e1"}), "not-a-title"),
            (area(parent="z"), "unknown-area"),
            (area("a", parent="a"), "circular-parents"),
            ({"type": "Polygon"}, "not-a-feature"),
            (5, "not-a-feature"),
        ],
    )
    def test_with_its_rule(self, feature: Any, code: str) -> None:
        assert codes(feature) == [code]

    def test_a_code_that_stands_twice(self) -> None:
        assert codes(area("a"), area("a")) == ["duplicate-area"]

    def test_parents_in_a_circle(self) -> None:
        circle = [area("a", parent="b"), area("b", parent="a"), area("c", parent="a")]
        assert codes(*circle) == ["circular-parents", "circular-parents"]

    @pytest.mark.parametrize("document", [[], {}, {"type": "Feature"}, None, "x"])
    def test_what_is_no_collection(self, document: Any) -> None:
        areas, findings = read_areas(document)
        assert areas == []
        assert [finding.code for finding in findings] == ["not-a-feature-collection"]

    def test_too_many(self) -> None:
        assert codes(*[area(str(n)) for n in range(2001)]) == ["too-many-features"]

    def test_a_fault_carries_no_coordinate(self) -> None:
        feature = shaped("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])
        _, findings = read_areas({"type": "FeatureCollection", "features": [feature]})
        assert findings[0].pointer == "/features/0/geometry"
        assert "0.5" not in str(findings)
