"""Geometry that tells the truth; hidden, missing and zero look different (D-11)."""

import itertools
import math
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from usga_reports.domain.chart import palette
from usga_reports.domain.chart.bars import interval_bars
from usga_reports.domain.chart.choropleth import (
    AreaValue,
    MapWords,
    choropleth,
    class_of,
    classes_for,
    shapes_of,
)
from usga_reports.domain.chart.dots import Pair, dot_whiskers, dumbbell
from usga_reports.domain.chart.marks import Group, Mark
from usga_reports.domain.chart.scale import scale_for
from usga_reports.domain.chart.svg import number
from usga_reports.domain.published import CellState

from tests.unit.reports.specimen import areas

SVG = "{http://www.w3.org/2000/svg}"
WORDS = MapWords(
    title="Share", classes=("20 to 40", "40 to 60"), hidden="Hidden", missing="No data",
    kilometres="km", north="N",
)  # fmt: skip


def mark(
    label: str, state: CellState = CellState.SHOWN, value: float | None = 30.0, **more: Any
) -> Mark:
    return Mark(label=label, state=state, text=more.pop("text", state), value=value, **more)


def bars(*marks: Mark) -> ET.Element:
    return ET.fromstring(interval_bars(marks, name="t", tick=str, percent=True))


class TestBars:
    def test_a_bar_is_as_long_as_its_value(self) -> None:
        drawn = bars(mark("a", value=20.0), mark("b", value=40.0))
        widths = [
            float(r.get("width", ""))
            for r in drawn.iter(f"{SVG}rect")
            if r.get("fill") == palette.BLUE_SOFT
        ]
        assert len(widths) == 2
        assert widths[1] == pytest.approx(2 * widths[0], abs=0.02)

    def test_hidden_missing_zero_and_flagged_look_different_D11(self) -> None:
        drawn = bars(
            mark("hidden", CellState.HIDDEN, None),
            mark("missing", CellState.MISSING, None),
            mark("zero", value=0.0),
            mark("flagged", CellState.FLAGGED),
            mark("shown"),
        )
        body = list(drawn.findall(f"{SVG}rect"))
        assert [r.get("fill") for r in body] == [
            "url(#t-hatch)", "url(#t-dots)", palette.BLUE_SOFT, palette.PAPER, palette.BLUE_SOFT,
        ]  # fmt: skip
        assert float(body[2].get("width", "")) == 1.0  # a line at zero, not nothing
        written = [text.text for text in drawn.iter(f"{SVG}text")]
        assert {"hidden", "missing"} <= set(written)

    def test_a_hidden_mark_is_not_drawn_even_with_a_number(self) -> None:
        with_number = bars(
            mark("x", CellState.HIDDEN, 77.0, lower=70.0, upper=80.0, text="hidden")
        )
        without = bars(mark("x", CellState.HIDDEN, None, text="hidden"))
        assert ET.tostring(with_number) == ET.tostring(without)

    def test_labels_are_escaped(self) -> None:
        svg = interval_bars((mark("<script>&\"'"),), name="t", tick=str, percent=True)
        assert "<script>" not in svg
        assert "".join(ET.fromstring(svg).itertext()).count("<script>&\"'") == 1


class TestDots:
    def test_whiskers_end_at_the_interval(self) -> None:
        group = Group(title="Sex", marks=(mark("F", lower=20.0, upper=60.0, value=40.0),))
        drawn = ET.fromstring(dot_whiskers((group,), name="t", tick=str, percent=True))
        circle = drawn.find(f"{SVG}circle")
        assert circle is not None
        ends = [ln for ln in drawn.iter(f"{SVG}line") if ln.get("stroke") == palette.BLUE]
        x1, x2 = float(ends[0].get("x1", "")), float(ends[0].get("x2", ""))
        assert (x1 + x2) / 2 == pytest.approx(float(circle.get("cx", "")), abs=0.02)

    def test_a_flagged_dot_is_hollow(self) -> None:
        group = Group(title="", marks=(mark("F", CellState.FLAGGED),))
        svg = dot_whiskers((group,), name="t", tick=str, percent=True)
        assert f'fill="{palette.PAPER}"' in svg.partition("<circle cx=")[2].partition("<circle")[2]

    def test_a_dumbbell_has_two_shapes_not_only_two_colours(self) -> None:
        pair = Pair(label="all", first=mark("all", value=80.0), second=mark("all", value=40.0))
        drawn = ET.fromstring(dumbbell((pair,), name="t", titles=("Day", "Night"), tick=str))
        assert len(drawn.findall(f"{SVG}circle")) == 2  # legend and mark
        assert len(drawn.findall(f"{SVG}path")) == 2


