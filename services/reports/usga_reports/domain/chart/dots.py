"""Dots with whiskers in groups (sex, age, settlement), and the day and night dumbbell."""

from collections.abc import Callable
from dataclasses import dataclass

from usga_reports.domain.chart import palette
from usga_reports.domain.chart.marks import (
    WIDTH,
    Group,
    Mark,
    draw_absent,
    draw_axis,
    draw_whisker,
    label_space,
    values_of,
    wrapped,
)
from usga_reports.domain.chart.scale import Scale, scale_for
from usga_reports.domain.chart.svg import FONT_SIZE, Canvas, text_width

_ROW = 18.0
_HEADING = 19.0
_LABEL = 34


def dot_whiskers(
    groups: tuple[Group, ...],
    *,
    name: str,
    tick: Callable[[float], str],
    percent: bool,
    reference: Mark | None = None,
) -> str:
    """A dot a mark; hollow when flagged. `reference` draws the total as a dashed line."""
    marks = tuple(mark for group in groups for mark in group.marks)
    left = label_space(marks, limit=_LABEL)
    right = max((text_width(m.text, 10) for m in marks if m.drawable), default=0) + 8
    headed = [group for group in groups if group.title]
    top, bottom = 6.0, 6.0 + _ROW * len(marks) + _HEADING * len(headed)
    canvas = Canvas(WIDTH, bottom + 22, name=name)
    known = values_of(marks) + (values_of((reference,)) if reference else [])
    scale = scale_for(known, start=left, end=WIDTH - right, percent=percent)
    draw_axis(canvas, scale, [tick(v) for v in scale.ticks()], top=top, bottom=bottom)
    if reference is not None and reference.value is not None:
        x = scale.at(reference.value)
        canvas.add(
            "line", x1=x, y1=top, x2=x, y2=bottom, stroke=palette.ORANGE, stroke_width=1.2,
            stroke_dasharray="4 3",
        )  # fmt: skip
    y = top
    for group in groups:
        if group.title:
            canvas.text(left - 8, y + 13, group.title, anchor="end", bold=True, size=10)
            y += _HEADING
        for mark in group.marks:
            _dot_row(canvas, scale, mark, y + _ROW / 2, left=left, right=right)
            y += _ROW
    return canvas.render()


def _dot_row(
    canvas: Canvas, scale: Scale, mark: Mark, y: float, *, left: float, right: float
) -> None:
    canvas.lines(left - 8, y, wrapped(mark.label, _LABEL)[:1])
    if not mark.drawable or mark.value is None:
        draw_absent(canvas, mark, scale.at(max(scale.low, 0)), y)
        return
    draw_whisker(canvas, scale, mark, y, palette.BLUE)
    canvas.add(
        "circle", cx=scale.at(mark.value), cy=y, r=4.6, stroke=palette.BLUE, stroke_width=1.6,
        fill=palette.PAPER if mark.state == "flagged" else palette.BLUE,
    )  # fmt: skip
    canvas.text(WIDTH - right + 8, y + FONT_SIZE * 0.33, mark.text, size=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same people under two conditions."""

    label: str
    first: Mark
    second: Mark


def dumbbell(
    pairs: tuple[Pair, ...],
    *,
    name: str,
    titles: tuple[str, str],
    tick: Callable[[float], str],
    breaks: frozenset[int] = frozenset(),
) -> str:
    """Two ends a row: a circle (first) and a diamond (second), each with its whisker.

    `breaks` are the rows before which another kind of group begins.
    """
    firsts = tuple(pair.first for pair in pairs)
    seconds = tuple(pair.second for pair in pairs)
    labels = tuple(pair.first for pair in pairs)
    left = label_space(labels, limit=_LABEL)
    row, gap, top = 22.0, 10.0, 30.0
    bottom = top + row * len(pairs) + gap * len(breaks)
    canvas = Canvas(WIDTH, bottom + 22, name=name)
    scale = scale_for(values_of(firsts + seconds), start=left, end=WIDTH - 20, percent=True)
    _legend(canvas, titles, x=left)
    draw_axis(canvas, scale, [tick(v) for v in scale.ticks()], top=top, bottom=bottom)
    y = top + row / 2
    for index, pair in enumerate(pairs):
        if index in breaks:
            line = y - row / 2 + gap / 2
            canvas.line(0, line, scale.end, line, palette.GRID)
            y += gap
        canvas.lines(left - 8, y, wrapped(pair.label, _LABEL)[:1])
        _pair(canvas, scale, pair, y)
        y += row
    return canvas.render()


def _pair(canvas: Canvas, scale: Scale, pair: Pair, y: float) -> None:
    first, second = pair.first, pair.second
    if first.value is not None and second.value is not None:
        canvas.line(scale.at(first.value), y, scale.at(second.value), y, palette.GRID, 5)
    for mark, offset, color in ((first, -4.0, palette.ORANGE), (second, 4.0, palette.BLUE)):
        if mark.drawable and mark.value is not None:
            draw_whisker(canvas, scale, mark, y + offset, color)
            _end(canvas, scale.at(mark.value), y + offset, color, mark)
        else:
            draw_absent(canvas, mark, scale.at(max(scale.low, 0)), y + offset)


def _end(canvas: Canvas, x: float, y: float, color: str, mark: Mark) -> None:
    fill = palette.PAPER if mark.state == "flagged" else color
    if color == palette.ORANGE:
        canvas.add("circle", cx=x, cy=y, r=4.4, fill=fill, stroke=color, stroke_width=1.6)
    else:
        ring = [(x, y - 5.4), (x + 5.4, y), (x, y + 5.4), (x - 5.4, y)]
        canvas.polygon([ring], fill=fill, stroke=color, stroke_width=1.6)


def _legend(canvas: Canvas, titles: tuple[str, str], *, x: float) -> None:
    canvas.add("circle", cx=x + 5, cy=12, r=4.4, fill=palette.ORANGE)
    canvas.text(x + 15, 16, titles[0], size=10)
    second = x + 40 + text_width(titles[0], 10)
    ring = [(second, 6.6), (second + 5.4, 12.0), (second, 17.4), (second - 5.4, 12.0)]
    canvas.polygon([ring], fill=palette.BLUE)
    canvas.text(second + 11, 16, titles[1], size=10)