class TestMap:
    def test_hidden_is_hatched_and_absent_is_dotted_D11(self) -> None:
        shapes = shapes_of(areas())
        values = {
            shapes[0].code: AreaValue(state=CellState.SHOWN, number="1", value=25.0),
            shapes[1].code: AreaValue(state=CellState.HIDDEN, number="2", value=99.0),
            shapes[2].code: AreaValue(state=CellState.MISSING, number="3"),
        }
        drawn = ET.fromstring(
            choropleth(shapes, values, name="m", edges=(20.0, 40.0, 60.0), words=WORDS)
        )
        fills = [p.get("fill") for p in drawn.findall(f"{SVG}path")][: len(shapes)]
        assert fills[:4] == [palette.CLASSES[0], "url(#m-hatch)", "url(#m-dots)", "url(#m-dots)"]
        assert "99" not in "".join(drawn.itertext())

    def test_north_is_up_and_proportions_are_true(self) -> None:
        square = {
            "type": "Polygon",
            "coordinates": [[[0, 60], [0.02, 60], [0.02, 60.01], [0, 60.01], [0, 60]]],
        }
        shapes = shapes_of({"features": [{"properties": {"code": "a"}, "geometry": square}]})
        drawn = ET.fromstring(choropleth(shapes, {}, name="m", edges=(0, 1, 2), words=WORDS))
        path = drawn.findall(f"{SVG}path")[0].get("d", "")
        points = [tuple(map(float, p.split())) for p in path.strip("MZ").split("L")]
        wide = points[1][0] - points[0][0]
        tall = points[1][1] - points[2][1]
        assert tall > 0  # the northern edge is drawn above the southern one
        assert wide / tall == pytest.approx(2 * math.cos(math.radians(60.005)), rel=0.01)

    def test_multipolygons_and_other_geometries(self) -> None:
        ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
        features = [
            {
                "properties": {"code": "m"},
                "geometry": {"type": "MultiPolygon", "coordinates": [[ring], [ring]]},
            },
            {"properties": {"code": "p"}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
            {"properties": {"code": "n"}, "geometry": None},
            {
                "properties": {"code": "d"},
                "geometry": {"type": "Polygon", "coordinates": [[[0, 0]]]},
            },
            {"properties": {"code": "e"}, "geometry": {"type": "Polygon", "coordinates": []}},
        ]
        assert [(s.code, len(s.polygons)) for s in shapes_of({"features": features})] == [("m", 2)]

    @pytest.mark.parametrize(
        "values", [[5.0], [0.0, 100.0], [20.1, 59.9], [33.0, 33.0], [], [97.0, 100.0]]
    )
    def test_classes_hold_every_value(self, values: list[float]) -> None:
        edges = classes_for(values, percent=True)
        assert 2 <= len(edges) <= 6
        assert list(edges) == sorted(edges)
        for value in values:
            index = class_of(value, edges)
            assert edges[index] <= value <= edges[index + 1]

    def test_classes_keep_their_order_in_grey(self) -> None:
        def lightness(color: str) -> float:
            red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        greys = [lightness(color) for color in palette.CLASSES]
        assert greys == sorted(greys, reverse=True)
        assert min(a - b for a, b in itertools.pairwise(greys)) > 25


class TestScale:
    @pytest.mark.parametrize("values", [[3.0], [97.5], [0.2], [0.0], [17400.0], [-12.0, 5.0], []])
    def test_an_axis_starts_at_zero_and_holds_all(self, values: list[float]) -> None:
        scale = scale_for(values, start=0, end=100, percent=False)
        assert scale.low <= min([0.0, *values])
        assert scale.high >= max([0.0, *values])
        assert 0.0 in [round(t, 9) for t in scale.ticks()]
        assert 2 <= len(scale.ticks()) <= 8

    def test_percentages_end_at_a_hundred(self) -> None:
        assert scale_for([97.0], start=0, end=1, percent=True).high == 100

    def test_coordinates_have_one_form(self) -> None:
        assert [number(v) for v in (1.0, 1.005, -0.001, 2.5, 100)] == ["1", "1", "0", "2.5", "100"]
